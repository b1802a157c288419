import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { clears } from './clears.ts'
import { messageViolation, type Violation } from './fcm-message.ts'
import { googleTokens } from './google-token.ts'
import { at, isText, parseJson, textAt } from './json.ts'
import { type Answer, header, jsonAnswer, type Message, type Provider, type ProviderRequest } from './provider.ts'
import { richPush } from './rich-push.ts'
import { randomText, type Secrets } from './secrets.ts'

const project = 'carillon-sandbox'
const sendPath = /^\/v1\/projects\/([^/]+)\/messages:send$/
const fcmError = 'type.googleapis.com/google.firebase.fcm.v1.FcmError'
const badRequest = 'type.googleapis.com/google.rpc.BadRequest'
const errorInfo = 'type.googleapis.com/google.rpc.ErrorInfo'

/** Firebase Cloud Messaging, HTTP v1, with Google's token endpoint. */
export function fcm(secrets: Secrets): Provider {
  const account = secrets('fcm-service-account.json', makeServiceAccount)
  const tokens = googleTokens(
    { email: textAt(parseJson(account), 'client_email') ?? '', key: textAt(parseJson(account), 'private_key') ?? '' },
    secrets('fcm-token-secret', () => randomBytes(32).toString('base64url')),
  )

  function wrongBearer(request: ProviderRequest, now: Date): Answer | undefined {
    const token = /^Bearer (\S+)$/i.exec(header(request, 'authorization') ?? '')?.[1]
    if (token === undefined) return unauthenticated('CREDENTIALS_MISSING')
    return tokens.isValid(token, now) ? undefined : unauthenticated('ACCESS_TOKEN_EXPIRED')
  }

  return {
    name: 'fcm',
    channel: 'PUSH',
    transport: 'http',
    environment: ({ http, tls }) => ({ FCM_SERVICE_ACCOUNT: account, FCM_URL: http, FCM_TOKEN_URL: tls }),
    judge(request, now) {
      const body = parseJson(request.body.toString())
      const to = targetOf(body)
      const refused = wrongPath(request) ?? wrongBearer(request, now) ?? wrongProject(request) ?? wrongBody(body)
      if (refused) return { kind: 'refused', to: [to], answer: refused }
      if (at(body, 'validate_only') === true || at(body, 'validateOnly') === true) {
        return { kind: 'accepted', to: [to], answer: named('fake_message_id'), messages: [] }
      }
      const id = `0:${now.getTime()}${randomText(3, '0123456789')}%${randomBytes(8).toString('hex')}`
      return { kind: 'accepted', to: [to], answer: named(id), messages: [messageOf(to, at(body, 'message'), id)] }
    },
    refuse(kind) {
      switch (kind) {
        case 'throttle':
          return refusal(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', 'Quota exceeded for quota metric.', {
            'retry-after': '2',
          })
        case 'unavailable':
          return refusal(503, 'UNAVAILABLE', 'UNAVAILABLE', 'The service is currently unavailable.')
        case 'stale_target':
          return refusal(404, 'NOT_FOUND', 'UNREGISTERED', 'Requested entity was not found.')
      }
    },
    signIn: tokens.exchange,
  }
}

function makeServiceAccount(): string {
  const email = `firebase-adminsdk@${project}.iam.gserviceaccount.com`
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return JSON.stringify({
    type: 'service_account',
    project_id: project,
    private_key_id: randomBytes(20).toString('hex'),
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: email,
    client_id: randomText(21, '123456789'),
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    universe_domain: 'googleapis.com',
  })
}

function targetOf(body: unknown): string {
  const topic = textAt(body, 'message', 'topic')
  const address = textAt(body, 'message', 'token') ?? textAt(body, 'message', 'condition')
  return address ?? (topic === undefined ? '' : `/topics/${topic}`)
}

function wrongPath(request: ProviderRequest): Answer | undefined {
  if (sendPath.test(request.path) && request.method === 'POST') return undefined
  return {
    status: 404,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
    body: '<title>Error 404 (Not Found)!!1</title>',
  }
}

function wrongProject(request: ProviderRequest): Answer | undefined {
  const asked = sendPath.exec(request.path)?.[1]
  if (asked === project) return undefined
  const resource = `//cloudresourcemanager.googleapis.com/projects/${asked}`
  const message = `Permission 'cloudmessaging.messages.create' denied on resource '${resource}' (or it may not exist).`
  return rpcError(403, 'PERMISSION_DENIED', message, [
    { '@type': errorInfo, reason: 'IAM_PERMISSION_DENIED', domain: 'cloudresourcemanager.googleapis.com' },
  ])
}

function wrongBody(body: unknown): Answer | undefined {
  const violation = messageViolation(body)
  return violation && rpcError(400, 'INVALID_ARGUMENT', violation.description, violationDetails(violation))
}

function violationDetails({ field, description }: Violation): readonly unknown[] {
  const code = { '@type': fcmError, errorCode: 'INVALID_ARGUMENT' }
  return field === null ? [code] : [code, { '@type': badRequest, fieldViolations: [{ field, description }] }]
}

function messageOf(to: string, message: unknown, providerId: string): Message {
  const places = [at(message, 'notification'), at(message, 'android', 'notification'), at(message, 'data')]
  const first = (key: string) => places.map((place) => textAt(place, key)).find(isText)
  const [title, body] = [first('title'), first('body')]
  return {
    to,
    deliveryId: textAt(message, 'data', 'deliveryId') ?? null,
    collapseId:
      textAt(message, 'android', 'collapse_key') ?? textAt(message, 'apns', 'headers', 'apns-collapse-id') ?? null,
    content: [title, body, clears(parseJson(textAt(message, 'data', 'carillonClear') ?? ''))].filter(isText).join('\n'),
    shown: { providerId, title, body, ...richPush(at(message, 'data'), ...places) },
  }
}

function named(id: string): Answer {
  return jsonAnswer(200, { name: `projects/${project}/messages/${id}` })
}

function unauthenticated(reason: 'CREDENTIALS_MISSING' | 'ACCESS_TOKEN_EXPIRED'): Answer {
  const message = `Request ${reason === 'CREDENTIALS_MISSING' ? 'is missing required authentication credential' : 'had invalid authentication credentials'}. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.`
  const details = [{ '@type': errorInfo, reason, domain: 'googleapis.com' }]
  return rpcError(401, 'UNAUTHENTICATED', message, details, {
    'www-authenticate': 'Bearer realm="https://accounts.google.com/"',
  })
}

function refusal(
  code: number,
  status: string,
  errorCode: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return rpcError(code, status, message, [{ '@type': fcmError, errorCode }], headers)
}

function rpcError(
  code: number,
  status: string,
  message: string,
  details: readonly unknown[],
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return jsonAnswer(code, { error: { code, message, status, details } }, headers)
}
