import type { PoolClient } from 'pg'
import type { DeadLetterKey, DeliveryKey } from '../domain/ids.ts'
import type { ProviderChannel, ProviderName } from '../domain/words.ts'

/** A delivery given up on, with its reason. */
export interface DeadLetter {
  readonly notificationId: string
  readonly recipientId: string
  readonly channel: ProviderChannel | 'IN_APP'
  readonly provider: ProviderName | null
  readonly reason: string
  readonly attempts: number
  readonly at: Date
}

/** What is kept: a delivery, or whatever no deliveries could be made of. */
export interface KeptDeadLetter extends DeadLetterKey {
  readonly provider: string | null
  readonly reason: string
  readonly attempts: number
  readonly at: Date
}

/**
 * Keeps dead letters of recipients of one page. `reported`: a provider had taken them, and then told that it could not
 * deliver.
 */
export async function writeDeadLetters(
  client: PoolClient,
  page: number,
  letters: readonly KeptDeadLetter[],
  { reported }: { readonly reported: boolean } = { reported: false },
): Promise<void> {
  await client.query({
    name: 'write-dead-letters',
    text: `INSERT INTO dead_letter
        (notification_id, recipient_id, channel, provider, reason, attempts, at, page, expires_at, reported)
      SELECT l.*, $8, n.expires_at, $9
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::timestamptz[])
        AS l (notification_id, recipient_id, channel, provider, reason, attempts, at)
      JOIN notification n ON n.id = l.notification_id
      ON CONFLICT (notification_id, recipient_id, channel) DO UPDATE SET reported = true
        WHERE excluded.reported AND NOT dead_letter.reported`,
    values: [
      letters.map((each) => each.notificationId),
      letters.map((each) => each.recipientId ?? ''),
      letters.map((each) => each.channel ?? ''),
      letters.map((each) => each.provider),
      letters.map((each) => each.reason),
      letters.map((each) => each.attempts),
      letters.map((each) => each.at),
      page,
      reported,
    ],
  })
}

/** They have come through all the same. */
export async function deleteDeadLetters(client: PoolClient, keys: readonly DeliveryKey[]): Promise<void> {
  await client.query({
    name: 'delete-dead-letters',
    text: `DELETE FROM dead_letter USING unnest($1::text[], $2::text[], $3::text[]) AS given (notification_id, recipient_id, channel)
      WHERE (dead_letter.notification_id, dead_letter.recipient_id, dead_letter.channel)
        = (given.notification_id, given.recipient_id, given.channel)`,
    values: [keys.map((key) => key.notificationId), keys.map((key) => key.recipientId), keys.map((key) => key.channel)],
  })
}
