/** Why a server cannot be used. */
export interface Unreachable {
  /** `away`: it may come back by itself. `wrong`: it will not be of use until somebody changes something. */
  readonly kind: 'away' | 'wrong'
  /** Follows the server's name: "does not answer (ECONNREFUSED)". Never holds a secret. */
  readonly why: string
}

/** What an error of Node's own says of the server that a connection was meant for. */
export function unreachable(error: unknown): Unreachable {
  const code = codeOf(error)
  const mismatch = code === undefined ? undefined : tlsFailures[code]
  if (mismatch !== undefined) return { kind: 'wrong', why: mismatch }
  const reason = code ?? (error instanceof Error ? error.message : String(error))
  return { kind: 'away', why: `does not answer (${reason})` }
}

const unknownAuthority =
  'has a certificate from an authority that is not known here: name a file with it in NODE_EXTRA_CA_CERTS'

/** Of Node and OpenSSL. */
const tlsFailures: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_HAS_EXPIRED: 'has a certificate that has expired',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet: compare the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS, which its address asks for',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'does not speak TLS, which its address asks for',
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}
