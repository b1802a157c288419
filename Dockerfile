# One image for every role: docker run carillon gateway | fan-out | dispatch | relay | feedback | bulk | migrate | doctor
FROM node:26-slim AS build
WORKDIR /carillon
COPY package.json package-lock.json ./
# The image has its Node, and its servers are elsewhere: what `npm start` needs on a laptop stays out.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY prisma.config.ts ./
COPY prisma ./prisma
RUN npx prisma generate
COPY src ./src
COPY deploy/prune.mjs ./deploy/
RUN node deploy/prune.mjs

FROM node:26-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /carillon
COPY --from=build /carillon/node_modules ./node_modules
COPY --from=build /carillon/src ./src
COPY package.json ./
COPY prisma/migrations ./prisma/migrations
COPY cassandra ./cassandra
# By number: Kubernetes cannot tell by a name that it is not root. Nothing is written: the file system may be read-only.
USER 1000:1000
EXPOSE 4000 4001
ENTRYPOINT ["node", "src/main.ts"]
CMD ["gateway"]
