import { at, isObject, isText, type JsonObject, textAt } from './json.ts'

/** What is wrong with a message, and where; a message too big names no field. */
export interface Violation {
  readonly field: string | null
  readonly description: string
}

const knownFields = {
  request: ['message', 'validate_only', 'validateOnly'],
  message: [
    'name',
    'data',
    'notification',
    'android',
    'webpush',
    'apns',
    'fcm_options',
    'fcmOptions',
    'token',
    'topic',
    'condition',
  ],
  notification: ['title', 'body', 'image'],
}
const targets = ['token', 'topic', 'condition'] as const
const maxTtlS = 2_419_200

/** The first thing FCM would refuse about a `messages:send` body. */
export function messageViolation(body: unknown): Violation | undefined {
  if (!isObject(body)) return { field: null, description: 'Invalid JSON payload received. Unexpected end of string.' }
  const message = body['message']
  return (
    unknownField(body, '', knownFields.request) ??
    (isObject(message) ? undefined : { field: 'message', description: 'The message is not set.' }) ??
    unknownField(message, 'message', knownFields.message) ??
    unknownField(at(message, 'notification'), 'message.notification', knownFields.notification) ??
    wrongTexts(at(message, 'notification'), 'message.notification') ??
    wrongTarget(message) ??
    wrongData(at(message, 'data')) ??
    wrongAndroid(at(message, 'android')) ??
    tooBig(message)
  )
}

function unknownField(value: unknown, path: string, known: readonly string[]): Violation | undefined {
  if (value === undefined) return undefined
  if (!isObject(value)) return { field: path, description: `Invalid value at '${path}' (type)` }
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown === undefined) return undefined
  const where = path === '' ? '' : ` at '${path}'`
  return {
    field: path,
    description: `Invalid JSON payload received. Unknown name "${unknown}"${where}: Cannot find field.`,
  }
}

function wrongTexts(value: unknown, path: string): Violation | undefined {
  const wrong = Object.entries(isObject(value) ? value : {}).find(([, text]) => !isText(text))
  return wrong && { field: `${path}.${wrong[0]}`, description: `Invalid value at '${path}.${wrong[0]}' (TYPE_STRING)` }
}

function wrongTarget(message: unknown): Violation | undefined {
  const given = targets.filter((target) => at(message, target) !== undefined)
  const [first, second] = given
  if (first === undefined) return { field: 'message', description: 'Recipient of the message is not set.' }
  if (second !== undefined) {
    return {
      field: 'message',
      description: `Invalid value at 'message' (oneof), oneof field 'target' is already set. Cannot set '${second}'`,
    }
  }
  if (!isText(at(message, first)))
    return { field: `message.${first}`, description: `Invalid value at 'message.${first}' (TYPE_STRING)` }
  const token = textAt(message, 'token')
  return token === undefined || /^[\w:-]{20,4096}$/.test(token)
    ? undefined
    : { field: 'message.token', description: 'The registration token is not a valid FCM registration token' }
}

function wrongData(data: unknown): Violation | undefined {
  if (data === undefined) return undefined
  if (!isObject(data)) return { field: 'message.data', description: "Invalid value at 'message.data' (type)" }
  const values = Object.values(data).findIndex((value) => !isText(value))
  if (values >= 0) {
    return {
      field: `message.data[${values}].value`,
      description: `Invalid value at 'message.data[${values}].value' (TYPE_STRING)`,
    }
  }
  const reserved = Object.keys(data).find((key) => /^(from|message_type|google.*|gcm.*)$/.test(key))
  return reserved === undefined
    ? undefined
    : { field: 'message.data', description: `Invalid data payload key: ${reserved}` }
}

function wrongAndroid(android: unknown): Violation | undefined {
  const ttl = at(android, 'ttl')
  const priority = at(android, 'priority')
  const seconds = isText(ttl) ? /^(\d+(?:\.\d{1,9})?)s$/.exec(ttl)?.[1] : undefined
  if (ttl !== undefined && (seconds === undefined || Number(seconds) > maxTtlS)) {
    return {
      field: 'message.android.ttl',
      description: `Invalid value at 'message.android.ttl' (type.googleapis.com/google.protobuf.Duration), ${JSON.stringify(ttl)}`,
    }
  }
  if (priority !== undefined && !(isText(priority) && /^(normal|high)$/i.test(priority))) {
    return {
      field: 'message.android.priority',
      description: `Invalid value at 'message.android.priority' (TYPE_ENUM), ${JSON.stringify(priority)}`,
    }
  }
  return wrongTexts(collapseKey(android), 'message.android')
}

function collapseKey(android: unknown): JsonObject {
  const key = at(android, 'collapse_key')
  return key === undefined ? {} : { collapse_key: key }
}

/** 4096 bytes of keys and values, 2048 to a topic (reference of FCM's ErrorCode). */
function tooBig(message: unknown): Violation | undefined {
  const limit = textAt(message, 'token') === undefined ? 2048 : 4096
  const places = [['notification'], ['data'], ['android', 'notification'], ['android', 'data']] as const
  const bytes = places.reduce((sum, place) => sum + payloadBytes(at(message, ...place)), 0)
  const apns = at(message, 'apns', 'payload')
  const apnsBytes = apns === undefined ? 0 : Buffer.byteLength(JSON.stringify(apns))
  return bytes > limit || apnsBytes > 4096 ? { field: null, description: 'Message is too big' } : undefined
}

function payloadBytes(value: unknown): number {
  if (value === undefined || value === null) return 0
  if (typeof value !== 'object') return Buffer.byteLength(String(value))
  return Object.entries(value).reduce((sum, [key, inner]) => sum + Buffer.byteLength(key) + payloadBytes(inner), 0)
}
