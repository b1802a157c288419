import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ADatabase, aDatabase } from '../../test/setup/a-database.ts'
import { migrate } from './migrate.ts'
import { reachMigratedPostgres } from './reach-postgres.ts'

const all = readdirSync(join(import.meta.dirname, '../../prisma/migrations')).filter((name) => /^\d/.test(name))

let own: ADatabase
beforeEach(async () => {
  own = await aDatabase()
})
afterEach(() => own.drop())

test('is done once, however many processes begin at once', async () => {
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(own.url)))
  // Mostly by one of them; on a busy machine one that waits too long for a lock lets another go on.
  expect(applied.flat().toSorted()).toEqual(all.toSorted())
})

test('is waited for by name until it is done', async () => {
  expect(await reachMigratedPostgres(own.url)).toEqual({
    kind: 'away',
    why: `lacks ${all.join(', ')}: run "carillon migrate"`,
  })
  await migrate(own.url)
  expect(await reachMigratedPostgres(own.url)).toBeUndefined()
})
