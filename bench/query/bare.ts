import { createServer } from 'node:http'
import { inboxItemId } from '../../src/domain/ids.ts'
import { encodeCursor } from '../../src/schema/connection.ts'
import { contender, listening } from './contender.ts'
import { items } from './inbox.ts'

/** The limit: no GraphQL, no authentication, no checks; JSON in, the same rows as JSON out. */
const first = 20

function inbox() {
  const nodes = items.slice(0, first).map((item) => ({
    id: inboxItemId(item),
    notificationId: item.notificationId,
    tier: item.tier,
    category: item.category,
    title: item.title,
    body: item.body,
    imageUrl: item.imageUrl,
    deepLink: item.deepLink,
    sentAt: item.sentAt.toISOString(),
    readAt: item.readAt,
  }))
  const pageInfo = { hasNextPage: items.length > first, endCursor: encodeCursor([`${items[first - 1]?.createdSeq}`]) }
  return { data: { viewer: { inbox: { nodes, pageInfo } } } }
}

const server = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (piece: string) => {
    text += piece
  })
  request.on('end', () => {
    const asked: unknown = JSON.parse(text)
    const body = JSON.stringify(asked === null ? null : inbox())
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    response.end(body)
  })
})
contender(`${await listening(server)}/graphql`)
