import { createServer as createHttpServer, type OutgoingHttpHeaders } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Certificates } from '../sandbox/certificates.ts'

/** A server that stands in for a provider, and answers as a test says. */
export interface ProviderServer {
  readonly port: number
  /** Whole requests; connections, where the server knows nothing of requests. */
  requests(): number
  close(): Promise<void>
}

/** The part of an answer that HTTP/1.1 and HTTP/2 have in common. */
export interface Reply {
  writeHead(status: number, headers?: OutgoingHttpHeaders): unknown
  write(text: string): unknown
  end(text: string): unknown
  on(event: 'close', listener: () => void): unknown
}

/** `cut` ends the connection. */
export type Answering = (reply: Reply, cut: () => void) => void

export function anHttpServer(answer: Answering): Promise<ProviderServer> {
  let requests = 0
  const server = createHttpServer((request, response) => {
    request.resume().on('end', () => {
      requests += 1
      answer(response, () => request.socket.destroy())
    })
  })
  return listening(server, () => requests)
}

export function anHttp2Server({ cert, key }: Certificates, answer: Answering): Promise<ProviderServer> {
  let requests = 0
  const server = createSecureServer({ cert, key }, (request, response) => {
    request.stream.on('error', () => undefined)
    request.resume().on('end', () => {
      requests += 1
      answer(response, () => request.stream.session?.destroy())
    })
  })
  server.on('sessionError', () => undefined)
  return listening(server, () => requests)
}

/** Speaks no protocol at all, over TLS where there are certificates. */
export function aRawServer(onConnection: (socket: Socket) => void, certificates?: Certificates) {
  let connections = 0
  const connected = (socket: Socket) => {
    connections += 1
    socket.on('error', () => undefined)
    onConnection(socket)
  }
  const server = certificates
    ? createTlsServer({ cert: certificates.cert, key: certificates.key, ALPNProtocols: ['h2', 'http/1.1'] }, connected)
    : createTcpServer(connected)
  return listening(server, () => connections)
}

async function listening(server: Server, requests: () => number): Promise<ProviderServer> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    requests,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
