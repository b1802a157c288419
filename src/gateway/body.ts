import type { IncomingMessage } from 'node:http'
import type { GraphQLError } from 'graphql'
import { refusal } from './refusal.ts'

/** What a client may go on sending of a body that was refused, so that it gets to read the answer. */
const patience = 32
const leastPatience = 4 * 1024 ** 2

/** The whole body as text. Rejects with an error to answer as soon as it is known to be too long. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  return (await readBytes(request, maxBytes)).toString('utf8')
}

/** The same, as it came. */
export function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length']) > maxBytes) return Promise.reject(tooLong(request, maxBytes))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
      else if (bytes - chunk.length <= maxBytes) reject(tooLong(request, maxBytes))
    })
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    request.on('error', reject)
    request.on('close', () => reject(new Error('The client left.')))
  })
}

/** The connection stays usable when the rest of the body is short enough to be passed over. */
function tooLong(request: IncomingMessage, maxBytes: number): GraphQLError {
  let passedOver = 0
  request.on('data', (chunk: Buffer) => {
    passedOver += chunk.length
    if (passedOver > Math.max(leastPatience, patience * maxBytes)) request.destroy()
  })
  return refusal('BAD_REQUEST', `The body is longer than ${maxBytes} bytes.`, { status: 413 })
}
