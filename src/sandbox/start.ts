import type { Server } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import { join } from 'node:path'
import { openCertificates } from './certificates.ts'
import { createFaults } from './faults.ts'
import { gatewaySockets } from './gateway-socket.ts'
import { openLedger } from './ledger.ts'
import { createLive } from './live.ts'
import { pages } from './pages.ts'
import { isTaken, listen, listenFrom, listenKept, refuseSecond, StartError } from './ports.ts'
import { openProviders } from './providers.ts'
import { receiver } from './receive.ts'
import { openSecrets } from './secrets.ts'
import { openSenders } from './senders.ts'
import { h2Server, plainServer, tlsServer } from './servers.ts'
import { smtpListener } from './smtp-listener.ts'
import { createWebhooks } from './webhooks.ts'

export interface SandboxOptions {
  /** The plain port: 0 is any free one; without it 4010 or the next free one. */
  readonly port?: number | undefined
  readonly dataDir: string
  /** Where webhooks go. */
  readonly gateway?: string | undefined
  /** Decides which requests a fault with a `share` befalls. */
  readonly random?: (() => number) | undefined
}

export interface Sandbox {
  readonly url: string
  /** What a Carillon process needs in its environment to talk to this sandbox; also at `GET /environment`. */
  readonly environment: Readonly<Record<string, string>>
  /** Lets requests in flight end, for half a second. */
  close(): Promise<void>
}

const defaultPort = 4010
const graceMs = 500
const emailFrom = 'notifications@carillon.example'

/** Starts every provider, the ledger and the page. Rejects with a {@link StartError} that says what to do about it. */
export async function startSandbox({ port, dataDir, gateway, random = Math.random }: SandboxOptions): Promise<Sandbox> {
  const folder = join(dataDir, 'sandbox')
  const secrets = openSecrets(folder)
  const certificates = await openCertificates(folder)
  await refuseSecond(join(folder, 'h2.port'), certificates.ca)

  const providers = openProviders(secrets)
  const ledger = await openLedger(join(folder, 'ledger.ndjson'))
  const faults = createFaults(
    providers.map(({ name }) => name),
    random,
  )
  const live = createLive(ledger, faults)
  const receive = receiver(ledger, faults)
  const environment: Record<string, string> = {}
  let url = ''
  const senders = openSenders(secrets, folder, () => url)
  const webhooks = createWebhooks(ledger, gateway, senders.all)
  const sessions = new Set<ServerHttp2Session>()
  const h2 = h2Server(certificates, providers, receive, sessions)
  const tls = tlsServer(certificates, providers)
  const smtp = smtpListener(certificates, providers, receive)
  const plain = plainServer(
    providers,
    receive,
    pages({ ledger, faults, live, environment, dataDir, gateway, ses: senders.ses }),
  )
  const sockets = gatewaySockets({ dataDir, gateway })
  plain.on('upgrade', sockets.accept)

  async function close(): Promise<void> {
    live.close()
    sockets.close()
    const closed = [plain, tls, h2, smtp.server].map((server) => new Promise((resolve) => server.close(resolve)))
    for (const server of [plain, tls, smtp]) server.closeIdleConnections()
    for (const session of sessions) session.close()
    const grace = setTimeout(() => cutAll([plain, tls, smtp], sessions), graceMs)
    await Promise.all(closed)
    clearTimeout(grace)
    await webhooks.close()
    await ledger.close()
  }

  try {
    const h2Url = `https://localhost:${await listenKept(h2, join(folder, 'h2.port'))}`
    const tlsUrl = `https://127.0.0.1:${await listenKept(tls, join(folder, 'tls.port'))}`
    const smtpAddress = { host: '127.0.0.1', port: await listenKept(smtp.server, join(folder, 'smtp.port')) }
    url = `http://127.0.0.1:${await listenPlain(plain, port)}`
    const found = providers.map((each) =>
      each.environment({ http: `${url}/${each.name}`, h2: h2Url, tls: tlsUrl, smtp: smtpAddress }),
    )
    Object.assign(
      environment,
      { PROVIDER_CA: certificates.ca, EMAIL_FROM: emailFrom, EMAIL_FAILOVER: 'always', ...senders.environment() },
      ...found,
    )
    return { url, environment, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function listenPlain(server: Server, port: number | undefined): Promise<number> {
  if (port === undefined) return listenFrom(server, defaultPort)
  return listen(server, port).catch((error: unknown) => {
    if (!isTaken(error)) throw error
    throw new StartError(`Port ${port} is taken: set SANDBOX_PORT to another, or leave it unset for the next free one.`)
  })
}

function cutAll(
  servers: readonly Pick<Server, 'closeAllConnections'>[],
  sessions: ReadonlySet<ServerHttp2Session>,
): void {
  for (const server of servers) server.closeAllConnections()
  for (const session of sessions) session.destroy()
}
