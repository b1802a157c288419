import { createHash } from 'node:crypto'

/**
 * Into so many partitions what a notification has of its recipients is spread: ten million of them make some 90 MB of attempts
 * in each. The same for every notification; it never changes, or what is there is not found.
 */
export const buckets = 16

export function bucketOf(recipientId: string): number {
  return createHash('sha256').update(recipientId).digest().readUInt16BE(0) % buckets
}
