import type { SegmentFilter } from '../src/domain/segment.ts'

/** Somebody whom all the demo's people follow: an actor need not be a user. */
export const demoActor = 'belfry'

export const demoTopic = { topic: 'product.news', userIds: ['ada', 'chiyo', 'dana', 'farah'] } as const

/** Whoever pays and is not in Europe. */
export const demoSegment: { readonly name: string; readonly filter: SegmentFilter } = {
  name: 'paying.overseas',
  filter: {
    all: [
      { attribute: { path: 'plan', in: ['pro', 'team'] } },
      { not: { attribute: { path: 'region', equals: 'EU' } } },
    ],
  },
}
