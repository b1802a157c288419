import { Agent, request } from 'undici'
import type { ClockReading } from '../domain/clock-skew.ts'
import { type Answer, type Exchange, headerOf } from './exchange.ts'
import type { HttpSettings } from './http.ts'

/** A question that changes nothing: GET. Never retries, never rejects. */
export async function ask(
  { url, ca, timeoutMs }: HttpSettings,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Exchange> {
  const dispatcher = new Agent({ connect: { ca, timeout: timeoutMs } })
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const answer = await request(url.replace(/\/$/, '') + path, { dispatcher, headers, signal })
    const body = await answer.body.text()
    return { kind: 'answered', status: answer.statusCode, headers: answer.headers, body }
  } catch (error) {
    return { kind: 'unanswered', code: codeOf(error) }
  } finally {
    await dispatcher.close()
  }
}

/** What an answer tells of the provider's clock; nothing, where it has no date. */
export function clocksOf(whose: string, sent: number, { headers }: Answer): readonly ClockReading[] {
  const date = Date.parse(headerOf(headers, 'date') ?? '')
  // Whole seconds: the rest has been cut off.
  return Number.isNaN(date) ? [] : [{ whose, sent, received: Date.now(), from: date, to: date + 1000 }]
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
