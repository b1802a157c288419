import type { Tier } from './words.ts'

/** A backend service with an API key. */
export interface Caller {
  readonly id: string
  readonly name: string
  readonly tiers: readonly Tier[]
  readonly perMinute: number
  readonly bulk: boolean
  readonly admin: boolean
  readonly campaignPerSecond: number | null
  readonly createdAt: Date
  readonly revokedAt: Date | null
}

/** Who a request comes from. */
export type Principal =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'viewer'; readonly userId: string; readonly expiresAt: Date | undefined }
  | { readonly kind: 'nobody' }
