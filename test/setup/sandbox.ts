import { z } from 'zod'
import type { Service } from './graphql.ts'

const row = z.object({
  at: z.string(),
  provider: z.string(),
  channel: z.string(),
  to: z.string(),
  recipientId: z.string(),
  notificationId: z.string(),
  deliveryId: z.string(),
  collapseId: z.string().nullable(),
  content: z.string(),
})

/** What a provider accepted. */
export type LedgerRow = Readonly<z.infer<typeof row>>

/** What the providers accepted of a notification, oldest first. */
export async function ledger({ demo }: Service, notificationId: string): Promise<readonly LedgerRow[]> {
  const response = await fetch(`${demo.sandbox}/messages?notificationId=${notificationId}`)
  return z.array(row).parse(await response.json())
}

/** "apns", "fcm" …: for each message that was accepted its provider, in alphabetical order. */
export async function reached(service: Service, notificationId: string): Promise<readonly string[]> {
  return (await ledger(service, notificationId)).map(({ provider }) => provider).sort()
}

/** "EMAIL", "PUSH", "PUSH" …: for each message that was accepted its channel, whichever provider it came through. */
export async function reachedOn(service: Service, notificationId: string): Promise<readonly string[]> {
  return (await ledger(service, notificationId)).map(({ channel }) => channel).sort()
}

export interface FaultOrder {
  readonly kind: string
  readonly share?: number
  readonly to?: string
  readonly afterMs?: number
  readonly count?: number
}

export async function putFault({ demo }: Service, provider: string, fault: FaultOrder): Promise<void> {
  const response = await fetch(`${demo.sandbox}/faults/${provider}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  })
  if (!response.ok) throw new Error(`the sandbox refused the fault: ${await response.text()}`)
}

/** Lets a fault befall a provider for as long as `work` takes. */
export async function withFault<T>(
  service: Service,
  provider: string,
  fault: FaultOrder,
  work: () => Promise<T>,
): Promise<T> {
  await putFault(service, provider, fault)
  try {
    return await work()
  } finally {
    await putFault(service, provider, { kind: 'ok' })
  }
}

const counts = z.record(z.string(), z.object({ requests: z.number() }))

/** How many requests each provider has got so far. */
export async function requests({ demo }: Service): Promise<Readonly<Record<string, number>>> {
  const states = counts.parse(await (await fetch(`${demo.sandbox}/faults`)).json())
  return Object.fromEntries(Object.entries(states).map(([provider, state]) => [provider, state.requests]))
}
