import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type Filter, type Indexed, LedgerIndex } from './ledger-index.ts'
import { loadLedger } from './ledger-load.ts'
import type { Entry, Row } from './row.ts'

export interface Written {
  readonly number: number
  readonly row: Row
}

/** The append-only file of everything the providers accepted: one JSON row a line. */
export interface Ledger {
  readonly size: number
  /** Resolves when the rows are in the file. Rows of one tick are written together. */
  append(entries: readonly Entry[]): Promise<void>
  /** Row numbers, oldest first. */
  find(filter: Filter): readonly number[]
  /** The lines of these rows, in pieces of about a megabyte; ends early if the ledger is emptied meanwhile. */
  lines(numbers: readonly number[]): AsyncGenerator<readonly string[]>
  clear(): void
  /** Called after rows are written; with nothing after the ledger was emptied. */
  watch(listener: (written: readonly Written[] | null) => void): void
  close(): Promise<void>
}

interface Pending {
  readonly rows: readonly Row[]
  readonly lines: readonly string[]
  resolve(): void
  reject(error: unknown): void
}

const pieceBytes = 1024 * 1024

export async function openLedger(path: string): Promise<Ledger> {
  const loaded = await loadLedger(path)
  const file = openSync(path, 'a', 0o600)
  const reader = await open(path, 'r')
  ftruncateSync(file, loaded.bytes)

  let { index, bytes } = loaded
  let pending: Pending[] = []
  let lastAtMs = index.lastAtMs
  const listeners: ((written: readonly Written[] | null) => void)[] = []

  function stamp(entry: Entry): Row {
    lastAtMs = Math.max(lastAtMs, Date.now())
    return { at: new Date(lastAtMs).toISOString(), ...entry }
  }

  /** Synchronous on purpose: a write of the tick's rows into the page cache is cheaper than a trip to the thread pool. */
  function flush(): void {
    const batch = pending
    pending = []
    if (batch.length === 0) return
    try {
      writeAll(file, Buffer.from(batch.flatMap(({ lines }) => lines).join('')))
    } catch (error) {
      ftruncateSync(file, bytes)
      for (const { reject } of batch) reject(error)
      return
    }
    const written = batch.flatMap(({ rows, lines }) =>
      rows.map((row, at) => ({ number: place(row, lines[at] ?? ''), row })),
    )
    for (const { resolve } of batch) resolve()
    for (const listener of listeners) listener(written)
  }

  function place(row: Row, line: string): number {
    const start = bytes
    bytes += Buffer.byteLength(line)
    return index.add(indexed(row), start, bytes - 1)
  }

  return {
    get size() {
      return index.size
    },
    append(entries) {
      if (entries.length === 0) return Promise.resolve()
      const rows = entries.map(stamp)
      const lines = rows.map((row) => `${JSON.stringify(row)}\n`)
      return new Promise((resolve, reject) => {
        pending.push({ rows, lines, resolve, reject })
        if (pending.length === 1) setImmediate(flush)
      })
    },
    find: (filter) => index.find(filter),
    async *lines(numbers) {
      const started = index
      for (const piece of pieces(started, numbers)) {
        const found = await readPiece(reader, started, piece)
        if (index !== started) return
        yield found
      }
    },
    clear() {
      flush()
      ftruncateSync(file, 0)
      index = new LedgerIndex()
      bytes = 0
      for (const listener of listeners) listener(null)
    },
    watch: (listener) => listeners.push(listener),
    async close() {
      flush()
      closeSync(file)
      await reader.close()
    },
  }
}

function indexed(row: Row): Indexed {
  return { ...row, atMs: Date.parse(row.at) }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
}

/** Groups rows that lie near one another, so that a read fetches many. */
function* pieces(index: LedgerIndex, numbers: readonly number[]): Iterable<readonly number[]> {
  let piece: number[] = []
  for (const number of numbers) {
    const first = piece[0]
    if (first !== undefined && index.place(number).end - index.place(first).start > pieceBytes) {
      yield piece
      piece = []
    }
    piece.push(number)
  }
  if (piece.length > 0) yield piece
}

async function readPiece(reader: FileHandle, index: LedgerIndex, piece: readonly number[]): Promise<readonly string[]> {
  const from = index.place(piece[0] ?? 0).start
  const to = index.place(piece.at(-1) ?? 0).end
  const { buffer } = await reader.read(Buffer.allocUnsafe(to - from), 0, to - from, from)
  return piece.map((number) => {
    const { start, end } = index.place(number)
    return buffer.toString('utf8', start - from, end - from)
  })
}
