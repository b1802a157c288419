import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { header, type ProviderRequest } from './provider.ts'

export type SignatureReason =
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'UnrecognizedClientException'
  | 'InvalidSignatureException'

const authorization =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/
const timestamp = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
const maxSkewMs = 5 * 60_000

/**
 * Checks Signature Version 4 (AWS, "Signing AWS API requests") for one access key, in any region. `path` is that of the
 * request as it came over the wire.
 */
export function awsSignatureCheck(accessKeyId: string, secretAccessKey: string, service: string) {
  return (request: ProviderRequest, path: string, now: Date): SignatureReason | undefined => {
    const given = header(request, 'authorization')
    if (given === undefined) return 'MissingAuthenticationTokenException'
    const [, keyId, date = '', region = '', scope, names = '', signature = ''] = authorization.exec(given) ?? []
    const at = header(request, 'x-amz-date') ?? ''
    if (keyId === undefined || !names.split(';').includes('host') || !at.startsWith(date)) {
      return 'IncompleteSignatureException'
    }
    if (keyId !== accessKeyId) return 'UnrecognizedClientException'
    if (scope !== service || Math.abs(now.getTime() - momentOf(at)) > maxSkewMs) return 'InvalidSignatureException'
    const canonical = [
      request.method,
      encodePath(path),
      encodeQuery(request.query),
      ...names.split(';').map((name) => `${name}:${(header(request, name) ?? '').trim().replace(/ +/g, ' ')}`),
      '',
      names,
      sha256(request.body),
    ].join('\n')
    const toSign = ['AWS4-HMAC-SHA256', at, `${date}/${region}/${service}/aws4_request`, sha256(canonical)].join('\n')
    const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
    return timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex')) ? undefined : 'InvalidSignatureException'
  }
}

function momentOf(at: string): number {
  const [, year, month, day, hour, minute, second] = timestamp.exec(at) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

function encodePath(path: string): string {
  return path.split('/').map(encode).join('/')
}

function encodeQuery(query: URLSearchParams): string {
  const pairs = [...query].map(([name, value]) => `${encode(name)}=${encode(value)}`)
  return pairs.sort().join('&')
}

/** RFC 3986: everything but letters, digits and "-._~". */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
