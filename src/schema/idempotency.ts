import type { Idempotency } from '../store/idempotency-keys.ts'
import { canonicalJson } from './canonical-json.ts'
import type { Context } from './context.ts'

/** The same body, the same hash; keyed, since the body may hold a secret that could be guessed back. */
export function idempotencyOf(
  input: { readonly idempotencyKey?: string | null | undefined },
  { app, idempotencyKey }: Context,
): Idempotency | undefined {
  const key = input.idempotencyKey ?? idempotencyKey
  if (key === undefined) return undefined
  // A field that is null says no more than one that is left out.
  const body = Object.entries(input).filter(([name, value]) => name !== 'idempotencyKey' && value !== null)
  return { key, requestHash: app.cipher.hash(canonicalJson(Object.fromEntries(body))) }
}
