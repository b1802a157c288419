import type { Writable } from 'node:stream'

/**
 * Writes a text message of a server as one unmasked frame (RFC 6455 section 5.2). As a string, which a socket writes
 * without a buffer in between: nearly all of them are plain ASCII, where the head may be part of it.
 */
export function writeText(wire: Writable, text: string): void {
  const bytes = Buffer.byteLength(text)
  if (bytes === text.length) {
    wire.write(head(bytes) + text, 'latin1')
  } else {
    wire.write(head(bytes), 'latin1')
    wire.write(text, 'utf8')
  }
}

/** Each letter is a byte. */
function head(bytes: number): string {
  if (bytes < 126) return String.fromCharCode(0x81, bytes)
  if (bytes < 65_536) return String.fromCharCode(0x81, 126, bytes >> 8, bytes & 255)
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(bytes))
  return String.fromCharCode(0x81, 127, ...length)
}
