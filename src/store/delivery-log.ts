import type { Pool, PoolClient } from 'pg'
import type { OutcomeKind } from '../domain/outcome.ts'
import type { Channel, DeliveryState, ProviderName } from '../domain/words.ts'

/** The last known state of a delivery that is not simply waiting in a slice. */
export interface LoggedDelivery {
  readonly notificationId: string
  readonly recipientId: string
  readonly channel: Channel
  readonly state: DeliveryState
  readonly reason: string | null
  readonly provider: ProviderName | null
  readonly updatedAt: Date
}

/** One call to a provider. */
export interface LoggedAttempt {
  readonly notificationId: string
  readonly recipientId: string
  readonly channel: Channel
  readonly attempt: number
  /** The device of a push, else empty. */
  readonly target: string
  readonly at: Date
  readonly provider: ProviderName
  readonly outcome: OutcomeKind
  readonly code: string | null
  readonly latencyMs: number
  /** The provider's own id of what it accepted, where it gave one. */
  readonly providerMessageId: string | null
}

/**
 * Writes deliveries and attempts by their keys, in one round trip: writing them again changes nothing but the time. A state
 * is never replaced by an earlier one of the same delivery (a SENT one stays sent whatever comes of its other devices), what
 * a provider has told of it never by what we make of it, and an attempt only where it was unknown what had come of it.
 */
export async function logDeliveries(
  pool: Pool,
  deliveries: readonly LoggedDelivery[],
  attempts: readonly LoggedAttempt[],
): Promise<void> {
  if (deliveries.length + attempts.length === 0) return
  await pool.query({
    name: 'log-deliveries-and-attempts',
    text: `WITH logged AS (${deliveriesSql})
      INSERT INTO delivery_attempt AS attempt
        (notification_id, recipient_id, channel, attempt, target, at, provider, outcome, code, latency_ms,
          provider_message_id)
      SELECT * FROM unnest($8::text[], $9::text[], $10::text[], $11::int[], $12::text[], $13::timestamptz[], $14::text[],
        $15::text[], $16::text[], $17::int[], $18::text[])
      ON CONFLICT (notification_id, recipient_id, channel, attempt, target) DO UPDATE
        SET at = excluded.at, provider = excluded.provider, outcome = excluded.outcome, code = excluded.code,
          latency_ms = excluded.latency_ms, provider_message_id = excluded.provider_message_id
        WHERE attempt.outcome = 'unknown' AND excluded.outcome <> 'unknown'`,
    values: [...deliveryValues(deliveries), ...attemptValues(attempts)],
  })
}

export async function writeDeliveries(client: Pool | PoolClient, deliveries: readonly LoggedDelivery[]): Promise<void> {
  await client.query({ name: 'log-deliveries', text: deliveriesSql, values: deliveryValues(deliveries) })
}

/** In one order: whoever locks many of these rows (reports of providers) takes turns with us, instead of a deadlock. */
const deliveriesSql = `INSERT INTO delivery (notification_id, recipient_id, channel, state, reason, provider, updated_at)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
    AS given (notification_id, recipient_id, channel)
  ORDER BY notification_id COLLATE "C", recipient_id COLLATE "C", channel COLLATE "C"
  ON CONFLICT (notification_id, recipient_id, channel) DO UPDATE
    SET state = excluded.state, reason = excluded.reason, provider = coalesce(excluded.provider, delivery.provider),
      updated_at = excluded.updated_at
    WHERE delivery.state NOT IN ('SENT', 'DELIVERED') AND NOT delivery.reported`

function deliveryValues(deliveries: readonly LoggedDelivery[]) {
  return [
    deliveries.map((each) => each.notificationId),
    deliveries.map((each) => each.recipientId),
    deliveries.map((each) => each.channel),
    deliveries.map((each) => each.state),
    deliveries.map((each) => each.reason),
    deliveries.map((each) => each.provider),
    deliveries.map((each) => each.updatedAt),
  ]
}

function attemptValues(attempts: readonly LoggedAttempt[]) {
  return [
    attempts.map((each) => each.notificationId),
    attempts.map((each) => each.recipientId),
    attempts.map((each) => each.channel),
    attempts.map((each) => each.attempt),
    attempts.map((each) => each.target),
    attempts.map((each) => each.at),
    attempts.map((each) => each.provider),
    attempts.map((each) => each.outcome),
    attempts.map((each) => each.code),
    attempts.map((each) => Math.round(each.latencyMs)),
    attempts.map((each) => each.providerMessageId),
  ]
}
