import { createServer } from 'node:http'
import { isObjectType } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { connect } from 'nats'
import { WebSocketServer } from 'ws'
import { behind } from '../../src/domain/inbox-changes.ts'
import type { InboxEventShape } from '../../src/schema/inbox-catch-up.ts'
import { schema } from '../../src/schema/schema.ts'
import { inboxChanged } from '../../src/streams/messages.ts'
import { setting } from '../gateway.ts'
import { listening } from '../query/contender.ts'
import { serve } from './serve.ts'
import { itemOf } from './viewers.ts'

/**
 * graphql-ws as its guide has it: an async iterator for each subscription, over a NATS subscription of its own. The same
 * schema, events and rows from memory. It is spared the check of tokens: who asks is in the subprotocol's parameters.
 */
const nats = await connect({ servers: setting('NATS_URL') })

async function* events(userId: string): AsyncGenerator<InboxEventShape> {
  const changes = nats.subscribe(inboxChanged.subject(userId))
  const stamp = (seq: number, unread: number) => ({ userId, unread, cursor: { installation: 'bench', ...behind(seq) } })
  yield { kind: 'ready', ...stamp(0, 0) }
  for await (const message of changes) {
    const { seq, unread } = inboxChanged.decode(message.data)
    yield { kind: 'added', item: itemOf(userId, seq), ...stamp(seq, unread) }
  }
}

const subscription = schema.getSubscriptionType()
const field = isObjectType(subscription) ? subscription.getFields()['inboxEvents'] : undefined
if (field === undefined) throw new Error('the schema has no inboxEvents')
field.subscribe = (_root, _args, { principal }) => events(principal.userId)

const server = createServer()
useServer(
  {
    schema,
    context: ({ connectionParams }) => ({
      principal: { kind: 'viewer', userId: String(connectionParams?.['userId']), expiresAt: undefined },
    }),
  },
  new WebSocketServer({ server, path: '/graphql' }),
)
serve(`${await listening(server)}/graphql`)
