import { setTimeout as pause } from 'node:timers/promises'

/** Resolves when the gateway at this address is ready; rejects after half a minute. */
export async function untilReady(base: string): Promise<void> {
  for (let n = 0; n < 600; n++) {
    const ready = await fetch(`${base}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (ready) return
    await pause(50)
  }
  throw new Error('the gateway was not ready within 30 seconds')
}
