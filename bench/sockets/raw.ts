import { createServer } from 'node:http'
import { connect } from 'nats'
import { WebSocketServer } from 'ws'
import { z } from 'zod'
import { inboxItemId } from '../../src/domain/ids.ts'
import { encodeEventsCursor } from '../../src/schema/events-cursor.ts'
import { inboxChanged } from '../../src/streams/messages.ts'
import { setting } from '../gateway.ts'
import { listening } from '../query/contender.ts'
import { serve } from './serve.ts'
import { itemOf } from './viewers.ts'

/**
 * The limit: no GraphQL, no checks, no queue. A NATS subscription for each viewer, whose every message has a frame that was
 * made beforehand written to the socket.
 */
const nats = await connect({ servers: setting('NATS_URL') })
const server = createServer()
const protocol = new WebSocketServer({ noServer: true, handleProtocols: () => 'graphql-transport-ws' })
const message = z.object({ type: z.string(), payload: z.object({ userId: z.string().optional() }).optional() })

server.on('upgrade', (request, wire, head) => {
  protocol.handleUpgrade(request, wire, head, (socket) => {
    let userId = ''
    socket.on('message', (data) => {
      const { type, payload } = message.parse(JSON.parse(String(data)))
      if (type === 'connection_init') {
        userId = payload?.userId ?? ''
        socket.send('{"type":"connection_ack"}')
        return
      }
      const frame = frameOf(userId)
      nats.subscribe(inboxChanged.subject(userId), { callback: () => void wire.write(frame) })
      socket.send('{"id":"1","type":"next","payload":{"data":{"inboxEvents":{"__typename":"InboxReady"}}}}')
    })
  })
})

function frameOf(userId: string): Buffer {
  const {
    createdSeq: _c,
    changedSeq: _s,
    userId: _u,
    tier: _t,
    actions: _a,
    data: _d,
    archivedAt: _x,
    ...item
  } = itemOf(userId, 1)
  const event = {
    __typename: 'InboxItemAdded',
    cursor: encodeEventsCursor({ installation: 'bench123', seq: 1, createdSeq: 1 }),
    unreadCount: 1,
    item: { id: inboxItemId({ userId, notificationId: item.notificationId }), ...item },
  }
  const text = Buffer.from(JSON.stringify({ id: '1', type: 'next', payload: { data: { inboxEvents: event } } }))
  return Buffer.concat([Buffer.from([0x81, 126, text.length >> 8, text.length & 255]), text])
}

serve(`${await listening(server)}/graphql`)
