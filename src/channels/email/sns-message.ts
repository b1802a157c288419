import { type KeyObject, verify, X509Certificate } from 'node:crypto'
import { parseJson, textAt } from '../json.ts'
import type { FetchText } from './fetch-text.ts'
import type { IsSnsAddress } from './sns-address.ts'

/*
 * What Amazon SNS posts, and how it signs that: reference/providers.md, section 4, and "Verifying the signatures of
 * Amazon SNS messages" of its developer guide.
 */

export interface SnsMessage {
  readonly type: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation'
  readonly id: string
  readonly topicArn: string
  readonly at: Date
  /** What was published to the topic. */
  readonly message: string
  /** Of a confirmation. */
  readonly subscribeUrl: URL | undefined
  readonly signed: Signed
}

interface Signed {
  readonly text: string
  readonly signature: Buffer
  readonly hash: 'sha1' | 'sha256'
  readonly certificateUrl: URL
}

const signedFields = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const satisfies Record<SnsMessage['type'], readonly string[]>

/** Undefined for what is no message of SNS. Nothing of it may be believed yet. */
export function readSnsMessage(body: Buffer): SnsMessage | undefined {
  const json = parseJson(body.toString())
  const type = typeOf(textAt(json, 'Type'))
  const [id, topicArn, message] = [textAt(json, 'MessageId'), textAt(json, 'TopicArn'), textAt(json, 'Message')]
  const at = new Date(textAt(json, 'Timestamp') ?? '')
  const hash = hashOf(textAt(json, 'SignatureVersion'))
  const certificateUrl = URL.parse(textAt(json, 'SigningCertURL') ?? '')
  const signature = Buffer.from(textAt(json, 'Signature') ?? '', 'base64')
  if (!type || !id || !topicArn || !message || Number.isNaN(at.getTime()) || !hash || !certificateUrl) return undefined
  const text = signedFields[type].map((field) => signedLine(field, textAt(json, field))).join('')
  const subscribeUrl = URL.parse(textAt(json, 'SubscribeURL') ?? '') ?? undefined
  return { type, id, topicArn, at, message, subscribeUrl, signed: { text, signature, hash, certificateUrl } }
}

/** Whether a certificate of SNS has signed it. Rejects when that cannot be had now. */
export async function isSignedBySns({ signed }: SnsMessage, certificates: SnsCertificates, now: Date) {
  const certificate = await certificates(signed.certificateUrl)
  if (certificate === undefined || now < certificate.from || now > certificate.to) return false
  return verify(signed.hash, Buffer.from(signed.text), certificate.key, signed.signature)
}

/** The certificate at an address: undefined where SNS has none there. Rejects when it cannot be fetched. */
export type SnsCertificates = (url: URL) => Promise<Certificate | undefined>

interface Certificate {
  readonly key: KeyObject
  readonly from: Date
  readonly to: Date
}

/** SNS changes its certificate every year or so. */
const mostKept = 20

/** Fetches each certificate once; one that could not be fetched is fetched again. */
export function snsCertificates(isSns: IsSnsAddress, fetchText: FetchText): SnsCertificates {
  const kept = new Map<string, Promise<Certificate>>()
  return async (url) => {
    if (!isSns(url) || !url.pathname.endsWith('.pem')) return undefined
    const known = kept.get(url.href)
    if (known !== undefined) return known
    const fetched = fetchText(url).then(toCertificate)
    if (kept.size >= mostKept) kept.clear()
    kept.set(url.href, fetched)
    fetched.catch(() => kept.delete(url.href))
    return fetched
  }
}

function toCertificate(pem: string): Certificate {
  const { publicKey: key, validFromDate: from, validToDate: to } = new X509Certificate(pem)
  return { key, from, to }
}

function typeOf(text: string | undefined): SnsMessage['type'] | undefined {
  return text === 'Notification' || text === 'SubscriptionConfirmation' || text === 'UnsubscribeConfirmation'
    ? text
    : undefined
}

function hashOf(version: string | undefined): 'sha1' | 'sha256' | undefined {
  return version === '1' ? 'sha1' : version === '2' ? 'sha256' : undefined
}

/** A field that is not there (a notification without a subject) is not signed. */
function signedLine(field: string, value: string | undefined): string {
  return value === undefined ? '' : `${field}\n${value}\n`
}
