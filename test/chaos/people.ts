import { createHash } from 'node:crypto'
import { RegisterDeviceDocument, UpsertTemplateDocument, UpsertUsersDocument } from '../generated/operations.ts'
import { ask, bearer, post, type Service } from '../setup/graphql.ts'
import { chaosTemplates } from './templates.ts'

/** Whom the load is for: as many as there are numbers, each with e-mail, phone, an iPhone and an Android phone. */
export function userId(n: number): string {
  return `chaos-${n}`
}

/** Puts the people and the templates in, through the API. */
export async function invite(service: Service, count: number): Promise<void> {
  const { adminApiKey } = service.demo
  for (const input of chaosTemplates) {
    const { upsertTemplate } = await ask(service, adminApiKey, UpsertTemplateDocument, { input })
    if (upsertTemplate.__typename !== 'Template') throw new Error(JSON.stringify(upsertTemplate))
  }
  // Somebody who has had five offers would get no more: what is suppressed tests nothing.
  const noCaps = { query: 'mutation { setFrequencyCaps(caps: []) { __typename } }' }
  const { status, body } = await post(service, noCaps, bearer(adminApiKey))
  if (status !== 200) throw new Error(`frequency caps were not lifted: ${JSON.stringify(body)}`)
  const numbers = Array.from({ length: count }, (_, n) => n)
  const users = numbers.map((n) => ({
    id: userId(n),
    email: `${userId(n)}@example.com`,
    phone: `+4915${String(100_000_000 + n)}`,
  }))
  const { upsertUsers } = await ask(service, adminApiKey, UpsertUsersDocument, { input: { users } })
  if (upsertUsers.__typename !== 'UpsertUsersPayload') throw new Error(JSON.stringify(upsertUsers))
  const queue = [...numbers]
  const registerSome = async () => {
    for (let n = queue.shift(); n !== undefined; n = queue.shift()) await registerDevices(service, n)
  }
  await Promise.all(Array.from({ length: 16 }, registerSome))
}

async function registerDevices(service: Service, n: number): Promise<void> {
  const iosToken = digest(`ios ${n}`, 'sha256').toString('hex')
  const androidToken = `chaos:APA91b${digest(`android ${n}`, 'sha512').toString('base64url')}${digest(`more ${n}`, 'sha512').toString('base64url')}`
  for (const device of [
    { deviceId: 'iphone', platform: 'IOS', token: iosToken },
    { deviceId: 'pixel', platform: 'ANDROID', token: androidToken },
  ] as const) {
    const input = { userId: userId(n), ...device }
    const { registerDevice } = await ask(service, service.demo.adminApiKey, RegisterDeviceDocument, { input })
    if (registerDevice.__typename !== 'Device') throw new Error(JSON.stringify(registerDevice))
  }
}

function digest(text: string, algorithm: 'sha256' | 'sha512'): Buffer {
  return createHash(algorithm).update(text).digest()
}
