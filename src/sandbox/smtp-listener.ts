import type { Server, Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import type { Certificates } from './certificates.ts'
import type { Provider } from './provider.ts'
import type { Receive } from './servers.ts'
import { readSmtp, smtpExchange } from './smtp-exchange.ts'

export interface SmtpListener {
  readonly server: Server
  /** Cuts the connections on which no message is under way. */
  closeIdleConnections(): void
  closeAllConnections(): void
}

const maxBytes = 30 * 1024 * 1024
// Longer than any client keeps an idle connection: closing one that is about to be used looks like a lost answer.
const socketTimeout = 120_000

/** Mail submission: STARTTLS is there for whoever wants it, and only who has signed in may send. */
export function smtpListener(
  { cert, key }: Certificates,
  providers: readonly Provider[],
  receive: Receive,
): SmtpListener {
  const provider = providers.find(({ transport }) => transport === 'smtp')
  const sockets = new Map<number, Socket>()
  const underWay = new Set<number>()
  const smtp = new SMTPServer({
    cert,
    key,
    name: 'sandbox.carillon.example',
    size: maxBytes,
    rejectOversized: true,
    socketTimeout,
    disableReverseLookup: true,
    allowInsecureAuth: true,
    onAuth({ username = '', password }, _session, callback) {
      if (provider?.mayLogIn?.(username, password ?? '')) callback(null, { user: username })
      else callback(null, { responseCode: 535, message: '5.7.8 Authentication credentials invalid' })
    },
    async onData(stream, session, callback) {
      const { remotePort } = session
      const over = () => underWay.delete(remotePort)
      underWay.add(remotePort)
      const exchange = smtpExchange(
        (error, text) => {
          over()
          callback(error, text)
        },
        () => sockets.get(remotePort)?.resetAndDestroy(),
      )
      try {
        const request = await readSmtp(stream, session)
        if (request && provider) await receive(provider, request, exchange)
      } catch (error) {
        console.error(error)
        exchange.answer({ status: 451, headers: {}, body: '4.3.0 The sandbox itself failed; its log says how' })
      }
    },
  })
  // A client that cuts its connection is no failure of ours.
  smtp.on('error', () => undefined)
  smtp.server.on('connection', (socket) => {
    const { remotePort = 0 } = socket
    sockets.set(remotePort, socket)
    socket.on('close', () => {
      sockets.delete(remotePort)
      underWay.delete(remotePort)
    })
  })
  return {
    server: smtp.server,
    closeIdleConnections() {
      for (const [port, socket] of sockets) if (!underWay.has(port)) socket.destroy()
    },
    closeAllConnections() {
      for (const socket of sockets.values()) socket.destroy()
    },
  }
}
