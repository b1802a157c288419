import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cert, type GoogleOAuthAccessToken } from 'firebase-admin/app'
import type { Outcome } from '../../domain/outcome.ts'

export interface GoogleAccount {
  readonly project_id: string
  readonly client_email: string
  /** PEM. */
  readonly private_key: string
}

export interface AccessTokenSettings {
  readonly serviceAccount: GoogleAccount
  readonly tokenUrl?: string | undefined
  readonly ca?: string | undefined
  readonly timeoutMs: number
}

export interface AccessToken {
  readonly kind: 'minted'
  readonly text: string
  readonly mintedAt: number
  readonly expiresAt: number
}

/** The OAuth token of a service account: kept until shortly before it expires, minted once however many wait for it. */
export interface AccessTokens {
  /** Without a token nothing is sent: then it is the outcome of the attempt. */
  current(): Promise<AccessToken | Outcome>
  /** Google refused this one: the next call mints another. */
  drop(token: AccessToken): void
}

const refreshMs = 5 * 60_000

export function accessTokens(settings: AccessTokenSettings): AccessTokens {
  let token: AccessToken | undefined
  let minting: Promise<AccessToken | Outcome> | undefined

  async function mintOnce(): Promise<AccessToken | Outcome> {
    const minted = await mint(settings)
    token = minted.kind === 'minted' ? minted : undefined
    minting = undefined
    return minted
  }

  return {
    async current() {
      if (token !== undefined && token.expiresAt - refreshMs > Date.now()) return token
      minting ??= mintOnce()
      return minting
    },
    drop(refused) {
      if (token === refused) token = undefined
    },
  }
}

async function mint({ serviceAccount, tokenUrl, ca, timeoutMs }: AccessTokenSettings): Promise<AccessToken | Outcome> {
  const mintedAt = Date.now()
  try {
    const { access_token: text, expires_in: seconds } = await (tokenUrl === undefined
      ? within(timeoutMs, googleToken(serviceAccount))
      : withFile(serviceAccount, (file) => within(timeoutMs, standInToken(file, tokenUrl, ca))))
    return { kind: 'minted', text, mintedAt, expiresAt: mintedAt + seconds * 1000 }
  } catch (error) {
    const status = statusOf(error)
    return status !== undefined && status >= 400 && status < 500 && status !== 429
      ? { kind: 'config', code: `access token ${status}` }
      : { kind: 'retryable', code: `access token ${status ?? 'unavailable'}` }
  }
}

/** A new credential each time: one keeps its token, and would give a token that was refused again. */
async function googleToken({ project_id, client_email, private_key }: GoogleAccount): Promise<GoogleOAuthAccessToken> {
  return cert({ projectId: project_id, clientEmail: client_email, privateKey: private_key }).getAccessToken()
}

async function standInToken(file: string, url: string, ca: string | undefined): Promise<GoogleOAuthAccessToken> {
  return cert(file, new StandInAgent(new URL(url), ca)).getAccessToken()
}

/** firebase-admin (13.10 and 14.5) gives an agent only to a credential that it reads from a file. */
async function withFile<T>(account: GoogleAccount, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-'))
  try {
    const file = join(folder, 'service-account.json')
    await writeFile(file, JSON.stringify({ ...account, type: 'service_account' }), { mode: 0o600 })
    return await use(file)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('timeout')), timeoutMs)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** google-auth-library's errors carry the HTTP status; which one of two places depends on its version. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  if ('status' in error && typeof error.status === 'number') return error.status
  return 'response' in error ? statusOf(error.response) : undefined
}

/** Connects to one server in place of Google's, whose address firebase-admin fixes; its certificate names Google's host. */
class StandInAgent extends Agent {
  readonly #url: URL

  constructor(url: URL, ca: string | undefined) {
    super({ ca, keepAlive: false })
    this.#url = url
  }

  override createConnection(...[options, callback]: Parameters<Agent['createConnection']>) {
    const { hostname: host, port } = this.#url
    return super.createConnection(
      { ...options, host, port: Number(port || 443), servername: options.host ?? host },
      callback,
    )
  }
}
