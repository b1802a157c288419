import type { Writable } from 'node:stream'

let corked: Writable[] = []

/** What is written to it until this turn of the event loop ends goes out as one. */
export function cork(wire: Writable): void {
  if (wire.writableCorked > 0) return
  wire.cork()
  if (corked.push(wire) === 1) process.nextTick(uncorkAll)
}

/** Does not wait for that: what can go out goes out. */
export function uncork(wire: Writable): void {
  if (wire.writableCorked === 0) return
  corked = corked.filter((each) => each !== wire)
  wire.uncork()
}

function uncorkAll(): void {
  const all = corked
  corked = []
  for (const wire of all) wire.uncork()
}
