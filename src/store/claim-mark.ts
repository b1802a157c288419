import { z } from 'zod'
import type { Outcome } from '../domain/outcome.ts'

const outcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('accepted'), code: z.string().optional(), providerId: z.string().optional() }),
  z.object({
    kind: z.literal('retryable'),
    code: z.string(),
    afterMs: z.number().optional(),
    throttled: z.boolean().optional(),
  }),
  z.object({ kind: z.literal('unknown'), code: z.string() }),
  z.object({ kind: z.literal('stale_target'), code: z.string(), deadSince: z.coerce.date().optional() }),
  z.object({ kind: z.literal('suppressed'), code: z.string() }),
  z.object({ kind: z.literal('permanent'), code: z.string() }),
  z.object({ kind: z.literal('config'), code: z.string() }),
])

/** The outcome that a mark tells. */
export function parseMark(text: string): Outcome {
  return outcomeOf(JSON.parse(text))
}

export function outcomeOf(value: unknown): Outcome {
  return outcome.parse(value) as Outcome
}
