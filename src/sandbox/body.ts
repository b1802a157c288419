import type { Readable } from 'node:stream'

/** More than any provider takes; what a request sends beyond is dropped, and the provider finds it too large. */
const limitBytes = 31 * 1024 * 1024

/** All of a request's body, or undefined when the client left before its end. */
export function readBody(stream: Readable): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      if (bytes < limitBytes) chunks.push(chunk)
      bytes += chunk.length
    })
    stream.on('end', () => resolve(Buffer.concat(chunks)))
    stream.on('close', () => resolve(undefined))
    stream.on('error', () => resolve(undefined))
  })
}
