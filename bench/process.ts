import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** A process of the bench that answers questions, one after the other. */
export interface BenchProcess {
  ask(question: unknown): Promise<unknown>
  stop(): Promise<void>
}

/** Whether processes can be kept to a core each: the measured one to the first, the client to the second. */
export const pinned =
  process.platform === 'linux' && availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0

/** Starts a TypeScript file and resolves once it has said "ready". */
export async function startProcess(
  file: string,
  { args = [], core, env = {} }: { args?: readonly string[]; core?: 0 | 1; env?: Record<string, string> } = {},
): Promise<BenchProcess> {
  const pin = pinned && core !== undefined ? ['taskset', '-c', String(core)] : []
  const [command = process.execPath, ...rest] = [...pin, process.execPath, file, ...args]
  const child = spawn(command, rest, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', LOG_LEVEL: 'warn', ...env },
  })
  await answer(child)
  return {
    ask(question) {
      child.send({ question })
      return answer(child)
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.disconnect()
      await ended
    },
  }
}

function answer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const left = (code: number | null) => reject(new Error(`a process of the bench ended with ${code}`))
    child.once('exit', left)
    child.once('message', (message) => {
      child.off('exit', left)
      resolve(typeof message === 'object' && 'answer' in message ? message.answer : undefined)
    })
  })
}

/** The other end: says "ready", answers, and ends with whoever asked. */
export function answerQuestions(handle: (question: unknown) => Promise<unknown>): void {
  process.on('message', (message: unknown) => {
    const question =
      typeof message === 'object' && message !== null && 'question' in message ? message.question : undefined
    handle(question).then(
      (given) => process.send?.({ answer: given }),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.once('disconnect', () => process.exit(0))
  process.send?.({ answer: 'ready' })
}
