import { randomBytes, randomInt } from 'node:crypto'
import { SignJWT } from 'jose'
import type { CarillonAddress } from './carillon.ts'
import { bearer, post } from './graphql.ts'

type Service = Pick<CarillonAddress, 'demo'>

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

const upsert = `mutation Upsert($input: UpsertUsersInput!) {
  upsertUsers(input: $input) { __typename ... on UpsertUsersPayload { count } ... on RequestError { message } }
}`

const register = `mutation Register($input: RegisterDeviceInput!) {
  registerDevice(input: $input) { __typename ... on Device { id } ... on RequestError { message } }
}`

export async function aPerson(service: Service): Promise<Person> {
  const userId = `user-${randomBytes(6).toString('hex')}`
  const person: Person = {
    userId,
    email: `${userId}@example.com`,
    phone: `+49151${randomInt(10_000_000, 99_999_999)}`,
    iosToken: randomBytes(32).toString('hex'),
    androidToken: `${randomBytes(16).toString('base64url')}:APA91b${randomBytes(100).toString('base64url')}`,
    token: await viewerToken(service, userId),
  }
  const user = { id: userId, email: person.email, phone: person.phone, locale: 'en', attributes: { name: 'Grace' } }
  await made(service, upsert, { users: [user] })
  await made(service, register, { userId, deviceId: 'iphone', platform: 'IOS', token: person.iosToken })
  await made(service, register, { userId, deviceId: 'pixel', platform: 'ANDROID', token: person.androidToken })
  return person
}

export function viewerToken({ demo }: Service, userId: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime('1 hour')
    .sign(new TextEncoder().encode(demo.viewerSecret))
}

async function made(service: Service, query: string, input: unknown): Promise<void> {
  const { body } = await post(service, { query, variables: { input } }, bearer(service.demo.apiKey))
  if (!/"__typename":"(UpsertUsersPayload|Device)"/.test(JSON.stringify(body))) throw new Error(JSON.stringify(body))
}
