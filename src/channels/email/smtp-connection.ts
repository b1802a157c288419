import { Readable } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import Connection from 'nodemailer/lib/smtp-connection'
import { failedExchange, readReply, type SmtpExchange, type SmtpFailure } from './smtp-exchange.ts'

export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** TLS from the first byte. Otherwise STARTTLS, where the server has it; with credentials, it must. */
  readonly secure: boolean
  readonly auth?: { readonly user: string; readonly pass: string } | undefined
  readonly tls: ConnectionOptions
}

export interface SmtpMail {
  readonly from: string
  readonly to: string
  readonly raw: Buffer
}

/** One connection to a mail server, for one message at a time. */
export interface SmtpConnection {
  /** Connects and signs in first where that has not been done. Never repeats anything, never rejects. */
  send(mail: SmtpMail): Promise<SmtpExchange>
  /** Ends it at once; what is under way ends with this code. */
  cut(code: string): void
  /** Whether another message may be sent on it. */
  isUsable(): boolean
  quit(): void
}

/** Servers limit how many messages they take on one connection; a hundred is common. */
const mostMessages = 100

/** Nothing happens on it for `silenceMs`: it is closed. */
export function openSmtpConnection({ auth, ...server }: SmtpServer, silenceMs: number): SmtpConnection {
  const connection = new Connection({
    ...server,
    requireTLS: auth !== undefined,
    socketTimeout: silenceMs,
    socketCloseTimeout: 0,
  })
  // Each step hears of it by itself; and a server may end a connection that nobody uses.
  connection.on('error', () => undefined)
  let isSignedIn = false
  let isBetweenMessages = true
  let messages = 0
  let cutBecause: string | undefined

  async function signIn(): Promise<SmtpFailure | undefined> {
    const refused = await step(connection, (done) => connection.connect(done))
    if (refused !== undefined || auth === undefined) return refused
    return step(connection, (done) => connection.login({ ...auth }, done))
  }

  async function getReady(): Promise<SmtpFailure | undefined> {
    const failure = isSignedIn
      ? await (isBetweenMessages ? undefined : step(connection, (done) => connection.reset(done)))
      : await signIn()
    isSignedIn = failure === undefined
    return failure
  }

  async function transact({ from, to, raw }: SmtpMail): Promise<SmtpExchange> {
    let isOnItsWay = false
    let response: string | undefined
    // Read when the server has agreed to take the message, not before.
    const body = new Readable({
      read() {
        isOnItsWay = true
        this.push(raw)
        this.push(null)
      },
    })
    const failure =
      (await getReady()) ??
      (await step(connection, (done) =>
        connection.send({ from, to: [to] }, body, (error, info) => {
          response = info?.response
          done(error)
        }),
      ))
    if (failure !== undefined) return failedExchange(failure, isOnItsWay)
    return readReply(response, 'message') ?? { kind: 'unanswered', code: 'EPROTOCOL' }
  }

  return {
    async send(mail) {
      messages += 1
      const exchange = await transact(mail)
      isBetweenMessages = exchange.kind === 'replied' && exchange.status < 400
      if (exchange.kind === 'replied') return exchange
      connection.close()
      return cutBecause === undefined ? exchange : { ...exchange, code: cutBecause }
    },
    cut(code) {
      cutBecause ??= code
      connection.close()
    },
    isUsable: () => isSignedIn && !connection.destroyed && messages < mostMessages,
    quit: () => connection.quit(),
  }
}

/** Resolves with what `start` calls back with, or with what ended the connection meanwhile. */
function step(
  connection: Connection,
  start: (done: (failure?: SmtpFailure | null) => void) => void,
): Promise<SmtpFailure | undefined> {
  return new Promise((resolve) => {
    const done = (failure?: SmtpFailure | null) => {
      connection.off('error', done)
      connection.off('end', ended)
      resolve(failure ?? undefined)
    }
    const ended = () => done(Object.assign(new Error('The connection has ended.'), { code: 'ECONNECTION' }))
    connection.once('error', done)
    connection.once('end', ended)
    start(done)
  })
}
