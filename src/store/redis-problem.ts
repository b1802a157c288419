import { type Unreachable, unreachable } from '../domain/unreachable.ts'

/** How the answers of Redis begin that will be the same next time: its error codes, and what it has no code for. */
const hopeless = ['WRONGPASS', 'NOAUTH', 'NOPERM', 'ERR DB index', 'ERR AUTH', 'ERR invalid password']

/** What a failure to connect says of Redis. */
export function redisProblem(error: unknown): Unreachable {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return unreachable(error)
  const isHopeless = hopeless.some((beginning) => error.message.startsWith(beginning))
  return { kind: isHopeless ? 'wrong' : 'away', why: `says: ${error.message}` }
}
