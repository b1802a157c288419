import { at, isObject, isText, listAt, textAt } from './json.ts'
import { addressIn, isMailAddress } from './mail-address.ts'

/** An error of SES v2 with its HTTP status. */
export interface SesError {
  readonly status: number
  readonly name: string
  readonly message: string
}

const tag = /^[A-Za-z0-9_-]{1,256}$/
const headerName = /^[!-9;-~]{1,126}$/

/** The first thing SendEmail finds wrong with a body. */
export function sendEmailError(mail: unknown, configurationSet: string): SesError | undefined {
  if (!isObject(mail)) return badRequest('Unable to parse the request body')
  return (
    wrongAddresses(mail) ?? wrongContent(at(mail, 'Content')) ?? wrongTags(mail) ?? wrongSet(mail, configurationSet)
  )
}

export function recipientsOf(mail: unknown): readonly string[] {
  return ['ToAddresses', 'CcAddresses', 'BccAddresses'].flatMap((kind) =>
    listAt(mail, 'Destination', kind).filter(isText).map(addressIn),
  )
}

function wrongAddresses(mail: unknown): SesError | undefined {
  const to = recipientsOf(mail)
  if (to.length === 0) return badRequest('Must specify at least one recipient')
  if (to.length > 50) return badRequest('Recipient count exceeds 50')
  const addresses = [addressIn(textAt(mail, 'FromEmailAddress') ?? ''), ...to]
  return addresses.every(isMailAddress) ? undefined : missingDomain
}

/** Raw messages and templates are not taken here. */
function wrongContent(content: unknown): SesError | undefined {
  const simple = at(content, 'Simple')
  if (!isObject(simple)) return badRequest('Content must be Simple')
  if (textAt(simple, 'Subject', 'Data') === undefined) return badRequest('Subject must be provided')
  const parts = ['Text', 'Html'].map((part) => at(simple, 'Body', part)).filter((part) => part !== undefined)
  if (parts.length === 0) return badRequest('Body must be provided')
  if (!parts.every((part) => isText(at(part, 'Data')))) return badRequest('Data must be provided')
  return listAt(simple, 'Headers').every(isHeader) ? undefined : badRequest('Invalid header')
}

function isHeader(header: unknown): boolean {
  const [name, value] = [textAt(header, 'Name') ?? '', textAt(header, 'Value') ?? '']
  return headerName.test(name) && /^[ -~]*$/.test(value) && name.length + value.length <= 996
}

function wrongTags(mail: unknown): SesError | undefined {
  const texts = listAt(mail, 'EmailTags').flatMap((each) => [textAt(each, 'Name') ?? '', textAt(each, 'Value') ?? ''])
  return texts.every((text) => tag.test(text)) ? undefined : badRequest('Invalid tag')
}

function wrongSet(mail: unknown, configurationSet: string): SesError | undefined {
  const asked = textAt(mail, 'ConfigurationSetName')
  if (asked === undefined || asked === configurationSet) return undefined
  return { status: 404, name: 'NotFoundException', message: `Configuration set <${asked}> does not exist.` }
}

function badRequest(message: string): SesError {
  return { status: 400, name: 'BadRequestException', message }
}

/** All that SES says of an address at once: whether there is anybody comes later, as a bounce. */
export const missingDomain = badRequest("Missing final '@domain'")
