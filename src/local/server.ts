import { mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { LocalFailure } from './failure.ts'
import { freePort, isFree } from './free-port.ts'
import { type Command, runGuarded } from './guard.ts'
import { type KeptAlive, keepAlive, type Life } from './keep-alive.ts'
import type { Kept, ServerKey } from './kept.ts'
import { endLeftover } from './leftover.ts'
import type { Say } from './say.ts'
import { until } from './until.ts'

/** What one kind of server needs to be run. */
export interface Recipe {
  readonly key: ServerKey
  readonly name: string
  readonly version: string
  readonly stopSignal: 'INT' | 'TERM'
  /** How long it has from that to its end, before it is killed; 4 unless it says something else. */
  readonly graceSeconds?: number
  /** Part of the command line that no other folder's server has. */
  readonly marker: string
  /** Called before each start. */
  command(port: number): Command
  /** Whether the server takes work on that port. */
  ready(port: number): boolean | Promise<boolean>
  url(port: number): string
  /** What is wrong with a server that runs, answers and will do no work until it is started again; else undefined. */
  illness?(pid: number): Promise<string | undefined>
  /** Throws away what is stored, for a server whose data may be lost at any time and cannot be read. */
  forget?(): void
}

export interface Surroundings {
  readonly dataDir: string
  /** When the start began, by `performance.now()`. */
  readonly begun: number
  readonly kept: Kept
  readonly say: Say
}

export interface RunningServer extends KeptAlive {
  readonly key: ServerKey
  readonly name: string
  readonly version: string
  readonly port: number
  readonly url: string
}

/** Starts a server on the port it had last time, keeps it alive there, and says so. */
export async function startServer(recipe: Recipe, { dataDir, begun, kept, say }: Surroundings): Promise<RunningServer> {
  const { key, name, version } = recipe
  const files = prepareFiles(dataDir, key)
  await endLeftover({ name, pidFile: files.pid, marker: recipe.marker, stopSignal: recipe.stopSignal }, say)
  for (let tries = 1; ; tries++) {
    const port = await freePort(kept.port(key))
    kept.setPort(key, port)
    try {
      const life = await keepAlive(name, (signal) => live(recipe, port, files, say, signal), say)
      say(`${name} ${version}: ready in ${((performance.now() - begun) / 1000).toFixed(1)} s (port ${port})`)
      return { key, name, version, port, url: recipe.url(port), ...life }
    } catch (error) {
      // Between choosing a port and taking it, somebody else may have taken it.
      const another = !(await isFree(port)) || recipe.forget !== undefined
      if (tries === 3 || !another) throw error
      recipe.forget?.()
    }
  }
}

interface Files {
  readonly pid: string
  readonly log: string
}

function prepareFiles(dataDir: string, key: ServerKey): Files {
  const logs = join(dataDir, 'logs')
  mkdirSync(logs, { recursive: true })
  const log = join(logs, `${key}.log`)
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 10_000_000) truncateSync(log)
  return { log, pid: join(dataDir, `${key}.pid`) }
}

async function live(recipe: Recipe, port: number, files: Files, say: Say, signal: AbortSignal): Promise<Life> {
  const { name, marker, stopSignal } = recipe
  // Not only at the start: a guard that was killed alone leaves its server running.
  await endLeftover({ name, pidFile: files.pid, marker, stopSignal }, say)
  const logFrom = statSync(files.log, { throwIfNoEntry: false })?.size ?? 0
  const guarded = runGuarded(recipe.command(port), {
    stopSignal,
    graceSeconds: recipe.graceSeconds ?? 4,
    pidFile: files.pid,
    logFile: files.log,
  })
  const waiting = new AbortController()
  const ended = guarded.ended.then((how) => {
    waiting.abort()
    return how
  })
  const pid = () => Number.parseInt(readFileSync(files.pid, 'utf8'), 10)
  const isReady = async () => pid() > 0 && (await recipe.ready(port))
  const ready = await until(isReady, 60_000, AbortSignal.any([signal, waiting.signal]))
  if (ready && !waiting.signal.aborted) {
    const life = { pid: pid(), ended, stop: guarded.stop }
    void endWhenIll(recipe, life, say, waiting.signal)
    return life
  }
  await guarded.stop()
  throw new LocalFailure(`${name} did not start (${await ended}). ${logTail(files.log, logFrom)}`)
}

const askEveryMs = 2000

/** Stops a server that says twice in a row that it is ill: with that it is started again. */
async function endWhenIll({ name, illness }: Recipe, life: Life, say: Say, over: AbortSignal): Promise<void> {
  let before: string | undefined
  while (illness !== undefined && !over.aborted) {
    await pause(askEveryMs, undefined, { signal: over, ref: false }).catch(() => undefined)
    const now = await illness(life.pid)
    if (now !== undefined && before !== undefined) {
      say(`${name} has to be started again: ${now}`)
      return life.stop()
    }
    before = now
  }
}

function logTail(file: string, from: number): string {
  const lines = readFileSync(file).subarray(from).toString('utf8').trim().split('\n').slice(-8)
  return `The end of its log, ${file}:\n${lines.map((line) => `    ${line}`).join('\n')}`
}
