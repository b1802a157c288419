/** What is released together goes out in steps, and each step of a notification shares its slices. */
export const spreadStepMs = 15_000

/**
 * When what is held back until `until` goes out: then, or up to `spreadMs` later, always the same for the same delivery,
 * so that what was held overnight does not arrive everywhere in one second. A notification that expires soon after is
 * spread over half of what is left; one that has expired by then ends at its deadline.
 */
export function spreadOut(until: Date, deliveryId: string, expiresAt: Date, spreadMs: number): Date {
  const leftMs = expiresAt.getTime() - until.getTime()
  if (leftMs <= 0) return expiresAt
  const steps = Math.floor(Math.min(spreadMs, leftMs / 2) / spreadStepMs)
  return steps < 1 ? until : new Date(until.getTime() + (hash(deliveryId) % steps) * spreadStepMs)
}

/** FNV-1a with the last step of MurmurHash3, for ids that differ in their last letters only. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
