import type { Tier } from '../domain/words.ts'
import type { Database } from '../store/database.ts'
import { Lru } from '../store/lru.ts'
import { findTemplate } from '../store/templates.ts'
import type { BulkTier, Context } from './context.ts'
import type { RequestedAudience } from './send-problems.ts'

/** Of so many users by name a caller makes bulk work. */
const largeFrom = 101

function isLarge(ids: readonly unknown[]): boolean {
  return ids.length >= largeFrom
}

/** Resolves what is bulk apart from what must not wait; see {@link BulkAcceptance}. */
export function asBulk<T>(context: Context, tier: BulkTier, resolve: (context: Context) => Promise<T>): Promise<T> {
  const { app } = context
  return app.bulk.run(tier, (database) => resolve({ ...context, app: { ...app, database } }))
}

/** What is about many people is bulk, whatever it does. */
export function throughBulk<T>(
  context: Context,
  ids: readonly unknown[],
  resolve: (context: Context) => Promise<T>,
): Promise<T> {
  return isLarge(ids) ? asBulk(context, 'SOCIAL', resolve) : resolve(context)
}

/** The tier as which a request is bulk: MARKETING, or SOCIAL for many. Undefined: it is not. */
export async function bulkTier(
  { template, audience }: { readonly template: string; readonly audience: RequestedAudience },
  { app }: Context,
): Promise<BulkTier | undefined> {
  const tier = await recentTier(app.database, template)
  if (tier === 'MARKETING') return tier
  return tier === 'SOCIAL' && (!audience.userIds || isLarge(audience.userIds)) ? tier : undefined
}

/** Only the choice of the pool, and who is shed, go by it: a template that changes its tier may be taken for what it was so long. */
const tierLastsMs = 2000
const tierCaches = new WeakMap<object, Lru<string, { readonly tier: Tier | undefined; readonly atMs: number }>>()

async function recentTier(database: Database, template: string): Promise<Tier | undefined> {
  const cache = tierCaches.get(database) ?? new Lru(1000)
  tierCaches.set(database, cache)
  const known = cache.get(template)
  if (known !== undefined && performance.now() - known.atMs < tierLastsMs) return known.tier
  const tier = (await findTemplate(database, template))?.tier
  if (tier !== undefined) cache.set(template, { tier, atMs: performance.now() })
  return tier
}
