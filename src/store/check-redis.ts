import { type Diagnosis, ok, problem, warning } from '../domain/diagnosis.ts'
import { serverPlaces } from '../domain/server-places.ts'
import { isAtLeast } from '../domain/version-order.ts'
import { reachRedis } from './reach-redis.ts'

const subject = 'Redis'
const leastRedis = '6.2'

export async function checkRedis(url: string | undefined): Promise<Diagnosis> {
  if (url === undefined)
    return ok(subject, 'there is none: PostgreSQL holds claims, and each process limits rates alone')
  const place = serverPlaces(url)
  const answer = await reachRedis(url)
  if ('kind' in answer) return problem(subject, `${place} ${answer.why}`, 'start it, or correct or remove REDIS_URL')
  const found = `${answer.name} ${answer.version} at ${place}`
  // Every Valkey is newer.
  const isOld = answer.name === 'Redis' && !isAtLeast(answer.version, leastRedis)
  return isOld ? warning(subject, found, `use ${leastRedis} or later, or Valkey`) : ok(subject, found)
}
