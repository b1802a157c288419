import { at, isObject, isText, listAt, textAt } from './json.ts'
import { isMailAddress } from './mail-address.ts'

/** One entry of SendGrid's `errors`. */
export interface Problem {
  readonly message: string
  readonly field: string | null
  readonly help: string | null
}

const help = 'http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html'
const contentOrder = ['text/plain', 'text/html']
const maxSendAheadS = 72 * 60 * 60

/** Everything that `mail/send` finds wrong with a body, as SendGrid words it. */
export function mailProblems(mail: unknown, now: Date): readonly Problem[] {
  const personalizations = listAt(mail, 'personalizations')
  return [
    ...personalizationProblems(personalizations),
    ...fromProblems(mail),
    ...subjectProblems(mail, personalizations),
    ...contentProblems(mail),
    ...customArgsProblems(at(mail, 'custom_args'), 'custom_args'),
    ...sendAtProblems(at(mail, 'send_at'), now),
  ]
}

export function problem(message: string, field: string | null, anchor?: string): Problem {
  return { message, field, help: anchor === undefined ? null : `${help}#${anchor}` }
}

export function invalidAddress(field: string): Problem {
  return problem('Does not contain a valid address.', field, 'message.personalizations.to')
}

function personalizationProblems(personalizations: readonly unknown[]): readonly Problem[] {
  const field = 'personalizations'
  const anchor = '-Personalizations-Errors'
  if (personalizations.length === 0) {
    const message = 'The personalizations field is required and must have at least one personalization.'
    return [problem(message, field, anchor)]
  }
  const recipients = personalizations.reduce<number>((sum, each) => sum + addressesOf(each).length, 0)
  if (personalizations.length > 1000 || recipients > 1000) {
    return [problem('There is a limit of 1000 total recipients (to + cc + bcc) per request.', field, anchor)]
  }
  return personalizations.flatMap((each, index) => onePersonalization(each, `${field}.${index}`))
}

function onePersonalization(personalization: unknown, field: string): readonly Problem[] {
  if (listAt(personalization, 'to').length === 0) {
    const message =
      'The to array is required for all personalization objects, and must have at least one email object with a valid email address.'
    return [problem(message, `${field}.to`, 'message.personalizations.to')]
  }
  const all = addressesOf(personalization)
  const invalid = all
    .filter(({ email }) => !isAddress(email))
    .map(({ at: place }) => invalidAddress(`${field}.${place}.email`))
  const seen = all.map(({ email }) => (isText(email) ? email.toLowerCase() : ''))
  const twice = all.find((_, index) => seen.indexOf(seen[index] ?? '') < index)
  const duplicate =
    twice === undefined
      ? []
      : [
          problem(
            `Each email address in the personalization block should be unique between to, cc, and bcc. We found the first duplicate instance of [${twice.email}] in the ${field}.${twice.at.split('.')[0]} field.`,
            field,
            'message.recipient-errors',
          ),
        ]
  return [...invalid, ...duplicate, ...customArgsProblems(at(personalization, 'custom_args'), `${field}.custom_args`)]
}

function addressesOf(personalization: unknown): readonly { readonly email: unknown; readonly at: string }[] {
  return ['to', 'cc', 'bcc'].flatMap((kind) =>
    listAt(personalization, kind).map((entry, index) => ({ email: at(entry, 'email'), at: `${kind}.${index}` })),
  )
}

function isAddress(email: unknown): boolean {
  return isText(email) && isMailAddress(email)
}

function fromProblems(mail: unknown): readonly Problem[] {
  const email = at(mail, 'from', 'email')
  const anchor = 'message.from'
  if (email === undefined) {
    const message =
      'The from object must be provided for every email send. It is an object that requires the email parameter, but may also contain a name parameter.  e.g. {"email" : "example@example.com"}  or {"email" : "example@example.com", "name" : "Example Recipient"}.'
    return [problem(message, 'from.email', anchor)]
  }
  return isAddress(email) ? [] : [problem('The from email does not contain a valid address.', 'from.email', anchor)]
}

function subjectProblems(mail: unknown, personalizations: readonly unknown[]): readonly Problem[] {
  const isSet = (value: unknown) => isText(value) && value !== ''
  if (isSet(at(mail, 'subject')) || isText(at(mail, 'template_id'))) return []
  if (personalizations.every((each) => isSet(at(each, 'subject')))) return []
  const message =
    'The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined.'
  return [problem(message, 'subject', 'message.subject')]
}

function contentProblems(mail: unknown): readonly Problem[] {
  const content = listAt(mail, 'content')
  if (content.length === 0) {
    if (isText(at(mail, 'template_id'))) return []
    const message =
      'Unless a valid template_id is provided, the content parameter is required. There must be at least one defined content block. We typically suggest both text/plain and text/html blocks are included, but only one block is required.'
    return [problem(message, 'content', 'message.content')]
  }
  const places = content
    .map((block) => contentOrder.indexOf(textAt(block, 'type') ?? ''))
    .map((place) => (place < 0 ? 2 : place))
  const disordered = places.some((place, index) => index > 0 && place < (places[index - 1] ?? 0))
  return [
    ...content.flatMap((block, index) =>
      textAt(block, 'value')
        ? []
        : [
            problem(
              'The content value must be a string at least one character in length.',
              `content.${index}.value`,
              'message.content.value',
            ),
          ],
    ),
    ...content.flatMap((block, index) =>
      textAt(block, 'type')
        ? []
        : [
            problem(
              'The content type must be a string at least one character in length.',
              `content.${index}.type`,
              'message.content.type',
            ),
          ],
    ),
    ...(disordered
      ? [
          problem(
            'If present, text/plain and text/html may only be provided once, and text/plain must be first, followed by text/html, followed by any other content.',
            'content',
            'message.content',
          ),
        ]
      : []),
  ]
}

function customArgsProblems(args: unknown, field: string): readonly Problem[] {
  if (args === undefined) return []
  if (!isObject(args))
    return [problem('The custom_args must be an object of key/value pairs.', field, 'message.custom_args')]
  const wrong = Object.entries(args).filter(([, value]) => !isText(value))
  const tooMany = Buffer.byteLength(JSON.stringify(args)) > 10_000
  return [
    ...wrong.map(([key]) =>
      problem('The custom_args value must be a string.', `${field}.${key}`, 'message.custom_args'),
    ),
    ...(tooMany ? [problem('The custom_args may not exceed 10000 bytes.', field, 'message.custom_args')] : []),
  ]
}

function sendAtProblems(sendAt: unknown, now: Date): readonly Problem[] {
  if (sendAt === undefined) return []
  if (typeof sendAt === 'number' && Number.isInteger(sendAt) && sendAt - now.getTime() / 1000 <= maxSendAheadS)
    return []
  return [
    problem(
      'The send_at parameter must be a UNIX timestamp not more than 72 hours in the future.',
      'send_at',
      'message.send_at',
    ),
  ]
}
