import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { demoUsers, seedDemo } from '../prisma/seed.ts'
import type { LocalKeys } from './local/keys.ts'
import type { Say } from './local/say.ts'
import type { Database } from './store/database.ts'

/** What other programs may rely on in every run of `npm start`: `<data>/demo.json`. */
export interface Demo {
  readonly gateway: string
  readonly sandbox: string | null
  readonly apiKey: string
  readonly bulkApiKey: string
  readonly adminApiKey: string
  readonly viewerSecret: string
  readonly viewers: readonly { readonly userId: string; readonly token: string; readonly timeZone: string }[]
}

export interface Addresses {
  readonly gateway: string
  readonly sandbox: string | null
}

/** Puts the demo's data in, and tells where everything is. */
export async function openDemo(
  database: Database,
  dataDir: string,
  { apiKey, bulkApiKey, adminApiKey, viewerSecret }: LocalKeys,
  addresses: Addresses,
): Promise<Demo> {
  await seedDemo(database, { apiKey, bulkApiKey, adminApiKey })
  const viewers = await Promise.all(
    demoUsers.map(async ({ id, timeZone }) => ({ userId: id, token: await viewerToken(id, viewerSecret), timeZone })),
  )
  const demo: Demo = { ...addresses, apiKey, bulkApiKey, adminApiKey, viewerSecret, viewers }
  await writeFile(join(dataDir, 'demo.json'), `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 })
  return demo
}

/** The short page that `npm start` ends with. */
export function tellDemo(demo: Demo, say: Say): void {
  const [viewer] = demo.viewers
  const userId = viewer?.userId ?? ''
  say(`
  Carillon is ready.

    GraphiQL        ${demo.gateway}/graphql
    sandbox         ${demo.sandbox ?? 'none: providers are real'}
    inbox           ${demo.sandbox ? `${demo.sandbox}/inbox` : 'see web/inbox/README.md'}
    health          ${demo.gateway}/readyz   ${demo.gateway}/metrics

    API key         ${demo.apiKey}
    bulk, admin     ${demo.bulkApiKey}
                    ${demo.adminApiKey}
    user token      ${viewer?.token} (${userId})
                    all of them: demo.json in the data folder

  Send a notification to ${userId}, and watch it arrive in the sandbox:

${curlLine(demo, userId)}
`)
}

function curlLine({ gateway, apiKey }: Demo, userId: string): string {
  const query = `mutation { sendNotification(input: { template: "order.shipped", audience: { userIds: ["${userId}"] }, data: { orderId: "1001", item: "Bell tower", carrier: "Pigeon Post" } }) { __typename ... on SendNotificationPayload { notification { id state } } ... on InvalidInput { fields { path message } } } }`
  return `  curl -s ${gateway}/graphql -H 'content-type: application/json' -H 'authorization: Bearer ${apiKey}' -d '${JSON.stringify({ query })}'`
}

function viewerToken(userId: string, secret: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setIssuedAt()
    .setExpirationTime('365 days')
    .sign(new TextEncoder().encode(secret))
}
