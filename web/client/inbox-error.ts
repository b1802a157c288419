/**
 * - `BAD_OPTIONS`: `createInbox` was called with something it cannot use; `fields` has every problem.
 * - `BAD_INPUT`: an argument cannot be used, or the server refused it; `fields` says which and why.
 * - `UNAUTHENTICATED`: the server refuses the token. `FORBIDDEN`: it is not a user's.
 * - `TOKEN_FAILED`: your `token` function threw, or returned no token.
 * - `OFFLINE`: the server cannot be reached. `SERVER`: it failed. `RATE_LIMITED`: too many changes in a minute.
 * - `REFUSED`: it does not do this at all: another version, or no Carillon.
 * - `CLOSED`: the inbox was closed meanwhile.
 */
export type InboxErrorCode =
  | 'BAD_OPTIONS'
  | 'BAD_INPUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'TOKEN_FAILED'
  | 'OFFLINE'
  | 'SERVER'
  | 'RATE_LIMITED'
  | 'REFUSED'
  | 'CLOSED'

/** One problem of an input: where it is, from the arguments down. */
export interface FieldProblem {
  readonly path: readonly string[]
  readonly message: string
}

interface Details {
  readonly fields?: readonly FieldProblem[]
  readonly cause?: unknown
  readonly comeBackInMs?: number | undefined
}

/** All that this package ever throws or rejects with. `code` is stable, for programs; `message` is for developers. */
export class InboxError extends Error {
  override readonly name = 'InboxError'
  readonly code: InboxErrorCode
  readonly fields: readonly FieldProblem[]
  /** When the server wants to see us again, where it has said so. */
  readonly comeBackInMs: number | undefined

  constructor(code: InboxErrorCode, message: string, { fields = [], cause, comeBackInMs }: Details = {}) {
    super(message, { cause })
    this.code = code
    this.fields = fields
    this.comeBackInMs = comeBackInMs
  }
}

/** One error for all of them, which its message names. */
export function problemsError(code: 'BAD_OPTIONS' | 'BAD_INPUT', fields: readonly FieldProblem[]): InboxError {
  return new InboxError(code, fields.map(({ path, message }) => `${path.join('.')} ${message}`).join('; '), { fields })
}
