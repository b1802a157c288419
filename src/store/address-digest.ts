import { type AddressChannel, canonicalAddress } from '../domain/suppressed-address.ts'
import type { Cipher } from './cipher.ts'

/** Tells addresses apart where none may be written down: without the key nobody can tell whose it is. */
export function addressDigest(cipher: Pick<Cipher, 'hash'>, channel: AddressChannel, address: string): string {
  return cipher
    .hash(`address ${channel} ${canonicalAddress(channel, address)}`)
    .toString('base64url')
    .slice(0, 32)
}
