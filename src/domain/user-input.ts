import type { FieldProblem } from '../errors.ts'
import { isEmail, isPhoneNumber } from './contact.ts'
import { isStorableText, jsonProblem } from './json-value.ts'
import { isLocale, isTimeZone } from './place.ts'
import { userIdProblem } from './user-id.ts'

/** What a caller says of a user: what is undefined stays as it is, null clears it. */
export interface UserInput {
  readonly id: string
  readonly email?: string | null | undefined
  readonly phone?: string | null | undefined
  readonly timeZone?: string | null | undefined
  readonly locale?: string | null | undefined
  readonly region?: string | null | undefined
  /** A JSON object. */
  readonly attributes?: unknown
}

const maxUsers = 1_000
const attributeLimits = { maxBytes: 16_384, maxDepth: 10 }

/** Every problem of every user; a user who is named twice is a problem where she is named again. */
export function usersProblems(users: readonly UserInput[]): readonly FieldProblem[] {
  if (users.length < 1 || users.length > maxUsers) {
    return [problem(['users'], 'OUT_OF_RANGE', `must be 1 to ${maxUsers} users, not ${users.length}`)]
  }
  const firstWith = new Map<string, number>()
  return users.flatMap((user, index) => {
    const first = firstWith.get(user.id)
    if (first === undefined) firstWith.set(user.id, index)
    const path = ['users', String(index)]
    return first === undefined
      ? userProblems(user, path)
      : [problem([...path, 'id'], 'DUPLICATE_USER', `is the user at ${first} again`), ...userProblems(user, path)]
  })
}

function userProblems(user: UserInput, path: readonly string[]): readonly FieldProblem[] {
  const idProblem = userIdProblem(user.id)
  return [
    ...(idProblem ? [problem([...path, 'id'], 'BAD_USER_ID', `must ${idProblem}`)] : []),
    ...textFields.flatMap(({ field, isGood, code, message }) => {
      const text = user[field]
      return typeof text === 'string' && !isGood(text) ? [problem([...path, field], code, message)] : []
    }),
    ...attributesProblems(user.attributes, [...path, 'attributes']),
  ]
}

const textFields = [
  {
    field: 'email',
    isGood: isEmail,
    code: 'BAD_EMAIL',
    message: 'must be an e-mail address in ASCII: "ada@example.com"',
  },
  { field: 'phone', isGood: isPhoneNumber, code: 'BAD_PHONE', message: 'must be a number in E.164: "+4930123456"' },
  { field: 'timeZone', isGood: isTimeZone, code: 'BAD_TIME_ZONE', message: 'must be an IANA name: "Europe/Berlin"' },
  { field: 'locale', isGood: isLocale, code: 'BAD_LOCALE', message: 'must be a BCP 47 tag: "en", "pt-BR"' },
  { field: 'region', isGood: isRegion, code: 'BAD_REGION', message: 'must be 1 to 64 printable characters' },
] as const

function isRegion(text: string): boolean {
  return text.trim() !== '' && text.length <= 64 && isStorableText(text) && !/\p{Cc}/u.test(text)
}

function attributesProblems(attributes: unknown, path: readonly string[]): readonly FieldProblem[] {
  if (attributes === undefined || attributes === null) return []
  if (typeof attributes !== 'object' || Array.isArray(attributes)) {
    return [problem(path, 'BAD_ATTRIBUTES', 'must be a JSON object')]
  }
  const wrong = jsonProblem(attributes, attributeLimits)
  return wrong ? [problem(path, 'BAD_ATTRIBUTES', `must ${wrong}`)] : []
}

function problem(path: readonly string[], code: string, message: string): FieldProblem {
  return { path: ['input', ...path], code, message }
}
