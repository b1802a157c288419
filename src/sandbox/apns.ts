import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { providerTokenCheck } from './apns-token.ts'
import { clears } from './clears.ts'
import { at, isObject, isText, listAt, parseJson, textAt } from './json.ts'
import { type Answer, header, type Message, type Provider, type ProviderRequest } from './provider.ts'
import { richPush } from './rich-push.ts'
import { randomText, type Secrets } from './secrets.ts'

const topic = 'app.carillon.demo'
const topicSuffixes = [
  'voip',
  'complication',
  'pushkit.fileprovider',
  'location-query',
  'push-type.liveactivity',
  'voip-ptt',
]
const pushTypes = [
  'alert',
  'background',
  'location',
  'voip',
  'complication',
  'fileprovider',
  'mdm',
  'liveactivity',
  'pushtotalk',
  'widgets',
  'controls',
]
const topics = new Set([topic, ...topicSuffixes.map((suffix) => `${topic}.${suffix}`)])
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const base36 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

interface Reason {
  readonly status: number
  readonly reason: string
}

/** Apple Push Notification service: "Sending notification requests to APNs". */
export function apns(secrets: Secrets): Provider {
  const key = secrets('apns-key.pem', () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
  const keyId = secrets('apns-key-id', () => randomText(10, base36))
  const teamId = secrets('apns-team-id', () => randomText(10, base36))
  const checkToken = providerTokenCheck(createPublicKey(key), keyId, teamId)

  function wrongToken(request: ProviderRequest, now: Date): Reason | undefined {
    const reason = checkToken(header(request, 'authorization'), now)
    return reason && { status: 403, reason }
  }

  return {
    name: 'apns',
    channel: 'PUSH',
    transport: 'h2',
    environment: ({ h2 }) => ({
      APNS_KEY: key,
      APNS_KEY_ID: keyId,
      APNS_TEAM_ID: teamId,
      APNS_TOPIC: topic,
      APNS_URL: h2,
    }),
    judge(request, now) {
      const to = deviceOf(request)
      const payload = parseJson(request.body.toString())
      const wrong =
        wrongPath(request) ??
        wrongToken(request, now) ??
        wrongTopic(request) ??
        wrongHeaders(request) ??
        wrongPayload(request, payload) ??
        wrongDevice(to)
      const apnsId = header(request, 'apns-id')?.toLowerCase() ?? randomUUID()
      if (wrong) return { kind: 'refused', to: [to], answer: refusal(wrong.status, { reason: wrong.reason }, request) }
      return {
        kind: 'accepted',
        to: [to],
        answer: { status: 200, headers: { 'apns-id': apnsId }, body: '' },
        messages: [messageOf(to, request, payload, apnsId)],
      }
    },
    refuse(kind, request, now) {
      switch (kind) {
        case 'throttle':
          return refusal(429, { reason: 'TooManyRequests' }, request, { 'retry-after': '2' })
        case 'unavailable':
          return refusal(503, { reason: 'ServiceUnavailable' }, request)
        case 'stale_target':
          return refusal(410, { reason: 'Unregistered', timestamp: now.getTime() }, request)
      }
    },
  }
}

function deviceOf(request: ProviderRequest): string {
  return request.path.startsWith('/3/device/') ? request.path.slice('/3/device/'.length) : ''
}

function wrongPath(request: ProviderRequest): Reason | undefined {
  if (!request.path.startsWith('/3/device')) return { status: 404, reason: 'BadPath' }
  return request.method === 'POST' ? undefined : { status: 405, reason: 'MethodNotAllowed' }
}

function wrongTopic(request: ProviderRequest): Reason | undefined {
  const asked = header(request, 'apns-topic')
  if (asked === undefined || asked === '') return { status: 400, reason: 'MissingTopic' }
  return topics.has(asked) ? undefined : { status: 400, reason: 'TopicDisallowed' }
}

function wrongHeaders(request: ProviderRequest): Reason | undefined {
  const id = header(request, 'apns-id')
  const pushType = header(request, 'apns-push-type') ?? 'alert'
  const priority = header(request, 'apns-priority') ?? (pushType === 'background' ? '5' : '10')
  if (id !== undefined && !uuid.test(id)) return { status: 400, reason: 'BadMessageId' }
  if (!pushTypes.includes(pushType)) return { status: 400, reason: 'InvalidPushType' }
  if (!['10', '5', '1'].includes(priority)) return { status: 400, reason: 'BadPriority' }
  if (pushType === 'background' && priority === '10') return { status: 400, reason: 'BadPriority' }
  if (!/^\d{1,12}$/.test(header(request, 'apns-expiration') ?? '0')) return { status: 400, reason: 'BadExpirationDate' }
  if (Buffer.byteLength(header(request, 'apns-collapse-id') ?? '') > 64) return { status: 400, reason: 'BadCollapseId' }
  return undefined
}

/** APNs has no word of its own for a body that is not JSON; such a body carries no payload. */
function wrongPayload(request: ProviderRequest, payload: unknown): Reason | undefined {
  const limit = header(request, 'apns-push-type') === 'voip' ? 5120 : 4096
  if (request.body.length > limit) return { status: 413, reason: 'PayloadTooLarge' }
  return isObject(at(payload, 'aps')) ? undefined : { status: 400, reason: 'PayloadEmpty' }
}

function wrongDevice(device: string): Reason | undefined {
  if (device === '') return { status: 400, reason: 'MissingDeviceToken' }
  const isToken = /^[0-9a-f]{64,200}$/i.test(device) && device.length % 2 === 0
  return isToken ? undefined : { status: 400, reason: 'BadDeviceToken' }
}

function messageOf(to: string, request: ProviderRequest, payload: unknown, providerId: string): Message {
  const alert = at(payload, 'aps', 'alert')
  const title = textAt(alert, 'title')
  const body = isText(alert) ? alert : textAt(alert, 'body')
  return {
    to,
    deliveryId: textAt(payload, 'carillon', 'deliveryId') ?? null,
    collapseId: header(request, 'apns-collapse-id') ?? null,
    content: [title, body, clears(listAt(payload, 'carillon', 'clear'))].filter(isText).join('\n'),
    shown: { providerId, title, body, ...richPush(at(payload, 'carillon'), payload) },
  }
}

function refusal(
  status: number,
  body: { readonly reason: string; readonly timestamp?: number },
  request: ProviderRequest,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const id = header(request, 'apns-id')
  const apnsId = id !== undefined && uuid.test(id) ? id.toLowerCase() : randomUUID()
  return {
    status,
    headers: { 'apns-id': apnsId, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
}
