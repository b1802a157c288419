import { createHash } from 'node:crypto'
import type { GraphQLError } from 'graphql'
import type { Principal } from '../domain/principal.ts'
import { rateLimited } from '../metrics.ts'
import type { Bucket, RateLimit } from '../store/rate-limit.ts'
import { refusal } from './refusal.ts'

/** Takes the tokens of a mutation. An error means that none were taken and nothing may be executed. */
export async function spend(
  rateLimit: RateLimit,
  principal: Principal,
  cost: number,
  viewerPerMinute: number,
): Promise<GraphQLError | undefined> {
  const bucket = bucketOf(principal, viewerPerMinute)
  if (bucket === undefined || cost === 0) return undefined
  const taken = await rateLimit.take(bucket, cost)
  if (taken.ok) return undefined
  rateLimited.inc({ principal: principal.kind })
  return taken.retryAfterMs === undefined ? neverEnough(cost, bucket.capacity) : tooFew(taken.retryAfterMs)
}

/** Who is nobody may mutate nothing, so there is nothing to limit. A rotated key is the same caller, with the same bucket. */
function bucketOf(principal: Principal, viewerPerMinute: number): Bucket | undefined {
  switch (principal.kind) {
    case 'caller':
      return { id: principal.caller.id, capacity: principal.caller.perMinute }
    case 'viewer':
      return { id: createHash('sha256').update(principal.userId).digest('hex').slice(0, 16), capacity: viewerPerMinute }
    case 'nobody':
      return undefined
  }
}

function tooFew(retryAfterMs: number): GraphQLError {
  return refusal('RATE_LIMITED', `Too many mutations: nothing was executed; try again in ${retryAfterMs} ms.`, {
    status: 429,
    headers: { 'Retry-After': String(Math.ceil(retryAfterMs / 1000)) },
    retryAfterMs,
  })
}

function neverEnough(cost: number, capacity: number): GraphQLError {
  return refusal(
    'BAD_USER_INPUT',
    `The operation has ${cost} mutation fields, and at most ${capacity} a minute are granted: split it up.`,
    { status: 400, cost, perMinute: capacity },
  )
}
