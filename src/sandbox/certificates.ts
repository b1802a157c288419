import { isText, parseJson, textAt } from './json.ts'
import { openSecrets, readSecret } from './secrets.ts'

export interface Certificates {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

const names = [
  'localhost',
  'api.push.apple.com',
  'oauth2.googleapis.com',
  'accounts.google.com',
  'www.googleapis.com',
  'fcm.googleapis.com',
]
const file = 'certificates.json'

/** A CA of this data folder and a certificate for the hosts that the SDKs insist on; made at the first start. */
export async function openCertificates(folder: string): Promise<Certificates> {
  const kept = decode(readSecret(folder, file))
  if (kept) return kept
  const made = await makeCertificates(new Date())
  openSecrets(folder)(file, () => JSON.stringify(made))
  return made
}

async function makeCertificates(now: Date): Promise<Certificates> {
  // Needed once in the life of a data folder, and a quarter of the time that a start takes.
  const { generate } = await import('selfsigned')
  const valid = {
    notBeforeDate: new Date(now.getTime() - 86_400_000),
    notAfterDate: new Date(now.getTime() + 3650 * 86_400_000),
    keyType: 'ec',
    algorithm: 'sha256',
  } as const
  const ca = await generate([{ name: 'commonName', value: 'Carillon sandbox CA' }], {
    ...valid,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  const server = await generate([{ name: 'commonName', value: 'Carillon sandbox' }], {
    ...valid,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [...names.map((value) => ({ type: 2 as const, value })), { type: 7, ip: '127.0.0.1' }],
      },
    ],
  })
  return { ca: ca.cert, cert: server.cert, key: server.private }
}

function decode(text: string | undefined): Certificates | undefined {
  const kept = text === undefined ? undefined : parseJson(text)
  const [ca, cert, key] = [textAt(kept, 'ca'), textAt(kept, 'cert'), textAt(kept, 'key')]
  return isText(ca) && isText(cert) && isText(key) ? { ca, cert, key } : undefined
}
