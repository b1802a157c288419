import { createPrivateKey, sign } from 'node:crypto'

export interface ApnsKey {
  /** PEM of the .p8 file. */
  readonly key: string
  readonly keyId: string
  readonly teamId: string
}

export interface ApnsToken {
  readonly text: string
  readonly mintedAt: Date
}

/**
 * The provider token for a request at `now`: one for 50 minutes.
 *
 * APNs refuses a token after 60 minutes, and a new one more often than every 20 (Apple, "Establishing a token-based
 * connection to APNs").
 */
export function apnsTokens({ key, keyId, teamId }: ApnsKey): (now: Date) => ApnsToken {
  const privateKey = createPrivateKey(key)
  let token: ApnsToken | undefined

  function mint(now: Date): ApnsToken {
    const header = encode({ alg: 'ES256', kid: keyId })
    const claims = encode({ iss: teamId, iat: Math.floor(now.getTime() / 1000) })
    const signed = `${header}.${claims}`
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return { text: `${signed}.${signature.toString('base64url')}`, mintedAt: now }
  }

  return (now) => {
    if (token === undefined || now.getTime() - token.mintedAt.getTime() > 50 * 60_000) token = mint(now)
    return token
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
