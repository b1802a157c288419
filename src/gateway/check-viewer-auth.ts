import { z } from 'zod'
import { type Diagnosis, ok, problem } from '../domain/diagnosis.ts'
import type { ViewerAuth } from './settings.ts'

const subject = 'user tokens'
const limitMs = 5000

/** Of a JSON Web Key Set as much as it takes to see whether it is one. */
const keySet = z.object({ keys: z.array(z.object({ kty: z.string() })) })

export async function checkViewerAuth(auth: ViewerAuth): Promise<Diagnosis> {
  if ('secret' in auth) return ok(subject, 'are signed with VIEWER_JWT_SECRET')
  const mend = 'correct VIEWER_JWKS_URL, or let this machine connect to it: without it nobody is let in'
  const answer = await fetch(auth.jwksUrl, { signal: AbortSignal.timeout(limitMs) }).catch(() => undefined)
  if (!answer?.ok) return problem(subject, `${auth.jwksUrl} gives no keys (${answer?.status ?? 'no answer'})`, mend)
  const set = keySet.safeParse(await answer.json().catch(() => undefined))
  const usable = set.data?.keys.filter(({ kty }) => ['EC', 'OKP', 'RSA'].includes(kty)) ?? []
  return usable.length === 0
    ? problem(subject, `${auth.jwksUrl} has no public keys`, mend)
    : ok(subject, `are checked with the ${usable.length} keys of ${auth.jwksUrl}`)
}
