import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { quantile, rounded } from '../numbers.ts'
import type { Whole } from '../whole.ts'
import { codeUsers, templates } from './people.ts'

const sent = z.object({ sendNotification: z.object({ notification: z.object({ id: z.string() }) }) })
const ledger = z.array(z.object({ at: z.string(), notificationId: z.string() }))

const mutation = `mutation ($input: SendNotificationInput!) {
  sendNotification(input: $input) { ... on SendNotificationPayload { notification { id } } }
}`

/** Sends to a list of users; resolves with the notification's id. */
export async function sendTo(
  { ask }: Whole,
  tier: keyof typeof templates,
  userIds: readonly string[],
): Promise<string> {
  const input = { template: templates[tier], audience: { userIds }, data: { n: 1 } }
  return sent.parse(await ask('bulkApiKey', mutation, { input })).sendNotification.notification.id
}

export interface Codes {
  readonly tier?: 'TRANSACTIONAL' | 'MARKETING'
  readonly everyMs: number
  readonly forMs: number
}

/**
 * Sends codes at a fixed pace, whatever becomes of them, and resolves with how long each took from the instant at which its
 * mutation was due to be sent until its provider had it. Rejects when one was lost or came twice.
 */
export async function codesFor(
  whole: Whole,
  { tier = 'TRANSACTIONAL', everyMs, forMs }: Codes,
): Promise<readonly number[]> {
  const begun = Date.now()
  const due = Array.from({ length: Math.floor(forMs / everyMs) }, (_, n) => begun + n * everyMs)
  const dueAt = new Map(
    await Promise.all(
      due.map(async (at, n): Promise<[string, number]> => {
        await pause(Math.max(1, at - Date.now()))
        return [await sendTo(whole, tier, [codeUsers[n % codeUsers.length] ?? '']), at]
      }),
    ),
  )
  for (let n = 0; n < 240; n++) {
    const rows = (await rowsSince(whole, begun)).filter(({ notificationId }) => dueAt.has(notificationId))
    if (rows.length > dueAt.size) throw new Error(`${rows.length} pushes of ${dueAt.size} codes`)
    if (rows.length === dueAt.size) {
      return rows.map(({ at, notificationId }) => Date.parse(at) - (dueAt.get(notificationId) ?? 0))
    }
    await pause(500)
  }
  throw new Error('not every code has arrived')
}

async function rowsSince({ demo }: Whole, since: number): Promise<z.infer<typeof ledger>> {
  const query = (userId: string) => `recipientId=${userId}&since=${new Date(since - 1000).toISOString()}`
  const pages: z.infer<typeof ledger>[] = []
  for (const userId of codeUsers) {
    pages.push(ledger.parse(await (await fetch(`${demo.sandbox}/messages?${query(userId)}`)).json()))
  }
  return pages.flat()
}

export function told(when: string, latencies: readonly number[]) {
  return {
    '': when,
    codes: latencies.length,
    'p50 ms': rounded(quantile(latencies, 0.5)),
    'p99 ms': rounded(quantile(latencies, 0.99)),
    'most ms': rounded(Math.max(...latencies)),
  }
}
