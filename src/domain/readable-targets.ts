import { z } from 'zod'
import type { SliceTarget } from './notification.ts'
import { providerChannels } from './words.ts'

export interface ReadableTargets {
  readonly targets: readonly SliceTarget[]
  /** Something in it cannot be told to be anybody's delivery. */
  readonly isBroken: boolean
}

/** What can be made of the targets of a slice that workers fail at: for whom they are at least. */
export function readableTargets(value: unknown): ReadableTargets {
  if (!Array.isArray(value)) return { targets: [], isBroken: true }
  const targets = value.flatMap((each) => target.safeParse(each).data ?? recipient.safeParse(each).data ?? [])
  return { targets, isBroken: targets.length < value.length }
}

const recipient = z.object({ recipientId: z.string().min(1) })

const target = recipient.extend({
  devices: z.array(z.string()).optional(),
  sent: z.boolean().optional(),
  unknown: z.boolean().optional(),
  until: z.iso.datetime().optional(),
  next: z.array(z.enum(providerChannels)).optional(),
})
