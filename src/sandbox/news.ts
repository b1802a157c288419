import type { Row } from './row.ts'

/** One thing that a provider tells of a message, after it has accepted it. */
export interface News {
  readonly provider: string
  readonly kind: 'accepted' | 'delivered' | 'bounced' | 'blocked' | 'complained' | 'unsubscribed' | 'failed'
  readonly to: string
  readonly deliveryId: string | null
  /** The id that the provider answered with. */
  readonly providerId: string
  readonly statusCallback: string | null
  /** After the message was accepted. */
  readonly afterMs: number
}

type Story = readonly (readonly [kind: News['kind'], afterMs: number])[]

const accepted = ['accepted', 100] as const
const usual: Story = [accepted, ['delivered', 300]]

/** By the name before the @, as at Amazon's mailbox simulator; what follows a "+" makes another address of it. */
const mailStories: Readonly<Record<string, Story>> = {
  bounce: [accepted, ['bounced', 300]],
  softbounce: [accepted, ['blocked', 300]],
  complaint: [...usual, ['complained', 600]],
  unsubscribe: [...usual, ['unsubscribed', 600]],
  silent: [],
}

/** By how a number begins. */
const smsStories: readonly (readonly [prefix: string, story: Story])[] = [
  ['+15005551', [accepted, ['bounced', 300]]],
  ['+15005552', [accepted, ['failed', 300]]],
  ['+15005553', []],
]

/** What is told of an accepted message, in order of time. */
export function newsOf({ provider, channel, to, deliveryId, providerId, statusCallback = '' }: Row): readonly News[] {
  const common = { provider, to, deliveryId, providerId, statusCallback: statusCallback || null }
  const story = channel === 'EMAIL' ? mailStory(to) : channel === 'SMS' ? smsStory(to) : []
  return story.map(([kind, afterMs]) => ({ ...common, kind, afterMs }))
}

function mailStory(to: string): Story {
  const name = /^[^+@]*/.exec(to.toLowerCase())?.[0] ?? ''
  return (Object.hasOwn(mailStories, name) ? mailStories[name] : undefined) ?? usual
}

function smsStory(to: string): Story {
  return smsStories.find(([prefix]) => to.startsWith(prefix))?.[1] ?? usual
}
