import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAdmin } from '../src/create-admin.ts'
import { findCallerByKey, hashApiKey } from '../src/store/callers.ts'
import { type Database, openDatabase } from '../src/store/database.ts'
import { migrate } from '../src/store/migrate.ts'
import { type ADatabase, aDatabase } from './setup/a-database.ts'

let own: ADatabase
let database: Database

beforeAll(async () => {
  own = await aDatabase()
  database = openDatabase({ url: own.url, maxConnections: 2, name: 'create-admin-test' })
})

afterAll(async () => {
  await database.close()
  await own.drop()
})

const env = () => ({
  DATABASE_URL: own.url,
  NATS_URL: 'nats://127.0.0.1:1',
  CARILLON_SECRET_KEY: 'a secret key for tests that is long enough',
  VIEWER_JWT_SECRET: 'a secret for viewers that is long enough',
})
const callerOf = (apiKey: string) => findCallerByKey(database, hashApiKey(apiKey))

test('waits for nobody: without the tables it says what is missing', async () => {
  await expect(createAdmin(['--name', 'operations'], env())).rejects.toThrow(
    /^PostgreSQL at 127\.0\.0\.1:\d+ lacks 0001_init, .*: run "carillon migrate"\.$/,
  )
})

test('makes the first admin, and one more only when that is asked for', async () => {
  await migrate(own.url)
  const first = await createAdmin(['--name', 'operations'], env())
  const granted = { admin: true, bulk: true, perMinute: 1000, tiers: ['TRANSACTIONAL', 'SOCIAL', 'MARKETING'] }
  expect(await callerOf(first)).toMatchObject({ name: 'operations', ...granted })
  await expect(createAdmin(['--name', 'again'], env())).rejects.toThrow(
    'There is an admin already, "operations". Add --another to make one more.',
  )
  const another = await createAdmin(['--name', 'again', '--another'], env())
  expect(await callerOf(another)).toMatchObject({ name: 'again', ...granted })
})

test.each([
  [[], 'Usage: carillon create-admin --name NAME [--another]'],
  [['--nmae', 'operations'], 'Usage: carillon create-admin --name NAME [--another]'],
  [['--name', ''], '--name must be 1 to 100 printable characters.'],
])('says what is wrong with %j', async (args, message) => {
  await expect(createAdmin(args, env())).rejects.toThrow(message)
})
