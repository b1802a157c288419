import { z } from 'zod'
import type { Mark } from '../domain/claim.ts'
import { providerNames } from '../domain/words.ts'

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

const mark = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('answered'),
    provider: z.enum(providerNames),
    outcome,
    at: z.coerce.date(),
    latencyMs: z.number(),
  }),
  z.object({ kind: z.literal('not_called'), forMs: z.number(), because: z.string() }),
])

/** A mark as a store holds it: JSON, written by this service. */
export function markOf(value: unknown): Mark {
  return mark.parse(value) as Mark
}
