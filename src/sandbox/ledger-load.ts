import { createReadStream, existsSync } from 'node:fs'
import { isText, parseJson, textAt } from './json.ts'
import { type Indexed, LedgerIndex } from './ledger-index.ts'

export interface LoadedLedger {
  readonly index: LedgerIndex
  /** Where the last whole line ends. What follows was being written when the sandbox died, and was never answered. */
  readonly bytes: number
}

/** Indexes a ledger file; one that is not there is empty. */
export async function loadLedger(path: string): Promise<LoadedLedger> {
  const index = new LedgerIndex()
  if (!existsSync(path)) return { index, bytes: 0 }
  let bytes = 0
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: 4 * 1024 * 1024 })) {
    const buffer: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = buffer.indexOf(10); end >= 0; end = buffer.indexOf(10, start)) {
      const row = readLine(buffer.toString('utf8', start, end))
      if (row) index.add(row, bytes, bytes + end - start)
      bytes += end - start + 1
      start = end + 1
    }
    rest = buffer.subarray(start)
  }
  return { index, bytes }
}

/** A line that a damaged disk made unreadable is left out rather than keeping the sandbox from starting. */
function readLine(line: string): Indexed | undefined {
  const row = parseJson(line)
  const [at, provider, channel] = [textAt(row, 'at'), textAt(row, 'provider'), textAt(row, 'channel')]
  if (!isText(at) || !isText(provider) || !isText(channel)) return undefined
  return {
    atMs: Date.parse(at),
    provider,
    channel,
    to: textAt(row, 'to') ?? '',
    recipientId: textAt(row, 'recipientId') ?? null,
    notificationId: textAt(row, 'notificationId') ?? null,
  }
}
