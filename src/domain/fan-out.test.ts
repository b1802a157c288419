import { expect, it } from 'vitest'
import { chooseFanOut, type FanOutQuestion } from './fan-out.ts'

const question: FanOutQuestion = {
  audience: { followersOf: 'ada' },
  followerCount: 10_001,
  threshold: 10_000,
  isSensitive: false,
}

it.each<[string, Partial<FanOutQuestion>, string]>([
  ['an actor above the threshold broadcasts', {}, 'BROADCAST'],
  ['one at the threshold does not', { followerCount: 10_000 }, 'WRITE'],
  ['a threshold of 0 makes every actor with a follower broadcast', { followerCount: 1, threshold: 0 }, 'BROADCAST'],
  ['an actor whom nobody follows never does', { followerCount: 0, threshold: 0 }, 'WRITE'],
  ['what is secret is written at once', { isSensitive: true }, 'WRITE'],
  ['a list is', { audience: { userIds: ['eve'] } }, 'WRITE'],
  ['a topic is, however many are in it', { audience: { topic: 'bells' } }, 'WRITE'],
])('%s', (_what, change, way) => {
  expect(chooseFanOut({ ...question, ...change })).toBe(way)
})
