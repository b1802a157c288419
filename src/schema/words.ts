import * as words from '../domain/words.ts'
import { builder } from './builder.ts'

export const Tier = builder.enumType('Tier', {
  description: 'Who may wait for whom.',
  values: {
    TRANSACTIONAL: { description: 'One-time codes, receipts: never waits for anything else.' },
    SOCIAL: { description: 'Likes, follows, mentions.' },
    MARKETING: { description: 'Waits for everything else.' },
  } satisfies Record<words.Tier, object>,
})

export const Channel = builder.enumType('Channel', {
  description: 'How a notification reaches a person.',
  values: {
    IN_APP: { description: 'The live inbox.' },
    PUSH: { description: 'APNs and FCM.' },
    EMAIL: {},
    SMS: {},
  } satisfies Record<words.Channel, object>,
})

export const Platform = builder.enumType('Platform', { values: words.platforms })

export const PushEnvironment = builder.enumType('PushEnvironment', { values: words.pushEnvironments })

export const Weekday = builder.enumType('Weekday', { values: words.weekdays })

export const Routing = builder.enumType('Routing', {
  values: {
    EVERY: { description: 'Every channel that the recipient allows.' },
    FIRST: {
      description:
        "The inbox, and one other channel: the first in the recipient's order that is not ruled out. A channel that fails goes on to the next one.",
    },
  } satisfies Record<words.Routing, object>,
})
