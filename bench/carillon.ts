import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A Carillon of the bench's own. */
export interface RunningCarillon {
  /** Each line it has printed, with the seconds since it was started. */
  readonly lines: readonly { readonly text: string; readonly atS: number }[]
  /** Resolves with the seconds since it was started once a line fits. */
  line(pattern: RegExp): Promise<number>
  stop(): Promise<void>
}

const root = new URL('..', import.meta.url).pathname

/** Runs a command in the checkout: `['npm', 'start']`, or a role. */
export function runCarillon(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): RunningCarillon {
  const begun = performance.now()
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    cwd: root, // Ends with the bench, however that ends.
    env: { ...process.env, CARILLON_PARENT: 'stdin', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const lines: { text: string; atS: number }[] = []
  const ended = end(child)
  const output = createInterface({ input: child.stdout })
  output.on('line', (text) => lines.push({ text, atS: (performance.now() - begun) / 1000 }))
  child.stderr.on('data', (piece) => process.stderr.write(piece))
  return {
    lines,
    async line(pattern) {
      for (;;) {
        const found = lines.find(({ text }) => pattern.test(text))
        if (found) return found.atS
        const next = new Promise((resolve) => output.once('line', resolve))
        await Promise.race([next, ended.then((code) => Promise.reject(new Error(`Carillon ended with ${code}`)))])
      }
    },
    async stop() {
      child.kill('SIGTERM')
      const code = await ended
      if (code !== 0) throw new Error(`Carillon ended with ${code}`)
    },
  }
}

function end(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('exit', resolve).once('error', reject)
  })
}
