import type { Outcome } from '../../domain/outcome.ts'
import { type Answer, headerOf, outcomeOfStatus, retryAfterMs, retryable } from '../exchange.ts'
import { jsonAt, parseJson, textAt } from '../json.ts'
import { leastAgeMs } from './apns-token.ts'

/** Reasons whose HTTP status alone says something else: reference/providers.md, section 1. */
const kinds: Readonly<Record<string, 'retryable' | 'stale_target' | 'config'>> = {
  BadDeviceToken: 'stale_target',
  DeviceTokenNotForTopic: 'stale_target',
  BadTopic: 'config',
  MissingTopic: 'config',
  TopicDisallowed: 'config',
  IdleTimeout: 'retryable',
  TooManyProviderTokenUpdates: 'config',
}

/** TooManyRequests is about one device: where APNs names no time, it asks for a long one. It says nothing of APNs' health. */
const deviceThrottleMs = 30_000

/** `tokenAgeMs`: of the provider token that the request carried. */
export function apnsOutcome(answer: Answer, tokenAgeMs: number, now: Date): Outcome {
  const { status, headers, body } = answer
  if (status === 200) {
    const providerId = headerOf(headers, 'apns-id')
    return providerId === undefined
      ? { kind: 'unknown', code: '200 without apns-id' }
      : { kind: 'accepted', code: '200', providerId }
  }
  const json = parseJson(body)
  const reason = textAt(json, 'reason')
  const code = reason === undefined ? String(status) : `${status} ${reason}`
  const afterMs = retryAfterMs(answer, now)
  // Another token may help, unless this one is new: then it is the clock or the key.
  if (reason === 'ExpiredProviderToken' && tokenAgeMs >= leastAgeMs) return { kind: 'retryable', code }
  const kind = (reason === undefined ? undefined : kinds[reason]) ?? (status === 410 ? 'stale_target' : undefined)
  switch (kind) {
    case 'retryable':
      return retryable(code, afterMs)
    case 'stale_target':
      return { kind, code, ...deadSince(jsonAt(json, 'timestamp')) }
    case 'config':
      return { kind, code }
    case undefined:
      return outcomeOfStatus(status, code, afterMs ?? (status === 429 ? deviceThrottleMs : undefined))
  }
}

/** The last moment at which APNs knew the token to be dead: one registered later lives. */
function deadSince(timestampMs: unknown): { readonly deadSince?: Date } {
  return typeof timestampMs === 'number' ? { deadSince: new Date(timestampMs) } : {}
}
