import { expect, test } from 'vitest'
import type { Unreachable } from './domain/unreachable.ts'
import { waitFor } from './wait-for.ts'

const away: Unreachable = { kind: 'away', why: 'does not answer (ECONNREFUSED)' }
const server = 'PostgreSQL at db.internal:5432'

/** Waits for a server that gives these answers, one at each try, on a clock that only pauses move. */
async function waiting(answers: readonly (Unreachable | undefined)[], stopAfter = Number.POSITIVE_INFINITY) {
  const said: string[] = []
  const stopping = new AbortController()
  let now = 0
  let tries = 0
  const awaited = {
    name: 'PostgreSQL',
    variable: 'DATABASE_URL',
    url: 'postgresql://carillon:geheim@db.internal:5432/carillon',
    reach: async () => answers[tries++],
  }
  const clock = {
    now: () => now,
    pause: async (ms: number) => {
      now += ms
      if (tries >= stopAfter) stopping.abort(new Error('stopped'))
    },
  }
  const waitingFor = { stopping: stopping.signal, say: (line: string) => said.push(`${now / 1000} s: ${line}`) }
  const ended = await waitFor(awaited, waitingFor, clock).then(
    () => 'there',
    (error: unknown) => (error instanceof Error ? error.message : error),
  )
  return { said, ended, tries }
}

test('a server that is there is not talked about', async () => {
  expect(await waiting([undefined])).toEqual({ said: [], ended: 'there', tries: 1 })
})

test('one that is away is named at once, without its password, then every ten seconds, and when it is there', async () => {
  expect(await waiting([...Array(45).fill(away), undefined])).toEqual({
    said: [
      `0 s: waiting for ${server}, which does not answer (ECONNREFUSED)`,
      `10 s: waiting for ${server}, which does not answer (ECONNREFUSED)`,
      `20 s: waiting for ${server}, which does not answer (ECONNREFUSED)`,
      `22.5 s: ${server} is there`,
    ],
    ended: 'there',
    tries: 46,
  })
})

test('another reason is told at once', async () => {
  const lacking: Unreachable = { kind: 'away', why: 'lacks 0001_init: run "carillon migrate"' }
  const { said } = await waiting([away, lacking, lacking, undefined])
  expect(said).toEqual([
    `0 s: waiting for ${server}, which does not answer (ECONNREFUSED)`,
    `0.5 s: waiting for ${server}, which lacks 0001_init: run "carillon migrate"`,
    `1.5 s: ${server} is there`,
  ])
})

test('nobody waits in vain', async () => {
  const wrong: Unreachable = { kind: 'wrong', why: 'says: database "carillon" does not exist' }
  expect(await waiting([away, wrong])).toMatchObject({
    ended: `The configuration has a mistake:\n  DATABASE_URL: ${server} says: database "carillon" does not exist`,
    tries: 2,
  })
})

test('whoever is stopped waits no longer', async () => {
  expect(await waiting(Array(100).fill(away), 3)).toMatchObject({ ended: 'stopped', tries: 3 })
})
