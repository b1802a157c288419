import { randomBytes } from 'node:crypto'
import { awsSignatureCheck, type SignatureReason } from './aws-signature.ts'
import { at, listAt, parseJson, textAt } from './json.ts'
import { type Mail, mailMessage } from './mail-message.ts'
import { type Answer, jsonAnswer, type Provider, type ProviderRequest } from './provider.ts'
import { randomText, type Secrets } from './secrets.ts'
import { missingDomain, recipientsOf, type SesError, sendEmailError } from './ses-mail.ts'

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const configurationSet = 'carillon'

const signatureMessages: Readonly<Record<SignatureReason, string>> = {
  MissingAuthenticationTokenException: 'Missing Authentication Token',
  IncompleteSignatureException: 'The Authorization header is not a complete signature.',
  UnrecognizedClientException: 'The security token included in the request is invalid.',
  InvalidSignatureException:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
}

/** What `GetAccount` tells of an account that may send. */
const account = { SendingEnabled: true, ProductionAccessEnabled: true, EnforcementStatus: 'HEALTHY' }

/** Amazon SES v2, `SendEmail` and `GetAccount`. */
export function ses(secrets: Secrets): Provider {
  const keyId = secrets('aws-access-key-id', () => `AKIA${randomText(16, base32)}`)
  const key = secrets('aws-secret-access-key', () => randomText(40, base64))
  const checkSignature = awsSignatureCheck(keyId, key, 'ses')

  function unsigned(request: ProviderRequest, now: Date): SesError | undefined {
    // The address that was signed has the prefix of this provider.
    const reason = checkSignature(request, `/ses${request.path}`, now)
    return reason && { status: 403, name: reason, message: signatureMessages[reason] }
  }

  function wrongOperation(request: ProviderRequest): SesError | undefined {
    if (request.path === '/v2/email/outbound-emails' && request.method === 'POST') return undefined
    return { status: 404, name: 'UnknownOperationException', message: 'There is no such operation.' }
  }

  return {
    name: 'ses',
    channel: 'EMAIL',
    transport: 'http',
    environment: ({ http }) => ({
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: keyId,
      AWS_SECRET_ACCESS_KEY: key,
      SES_CONFIGURATION_SET: configurationSet,
      SES_URL: http,
    }),
    judge(request, now) {
      const mail = parseJson(request.body.toString())
      const to = recipientsOf(mail)
      const isAccount = request.path === '/v2/email/account' && request.method === 'GET'
      const wrong =
        unsigned(request, now) ??
        (isAccount ? undefined : (wrongOperation(request) ?? sendEmailError(mail, configurationSet)))
      if (wrong) return { kind: 'refused', to, answer: refusal(wrong) }
      if (isAccount) return { kind: 'accepted', to: [], answer: jsonAnswer(200, account), messages: [] }
      const id = `${now.getTime().toString(16).padStart(16, '0')}-${randomBytes(4).toString('hex')}-000000`
      return {
        kind: 'accepted',
        to,
        answer: jsonAnswer(200, { MessageId: id }),
        messages: to.map((address) => mailMessage(address, readMail(mail, id))),
      }
    },
    refuse(kind) {
      switch (kind) {
        case 'throttle': {
          const message = 'Maximum sending rate exceeded.'
          return refusal({ status: 429, name: 'TooManyRequestsException', message }, { 'retry-after': '2' })
        }
        case 'unavailable':
          return refusal({ status: 503, name: 'ServiceUnavailable', message: 'Service is temporarily unavailable.' })
        case 'stale_target':
          return refusal(missingDomain)
      }
    },
  }
}

function readMail(mail: unknown, providerId: string): Mail {
  const simple = at(mail, 'Content', 'Simple')
  const tag = listAt(mail, 'EmailTags').find((each) => textAt(each, 'Name') === 'delivery_id')
  return {
    // A value of a tag takes no "~".
    deliveryId: tag === undefined ? null : Buffer.from(textAt(tag, 'Value') ?? '', 'base64url').toString(),
    providerId,
    from: textAt(mail, 'FromEmailAddress'),
    subject: textAt(simple, 'Subject', 'Data') ?? '',
    text: textAt(simple, 'Body', 'Text', 'Data'),
    html: textAt(simple, 'Body', 'Html', 'Data'),
    headers: Object.fromEntries(
      listAt(simple, 'Headers').map((each) => [(textAt(each, 'Name') ?? '').toLowerCase(), textAt(each, 'Value')]),
    ),
  }
}

function refusal({ status, name, message }: SesError, headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonAnswer(status, { message }, { 'x-amzn-errortype': name, ...headers })
}
