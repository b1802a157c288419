import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** Encrypts the data of sensitive templates and hashes what must not be guessed back. */
export interface Cipher {
  encrypt(text: string): Buffer
  /** Throws when the bytes were not made with this key. */
  decrypt(bytes: Uint8Array): string
  /** A keyed hash: equal texts, equal hashes; without the key nothing can be tried out. */
  hash(text: string): Buffer
  /** Tells, when a text comes back from outside, that we wrote it, and for this purpose. */
  sign(purpose: SignedPurpose, text: string): Buffer
}

export type SignedPurpose = 'unsubscribe'

/** AES-256-GCM and HMAC-SHA-256, with a key of its own each, derived from `CARILLON_SECRET_KEY`. */
export function openCipher(secretKey: string): Cipher {
  const encryptionKey = derive(secretKey, 'encryption')
  const hashKey = derive(secretKey, 'hash')
  const signingKeys: Record<SignedPurpose, Buffer> = { unsubscribe: derive(secretKey, 'unsubscribe') }
  return {
    encrypt(text) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', encryptionKey, nonce)
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
    },
    decrypt(bytes) {
      const decipher = createDecipheriv('aes-256-gcm', encryptionKey, bytes.subarray(0, 12))
      decipher.setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
    },
    hash: (text) => createHmac('sha256', hashKey).update(text).digest(),
    sign: (purpose, text) => createHmac('sha256', signingKeys[purpose]).update(text).digest(),
  }
}

function derive(secretKey: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, '', `carillon ${purpose}`, 32))
}
