import { onAbort } from '../on-abort.ts'
import { openSmtpConnection, type SmtpConnection, type SmtpMail, type SmtpServer } from './smtp-connection.ts'
import type { SmtpExchange } from './smtp-exchange.ts'

/** Transactions with one mail server, several at once. Never repeats one, never rejects. */
export interface SmtpPool {
  transact(mail: SmtpMail, signal: AbortSignal): Promise<SmtpExchange>
  /** Lets what is under way finish. */
  close(): Promise<void>
}

/** What a mail server grants one client is about this; a message beyond them waits, within its timeout. */
const mostConnections = 10
const idleMs = 30_000

/** `timeoutMs`: for everything from the call to the last reply. */
export function openSmtpPool(server: SmtpServer, timeoutMs: number): SmtpPool {
  const idle: SmtpConnection[] = []
  const waiting = new Set<() => void>()
  const underWay = new Set<Promise<SmtpExchange>>()
  let busy = 0

  /** The one that was used last: what is not needed falls silent, and ends. */
  function take(): SmtpConnection {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) if (last.isUsable()) return last
    return openSmtpConnection(server, timeoutMs + idleMs)
  }

  function putBack(connection: SmtpConnection): void {
    if (connection.isUsable()) idle.push(connection)
    else connection.quit()
  }

  async function use(connection: SmtpConnection, mail: SmtpMail): Promise<SmtpExchange> {
    busy += 1
    try {
      return await connection.send(mail)
    } finally {
      busy -= 1
      putBack(connection)
      const [next] = waiting
      next?.()
    }
  }

  function transaction(mail: SmtpMail, signal: AbortSignal): Promise<SmtpExchange> {
    return new Promise((resolve, reject) => {
      let connection: SmtpConnection | undefined
      const end = (exchange: SmtpExchange) => {
        clearTimeout(timer)
        forget()
        resolve(exchange)
      }
      const begin = () => {
        waiting.delete(begin)
        connection = take()
        use(connection, mail).then(end, reject)
      }
      const stop = (code: string) => {
        if (connection !== undefined) return connection.cut(code)
        waiting.delete(begin)
        end({ kind: 'unsent', code })
      }
      const timer = setTimeout(() => stop('timeout'), timeoutMs)
      const forget = onAbort(signal, () => stop('aborted'))
      if (busy < mostConnections) begin()
      else waiting.add(begin)
    })
  }

  return {
    async transact(mail, signal) {
      if (signal.aborted) return { kind: 'unsent', code: 'aborted' }
      const transacting = transaction(mail, signal)
      underWay.add(transacting)
      const exchange = await transacting
      underWay.delete(transacting)
      return exchange
    },
    async close() {
      await Promise.all(underWay)
      for (const connection of idle.splice(0)) connection.quit()
    },
  }
}
