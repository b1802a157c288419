import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { LocalFailure } from './failure.ts'
import { type KeptAlive, keepAlive, type Life } from './keep-alive.ts'
import type { Env } from './program.ts'
import type { Say } from './say.ts'
import { until } from './until.ts'

export interface NodeChild {
  /** What people call it, and the prefix of its lines: "bulk". */
  readonly name: string
  /** A file and its arguments: `['src/main.ts', 'bulk']`. */
  readonly args: readonly string[]
  /** The whole environment. Ports belong in here: the child is started again with the same. */
  readonly env: Env
  /** When it is ready: at a line on its standard output, or once the question is answered with yes. */
  readonly ready: { readonly line: (line: string) => boolean } | { readonly ask: () => boolean | Promise<boolean> }
  /** How long it may take to get ready; 60 s by default. */
  readonly readyMs?: number
  /** How long it may take to finish its work after SIGTERM, before it is killed; 10 s by default. */
  readonly graceMs?: number
  /** Gets each line of its output. By default lines go where ours go, behind its name. */
  readonly output?: (line: string, stream: 'stdout' | 'stderr') => void
  readonly say: Say
}

/**
 * Runs one of our own processes, starts it again whenever it dies, and ends it with us.
 *
 * Resolves when it is ready. It is told by `CARILLON_PARENT=stdin` to exit when its standard input closes, which it
 * does when this process is gone, `kill -9` included.
 */
export async function keepNodeChild(child: NodeChild): Promise<KeptAlive> {
  return await keepAlive(child.name, (signal) => live(child, signal), child.say)
}

async function live(child: NodeChild, signal: AbortSignal): Promise<Life> {
  const { name, args, env, ready, readyMs = 60_000, graceMs = 10_000 } = child
  const node = spawn(process.execPath, args, {
    env: { ...env, CARILLON_PARENT: 'stdin' },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A session of its own: Ctrl-C in a terminal is for us, who then end it in the right order.
    detached: true,
  })
  node.stdin.on('error', () => undefined)
  let readyLine = false
  const isReady = async () => ('line' in ready ? readyLine : await ready.ask())
  const output = child.output ?? ((line, stream) => process[stream].write(`${name}: ${line}\n`))
  eachLine(node.stdout, (line) => {
    readyLine ||= 'line' in ready && ready.line(line)
    output(line, 'stdout')
  })
  eachLine(node.stderr, (line) => output(line, 'stderr'))

  const waiting = new AbortController()
  const ended = end(node).then((how) => {
    waiting.abort()
    return how
  })
  const stop = async () => {
    node.kill('SIGTERM')
    const killing = setTimeout(() => node.kill('SIGKILL'), graceMs)
    await ended
    clearTimeout(killing)
  }
  const up = await until(isReady, readyMs, AbortSignal.any([signal, waiting.signal]))
  if (up && !waiting.signal.aborted && node.pid !== undefined) return { pid: node.pid, ended, stop }
  const how = waiting.signal.aborted ? `it ended with ${await ended}` : 'it did not get ready in time'
  await stop()
  throw new LocalFailure(`${name} did not start: ${how}.`)
}

function eachLine(stream: Readable, take: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', take)
}

function end(node: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    node.once('error', (error) => resolve(error.message))
    node.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
}
