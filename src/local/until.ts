import { setTimeout as pause } from 'node:timers/promises'

/** Asks every 20 ms until the answer is yes. False when `timeoutMs` have passed or `signal` was aborted before that. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const end = performance.now() + timeoutMs
  while (signal?.aborted !== true) {
    if (await condition()) return true
    if (performance.now() >= end) return false
    await pause(20)
  }
  return false
}
