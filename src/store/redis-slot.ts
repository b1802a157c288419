/*
 * Which of the 16,384 slots of a Redis Cluster a key is in: CRC-16 (XMODEM) of what stands between the first braces, or of
 * the whole key. https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
 */

const slotCount = 16_384

export function slotOf(key: string): number {
  const tag = /\{([^}]+)\}/.exec(key)?.[1]
  return crc16(Buffer.from(tag ?? key)) % slotCount
}

const known = new Map<number, string>()

/** A text whose keys, put in braces, are in this slot. */
export function tagInSlot(slot: number): string {
  for (let n = 0; !known.has(slot); n++) {
    const tag = n.toString(36)
    if (slotOf(tag) === slot) known.set(slot, tag)
  }
  return known.get(slot) ?? ''
}

function crc16(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc
}
