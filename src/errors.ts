/** Something the caller can fix. Each subclass is a member of a GraphQL result union; `code` is stable. */
export abstract class RequestError extends Error {
  abstract readonly code: string
}

export interface FieldProblem {
  /** From the operation's arguments down: ["input", "audience", "userIds", "3"]. */
  readonly path: readonly string[]
  readonly code: string
  /** What to change. */
  readonly message: string
}

/** Names every problem of an input at once. */
export class InvalidInput extends RequestError {
  readonly code = 'INVALID_INPUT'
  readonly fields: readonly FieldProblem[]

  constructor(fields: readonly FieldProblem[]) {
    super(fields.map((field) => `${field.path.join('.')}: ${field.message}`).join('; '))
    this.fields = fields
  }
}

export class NotFound extends RequestError {
  readonly code = 'NOT_FOUND'
  readonly id: string

  constructor(what: string, id: string) {
    super(`There is no ${what} "${id}".`)
    this.id = id
  }
}

export class IdempotencyConflict extends RequestError {
  readonly code = 'IDEMPOTENCY_CONFLICT'
  readonly idempotencyKey: string
  readonly existingId: string

  constructor(idempotencyKey: string, existingId: string) {
    super(`The idempotency key "${idempotencyKey}" was used with another body: use a new key for a new request.`)
    this.idempotencyKey = idempotencyKey
    this.existingId = existingId
  }
}

export class Overloaded extends RequestError {
  readonly code = 'OVERLOADED'
  readonly retryAfterMs: number

  /** `why`: "MARKETING is shed at the moment". */
  constructor(why: string, retryAfterMs: number) {
    super(`${why}: try again in ${retryAfterMs} ms.`)
    this.retryAfterMs = retryAfterMs
  }
}

export class WrongState extends RequestError {
  readonly code = 'WRONG_STATE'
  readonly state: string

  constructor(what: string, state: string) {
    super(`${what} is ${state}.`)
    this.state = state
  }
}
