import { connect, type Socket } from 'node:net'
import { clientFrame, frames } from './frames.ts'

export interface Member {
  readonly userId: string
  /** The cursor of the last event, where cursors are kept. */
  cursor: string | undefined
  events: number
  /** From the attempt to connect to the first event, milliseconds. */
  firstEventMs: number
  onEvent: (payload: Buffer) => void
  onClosed: () => void
  leave(): void
}

export interface Joining {
  readonly url: string
  readonly userId: string
  readonly token: string
  readonly query: string
  readonly after?: string | undefined
  readonly keepsCursor?: boolean
}

/** A subscriber straight on a socket. Resolves with the first event; rejects when the socket closes before. */
export function join({ url, userId, token, query, after, keepsCursor = false }: Joining): Promise<Member> {
  const { hostname, port, pathname } = new URL(url)
  const begun = performance.now()
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true })
    const member: Member = {
      userId,
      cursor: after,
      events: 0,
      firstEventMs: Number.NaN,
      onEvent: () => {},
      onClosed: () => {},
      leave: () => socket.destroy(),
    }
    const say = (message: object) => socket.write(clientFrame(JSON.stringify(message)))
    let upgraded = false
    let acknowledged = false
    const read = frames(
      (payload) => {
        if (!acknowledged) {
          if (!payload.includes('connection_ack')) return socket.destroy(new Error(payload.toString()))
          acknowledged = true
          say({ id: '1', type: 'subscribe', payload: { query, ...(after !== undefined && { variables: { after } }) } })
          return
        }
        member.events += 1
        if (keepsCursor) member.cursor = /"cursor":"([^"]+)"/.exec(payload.toString('latin1'))?.[1] ?? member.cursor
        if (member.events > 1) return member.onEvent(payload)
        if (!payload.includes('InboxReady')) return socket.destroy(new Error(payload.toString()))
        member.firstEventMs = performance.now() - begun
        resolve(member)
      },
      () => socket.write(clientFrame('', 10)),
    )
    socket.on('connect', () => {
      socket.write(
        `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n' +
          'Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
      )
    })
    let head = ''
    socket.on('data', (chunk: Buffer) => {
      if (upgraded) return read(chunk)
      head += chunk.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      if (!head.startsWith('HTTP/1.1 101')) return socket.destroy(new Error(head))
      upgraded = true
      say({ type: 'connection_init', payload: { Authorization: `Bearer ${token}`, userId } })
      const rest = Buffer.from(head.slice(end + 4), 'latin1')
      if (rest.length > 0) read(rest)
    })
    socket.on('error', reject)
    socket.on('close', () => {
      reject(new Error('closed'))
      member.onClosed()
    })
  })
}

/** Some at a time, as people come; `atOnce`: as they come back when a server was away. */
export async function joinAll(all: readonly Joining[], atOnce = 50): Promise<readonly Member[]> {
  const members: Member[] = []
  const rest = [...all]
  const worker = async () => {
    for (let next = rest.shift(); next; next = rest.shift()) members.push(await join(next))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return members
}
