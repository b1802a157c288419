import type { FieldProblem } from '../errors.ts'
import { userIdProblem } from './user-id.ts'

export interface UserIdsCheck {
  /** Where the list is. */
  readonly path: readonly string[]
  readonly most: number
  /** Those that nobody has. */
  readonly unknown: ReadonlySet<string>
}

/** Every problem of a list of user ids. The same one twice is none: it counts once. */
export function userIdsProblems(userIds: readonly string[], { path, most, unknown }: UserIdsCheck): FieldProblem[] {
  if (userIds.length === 0) return [{ path, code: 'EMPTY', message: 'must name at least one user' }]
  if (userIds.length > most) {
    const message = `must be at most ${most} ids, not ${userIds.length}: call several times`
    return [{ path, code: 'TOO_MANY', message }]
  }
  return userIds.flatMap((id, index) => {
    const at = [...path, `${index}`]
    const malformed = userIdProblem(id)
    if (malformed !== undefined) return [{ path: at, code: 'MALFORMED', message: `must ${malformed}` }]
    return unknown.has(id) ? [{ path: at, code: 'UNKNOWN_USER', message: 'there is no such user' }] : []
  })
}
