import type { InboxPosition } from '../domain/inbox-changes.ts'
import { badArgument, decodeCursor, encodeCursor } from './connection.ts'

/** Where somebody is in the events of an inbox, and in whose. */
export interface EventsCursor extends InboxPosition {
  readonly installation: string
}

const sequence = /^\d{1,15}$/

export function encodeEventsCursor({ installation, seq, createdSeq }: EventsCursor): string {
  return encodeCursor([installation, `${seq}`, `${createdSeq}`])
}

/** undefined: no cursor was given. Anything but a cursor of ours is BAD_USER_INPUT. */
export function decodeEventsCursor(cursor: string | null | undefined): EventsCursor | undefined {
  const words = decodeCursor(cursor, 3)
  if (words === undefined) return undefined
  const [installation = '', seq = '', createdSeq = ''] = words
  if (!sequence.test(seq) || !sequence.test(createdSeq)) {
    throw badArgument('after', 'is not a cursor of these events: leave it out to start afresh')
  }
  return { installation, seq: Number(seq), createdSeq: Number(createdSeq) }
}
