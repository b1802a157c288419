import { connect, type Socket } from 'node:net'
import { isWhole } from './whole-response.ts'

export interface Request {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** What its answer has in it. */
  readonly expect: string
}

export interface OneByOne {
  /** Sends one request and resolves with how long its answer took. */
  send(request: Request): Promise<number>
  close(): void
}

/** One keep-alive connection, straight on a socket: latencies of single requests, with little of the client in them. */
export function oneByOne(base: string): OneByOne {
  const { hostname, port } = new URL(base)
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true }).setEncoding('latin1')
  return {
    send({ url, headers, body, expect }) {
      const { host, pathname } = new URL(url)
      const fields = Object.entries({ host, ...headers, 'content-length': `${Buffer.byteLength(body)}` })
      const head = `POST ${pathname} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
      return new Promise((resolve, reject) => {
        let received = ''
        const take = (piece: string) => {
          received += piece
          if (!isWhole(received)) return
          const ms = performance.now() - begun
          socket.off('data', take)
          socket.off('error', reject)
          if (received.startsWith('HTTP/1.1 200') && received.includes(expect)) resolve(ms)
          else reject(new Error(`an answer without ${expect}: ${received.slice(0, 500)}`))
        }
        socket.on('data', take)
        socket.once('error', reject)
        const begun = performance.now()
        socket.write(head + body)
      })
    },
    close: () => socket.destroy(),
  }
}
