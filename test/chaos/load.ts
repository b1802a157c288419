import { fork } from 'node:child_process'
import { join } from 'node:path'
import { z } from 'zod'

export interface LoadOptions {
  readonly gateway: string
  readonly apiKey: string
  readonly seed: number
  readonly people: number
  readonly perSecond: number
  readonly seconds: number
  /** Where it writes what became of each: ./load-log.ts. */
  readonly file: string
}

const progress = z.object({
  sent: z.number(),
  accepted: z.number(),
  'in doubt': z.number(),
  refused: z.number(),
  done: z.boolean(),
})
export type LoadProgress = Readonly<z.infer<typeof progress>>

export interface Load {
  progress(): LoadProgress
  /** Resolves when all that was to be sent has been answered, or given up on. */
  readonly ended: Promise<void>
  kill(): void
}

/** Begins to send, in a process of its own (./load-process.ts). */
export function startLoad(options: LoadOptions): Load {
  let latest: LoadProgress = { sent: 0, accepted: 0, 'in doubt': 0, refused: 0, done: false }
  const child = fork(join(import.meta.dirname, 'load-process.ts'), [JSON.stringify(options)], { detached: true })
  child.on('message', (message) => {
    latest = progress.parse(message)
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('exit', (code, signal) => {
      if (latest.done) resolve()
      else reject(new Error(`the load has ended before its time (${signal ?? `exit code ${code}`})`))
    })
  })
  return {
    progress: () => latest,
    ended,
    kill: () => void child.kill('SIGKILL'),
  }
}
