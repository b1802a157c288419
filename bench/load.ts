import { z } from 'zod'
import { type BenchProcess, startProcess } from './process.ts'

export interface Load {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly connections: number
  readonly durationMs: number
  /** Every answer has to hold this. */
  readonly expect: string
}

const loaded = z.object({
  answers: z.number(),
  /** Answers that were not 200 or did not hold what they have to. */
  wrong: z.number(),
  firstWrong: z.string().optional(),
  seconds: z.number(),
  latenciesMs: z.array(z.number()),
  /** Of the client, in cores: at 1 the client is the limit. */
  clientCores: z.number(),
})
export type Loaded = z.infer<typeof loaded>

/** The client: a process of its own, so that what it costs is not the server's. */
export async function startLoad(): Promise<BenchProcess> {
  return startProcess(new URL('./load-client.ts', import.meta.url).pathname, { core: 1 })
}

/** @throws when an answer is wrong: a figure for wrong answers is none */
export async function load(client: BenchProcess, ask: Load): Promise<Loaded> {
  const result = loaded.parse(await client.ask(ask))
  if (result.wrong > 0) throw new Error(`${result.wrong} of ${result.answers} answers were wrong: ${result.firstWrong}`)
  return result
}
