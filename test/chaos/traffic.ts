import type { Channel, Routing, SendNotificationInput, Tier } from '../generated/operations.ts'
import { type Dice, dice } from './dice.ts'
import { userId } from './people.ts'

/** What is asked for: everything that an oracle has to know of it. */
export interface Wish {
  readonly key: string
  readonly tier: Tier
  readonly template: string
  readonly recipients: readonly string[]
  readonly channels: readonly [Channel, ...Channel[]]
  readonly routing: Routing
}

export interface TrafficOptions {
  readonly seed: number
  readonly people: number
}

/** The n-th notification of a load. Half are one-time codes; one in twenty-five is an offer to several people. */
export function nthWish({ seed, people }: TrafficOptions, n: number): Wish {
  const random = dice(Math.imul(seed, 1_000_003) + n)
  const key = `chaos-${seed}-${n}`
  const recipients = (count: number) => {
    const first = random.below(people)
    return Array.from({ length: Math.min(count, people) }, (_, next) => userId((first + next) % people))
  }
  const kind = random.below(100)
  if (kind < 50) {
    const channels = oneOrTwo(random, ['PUSH', 'EMAIL', 'SMS'])
    return { key, tier: 'TRANSACTIONAL', template: 'chaos.code', recipients: recipients(1), channels, routing: 'EVERY' }
  }
  if (kind < 96) {
    const channels = oneOrTwo(random, ['IN_APP', 'PUSH', 'EMAIL', 'SMS'])
    const routing = random.below(10) === 0 ? 'FIRST' : 'EVERY'
    const to = recipients(random.between(1, 2))
    return { key, tier: 'SOCIAL', template: 'chaos.reminder', recipients: to, channels, routing }
  }
  const channels = oneOrTwo(random, ['IN_APP', 'PUSH', 'EMAIL', 'SMS'])
  const to = recipients(random.between(3, 9))
  return { key, tier: 'MARKETING', template: 'chaos.offer', recipients: to, channels, routing: 'EVERY' }
}

export function inputOf({ key, template, recipients, channels, routing }: Wish): SendNotificationInput {
  const data = { n: key }
  return { idempotencyKey: key, template, data, audience: { userIds: recipients }, channels, routing }
}

function oneOrTwo(random: Dice, channels: readonly Channel[]): readonly [Channel, ...Channel[]] {
  const [first = 'PUSH', ...rest] = random.shuffled(channels)
  return [first, ...rest.slice(0, random.below(2))]
}
