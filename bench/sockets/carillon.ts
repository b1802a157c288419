import type { InboxReads } from '../../src/gateway/inbox-feed.ts'
import { benchGateway } from '../gateway.ts'
import { serve } from './serve.ts'
import { itemOf } from './viewers.ts'

/**
 * `carillon.ts memory | each | postgres`: the gateway as it is. `memory`: changes of inboxes are made up instead of read;
 * `each`: each of another notification.
 */
const from = process.argv[2]
/** A notification has an id of its own where nobody is to have the same. */
const numberOf = (userId: string, seq: number) => (from === 'each' ? Number(userId.split('-')[1]) * 1e6 : 0) + seq
const fromMemory: InboxReads = {
  readHeads: async (userIds) => userIds.map(() => ({ seq: 0, unread: 0, removedSeq: 0, behind: undefined })),
  readOneChangeEach: async (wanted) =>
    wanted.map(({ userId, seq }) => [{ seq, isNew: true, item: itemOf(userId, numberOf(userId, seq)) }]),
}
const { url } = await benchGateway(from === 'postgres' ? {} : { reads: fromMemory })
serve(`${url}/graphql`)
