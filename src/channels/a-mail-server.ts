import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import type { Certificates } from '../sandbox/certificates.ts'

const commands = ['EHLO', 'STARTTLS', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'RSET', 'QUIT'] as const
/** What a client says, by its first word; "connect" is when it comes, "text" when a message begins, "." when it ends. */
type Word = (typeof commands)[number] | 'connect' | 'text' | '.'
/** What the server replies, or does. */
export type Script = Readonly<Partial<Record<Word, string | ((socket: Socket) => void)>>>

export interface MailServer {
  readonly port: number
  /** Everything that clients have said, but the text of messages. */
  readonly heard: readonly string[]
  connections(): number
  close(): Promise<void>
}

const usual: Script = {
  connect: '220 mail.example.com ESMTP',
  EHLO: '250 mail.example.com',
  STARTTLS: '220 go ahead',
  AUTH: '235 2.7.0 welcome',
  MAIL: '250 2.1.0 ok',
  RCPT: '250 2.1.5 ok',
  DATA: '354 go ahead',
  '.': '250 2.0.0 queued',
  RSET: '250 2.0.0 ok',
  QUIT: '221 2.0.0 bye',
}

/** A mail server that goes by a script; over TLS from the first byte, or after STARTTLS, where it has certificates. */
export async function aMailServer(
  script: Script = {},
  { implicit, certificates }: { readonly implicit?: boolean; readonly certificates?: Certificates } = {},
): Promise<MailServer> {
  const heard: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0

  const connected = (socket: Socket) => {
    connections += 1
    act(socket, 'connect')
    listen(socket)
  }

  function listen(socket: Socket): void {
    let pending = ''
    let expected: 'text' | '.' | undefined
    const onData = (chunk: Buffer) => {
      pending += chunk.toString('latin1')
      for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
        const line = pending.slice(0, end)
        pending = pending.slice(end + 2)
        if (expected === 'text') {
          act(socket, 'text')
          expected = '.'
        }
        if (expected === '.' && line !== '.') continue
        heard.push(line)
        const word = expected === '.' ? '.' : wordOf(line)
        const said = act(socket, word)
        expected = word === 'DATA' && said?.startsWith('354') ? 'text' : undefined
        if (word === 'STARTTLS' && certificates) {
          socket.off('data', onData)
          const { cert, key } = certificates
          listen(guarded(new TLSSocket(socket, { isServer: true, cert, key })))
        }
      }
    }
    guarded(socket).on('data', onData)
  }

  function act(socket: Socket, word: Word): string | undefined {
    const done = script[word] ?? usual[word]
    if (typeof done !== 'string') return void done?.(socket)
    socket.write(`${done}\r\n`)
    return done
  }

  function guarded(socket: Socket): Socket {
    sockets.add(socket)
    return socket.on('error', () => undefined)
  }

  const server: Server =
    implicit && certificates
      ? createTlsServer({ cert: certificates.cert, key: certificates.key }, connected)
      : createTcpServer(connected)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    heard,
    connections: () => connections,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Who knows no EHLO is greeted with HELO. */
function wordOf(line: string): Word {
  return commands.find((each) => line.startsWith(each)) ?? (line.startsWith('HELO') ? 'EHLO' : 'QUIT')
}
