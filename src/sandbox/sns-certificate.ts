import { generateKeyPairSync } from 'node:crypto'
import { isText, parseJson, textAt } from './json.ts'
import { openSecrets, readSecret } from './secrets.ts'

export interface SnsCertificate {
  readonly cert: string
  readonly key: string
}

const file = 'sns-certificate.json'
/** As short as OpenSSL takes it: each message is signed, and nobody has to be kept from anything here. */
const keyBits = 1024

/** What stands in for the certificate of Amazon SNS; made when it is first needed. */
export async function openSnsCertificate(folder: string): Promise<SnsCertificate> {
  const kept = decode(readSecret(folder, file))
  if (kept) return kept
  const made = await make(new Date())
  openSecrets(folder)(file, () => JSON.stringify(made))
  return made
}

async function make(now: Date): Promise<SnsCertificate> {
  const { generate } = await import('selfsigned')
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: keyBits,
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  })
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'sns.sandbox' }], {
    keyPair: { privateKey, publicKey },
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - 86_400_000),
    notAfterDate: new Date(now.getTime() + 3650 * 86_400_000),
  })
  return { cert, key }
}

function decode(text: string | undefined): SnsCertificate | undefined {
  const kept = text === undefined ? undefined : parseJson(text)
  const [cert, key] = [textAt(kept, 'cert'), textAt(kept, 'key')]
  return isText(cert) && isText(key) ? { cert, key } : undefined
}
