import { timingSafeEqual } from 'node:crypto'

/** What a link in an e-mail turns off: a category, for one person, on the channel EMAIL. */
export interface Unsubscription {
  readonly userId: string
  readonly category: string
}

/** Signs with a key that is used for nothing else. */
export type SignUnsubscription = (text: string) => Uint8Array

/** Where the gateway takes tokens. */
export const unsubscribePath = '/unsubscribe/'

/** 128 bits: as many as anybody could not try out. */
const signatureBytes = 16
const pattern = /^(([\w-]+)\.([\w-]+))\.([\w-]{22})$/

/** The same for the same person and category. It never expires: a mail may be opened years later. */
export function unsubscribeToken({ userId, category }: Unsubscription, sign: SignUnsubscription): string {
  const words = `${encode(userId)}.${encode(category)}`
  return `${words}.${signatureOf(words, sign)}`
}

/** Undefined for what we have not signed. */
export function readUnsubscribeToken(token: string, sign: SignUnsubscription): Unsubscription | undefined {
  const [, words = '', userId = '', category = '', signature = ''] = pattern.exec(token) ?? []
  const isOurs = timingSafeEqual(Buffer.from(signature.padEnd(22)), Buffer.from(signatureOf(words, sign)))
  return isOurs ? { userId: decode(userId), category: decode(category) } : undefined
}

function signatureOf(words: string, sign: SignUnsubscription): string {
  return Buffer.from(sign(`EMAIL.${words}`))
    .subarray(0, signatureBytes)
    .toString('base64url')
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function decode(text: string): string {
  return Buffer.from(text, 'base64url').toString('utf8')
}
