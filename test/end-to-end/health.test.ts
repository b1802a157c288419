import { expect, inject, it } from 'vitest'
import { orderShipped, send, stateOf } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'

const carillon = inject('carillon')
const { gateway } = carillon.demo

async function get(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${gateway}${path}`)
  return { status: response.status, text: await response.text() }
}

it('tells that it lives and is ready', async () => {
  expect(await get('/livez')).toEqual({ status: 200, text: '{"live":true}' })
  expect(await get('/readyz')).toEqual({ status: 200, text: '{"ready":true,"missing":[]}' })
})

it('tells the metrics of both processes as one', async () => {
  const { userId } = await aPerson(carillon)
  const like = { template: 'social.like', audience: { userIds: [userId] }, data: { who: 'Ada' } }
  const ids = [await send(carillon, like), await send(carillon, orderShipped([userId]))]
  await expect
    .poll(() => Promise.all(ids.map((id) => stateOf(carillon, id))), { timeout: 20_000 })
    .toEqual(['DONE', 'DONE'])
  const { status, text } = await get('/metrics')
  expect(status).toBe(200)
  // The first process sends TRANSACTIONAL, the second one SOCIAL.
  for (const tier of ['TRANSACTIONAL', 'SOCIAL']) {
    expect(text).toMatch(
      new RegExp(`^carillon_attempts_total\\{[^}]*tier="${tier}"[^}]*outcome="accepted"[^}]*\\} [1-9]`, 'm'),
    )
  }
  expect(text).toMatch(/^carillon_time_zone_data\{version="20\d\d[a-z]"\} 1$/m)
})
