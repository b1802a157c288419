import { randomBytes, randomInt } from 'node:crypto'
import { SignJWT } from 'jose'
import { RegisterDeviceDocument, type RegisterDeviceInput, UpsertUsersDocument } from '../generated/operations.ts'
import { ask, type Service } from './graphql.ts'

/** A user that no other test knows, with everything it takes to reach her. */
export interface Person {
  readonly userId: string
  readonly email: string
  readonly phone: string
  readonly iosToken: string
  readonly androidToken: string
  /** She signs in with this. */
  readonly token: string
}

export async function aPerson(
  service: Service,
  change: Partial<Pick<Person, 'email' | 'phone'>> = {},
): Promise<Person> {
  const userId = `user-${randomBytes(6).toString('hex')}`
  const person: Person = {
    userId,
    email: `${userId}@example.com`,
    phone: `+49151${randomInt(10_000_000, 99_999_999)}`,
    iosToken: randomBytes(32).toString('hex'),
    androidToken: `${randomBytes(16).toString('base64url')}:APA91b${randomBytes(100).toString('base64url')}`,
    token: await viewerToken(service, userId),
    ...change,
  }
  const { email, phone, iosToken, androidToken } = person
  const users = [{ id: userId, email, phone, locale: 'en', attributes: { name: 'Grace' } }]
  const { upsertUsers } = await ask(service, service.demo.apiKey, UpsertUsersDocument, { input: { users } })
  if (upsertUsers.__typename !== 'UpsertUsersPayload') throw new Error(JSON.stringify(upsertUsers))
  await register(service, { userId, deviceId: 'iphone', platform: 'IOS', token: iosToken })
  await register(service, { userId, deviceId: 'pixel', platform: 'ANDROID', token: androidToken })
  return person
}

function viewerToken({ demo }: Service, userId: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime('1 hour')
    .sign(new TextEncoder().encode(demo.viewerSecret))
}

async function register(service: Service, input: RegisterDeviceInput): Promise<void> {
  const { registerDevice } = await ask(service, service.demo.apiKey, RegisterDeviceDocument, { input })
  if (registerDevice.__typename !== 'Device') throw new Error(JSON.stringify(registerDevice))
}
