import apn from 'apn'
import type { PushMessage } from '../provider.ts'
import { apnsId, apnsPayload } from './apns-payload.ts'

export interface ApnsRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The request as the `apn` package builds it. It does not send: it loses `Retry-After` and cuts streams at a GOAWAY. */
export function apnsRequest(message: PushMessage, topic: string): ApnsRequest {
  const note = new apn.Notification()
  note.rawPayload = apnsPayload(message)
  note.topic = topic
  note.id = apnsId(message)
  note.collapseId = message.collapseId
  note.expiry = Math.floor(message.expiresAt.getTime() / 1000)
  note.pushType = 'alert'
  note.priority = 10
  const headers = Object.entries(note.headers()).map(([name, value]) => [name, String(value)])
  return { headers: Object.fromEntries(headers), body: note.compile() }
}
