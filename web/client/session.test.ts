import { expect, test } from 'vitest'
import { InboxError, type InboxErrorCode } from './inbox-error.ts'
import { openSession, type Session } from './session.ts'

/** Fails each attempt to follow with what comes next, after being live where it says so. */
function aSession(story: readonly (InboxErrorCode | `live, ${InboxErrorCode}`)[], canRenew = true) {
  const told: string[] = []
  const delays: number[] = []
  const left = [...story]
  const session: Session = openSession({
    async follow(signal, onLive) {
      const next = left.shift()
      if (next === undefined) {
        onLive()
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
      }
      const [first = '', second] = next.split(', ')
      if (second) onLive()
      throw new InboxError(codeOf(second ?? first), 'a story')
    },
    retryDelayMs(attempt) {
      delays.push(attempt)
      return 0
    },
    canRenew,
    drop: () => {},
    tell: ({ state, error }) => told.push(error ? `${state}: ${error.code}` : state),
  })
  return { session, told, delays }
}

function codeOf(text: string): InboxErrorCode {
  return text === 'OFFLINE' || text === 'UNAUTHENTICATED' || text === 'FORBIDDEN' || text === 'BAD_INPUT'
    ? text
    : 'SERVER'
}

test('goes on by itself, waiting longer with each attempt, and afresh once it was live', async () => {
  const { session, told, delays } = aSession(['OFFLINE', 'SERVER', 'live, OFFLINE', 'OFFLINE'])
  await expect
    .poll(() => told)
    .toEqual(['offline: OFFLINE', 'offline: SERVER', 'live', 'connecting: OFFLINE', 'offline: OFFLINE', 'live'])
  expect(delays).toEqual([2, 3, 1, 2])
  session.close()
})

test('comes back when the server has said, instead of when it would itself', async () => {
  let attempts = 0
  const session = openSession({
    async follow(signal, onLive) {
      attempts += 1
      onLive()
      if (attempts === 1) throw new InboxError('OFFLINE', 'Going away', { comeBackInMs: 1 })
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
    },
    retryDelayMs: () => 3_600_000,
    canRenew: true,
    drop: () => {},
    tell: () => {},
  })
  await expect.poll(() => attempts).toBe(2)
  session.close()
})

test('asks for another token once when one is refused', async () => {
  const renewed = aSession(['UNAUTHENTICATED'])
  await renewed.session.live()
  const refused = aSession(['UNAUTHENTICATED', 'UNAUTHENTICATED'])
  await expect(refused.session.live()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  const fixed = aSession(['UNAUTHENTICATED'], false)
  await expect(fixed.session.live()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(fixed.told).toEqual(['error: UNAUTHENTICATED'])
  for (const { session } of [renewed, refused, fixed]) session.close()
})

test('gives up where another attempt changes nothing, until it is asked for one', async () => {
  const { session, told } = aSession(['FORBIDDEN'])
  await expect(session.live()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  session.retry()
  await session.live()
  expect(told).toEqual(['error: FORBIDDEN', 'connecting', 'live'])
  session.close()
})

test('closing ends it, and whatever waits for it', async () => {
  const { session, told } = aSession(['OFFLINE'])
  const waiting = session.live()
  session.close()
  await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
  await expect(session.live()).rejects.toMatchObject({ code: 'CLOSED' })
  expect(told).toEqual(['closed: CLOSED'])
})
