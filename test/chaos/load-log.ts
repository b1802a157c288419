import { readFileSync } from 'node:fs'
import { z } from 'zod'

/**
 * What became of one notification that the load has sent.
 *
 * - accepted: the service said so, and gave it an id
 * - in doubt: it never got an answer, however often it asked
 * - refused: the service gave a reason
 */
const line = z.object({
  /** Its number in the traffic of this seed. */
  n: z.number(),
  /** When it had to be sent, in milliseconds since 1970. */
  dueAt: z.number(),
  became: z.enum(['accepted', 'in doubt', 'refused']),
  /** Every id that an answer has given it: one, or something is wrong. */
  ids: z.array(z.string()),
  tries: z.number(),
  reason: z.string().nullable(),
})
export type LoadLine = Readonly<z.infer<typeof line>>

export function readLoadLog(file: string): readonly LoadLine[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((each) => each !== '').map((each) => line.parse(JSON.parse(each)))
}
