import { expect, inject, it } from 'vitest'
import { bearer, post } from '../setup/graphql.ts'
import { orderShipped, read, send, stateOf } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'
import { ledger } from '../setup/sandbox.ts'

const carillon = inject('carillon')
const { apiKey, bulkApiKey } = carillon.demo
const patience = { timeout: 20_000, interval: 50 }

async function cancel(id: string, key = apiKey): Promise<unknown> {
  const query = `mutation Cancel($id: ID!) {
    cancelNotification(id: $id) {
      __typename
      ... on CancelNotificationPayload { notification { state } }
      ... on RequestError { code }
      ... on WrongState { state }
    }
  }`
  const { body } = await post(carillon, { query, variables: { id } }, bearer(key))
  return body
}

const answer = (result: object) => ({ data: { cancelNotification: result } })
const cancelled = answer({ __typename: 'CancelNotificationPayload', notification: { state: 'CANCELLED' } })

it('sends nothing of a scheduled notification that has been cancelled, also when its time comes', async () => {
  const { userId } = await aPerson(carillon)
  const sendAt = new Date(Date.now() + 2500)
  const id = await send(carillon, orderShipped([userId], { sendAt: sendAt.toISOString() }))
  expect(await cancel(id)).toEqual(cancelled)
  // A second one of the same time shows when that has come.
  const other = await send(carillon, orderShipped([userId], { sendAt: new Date(Date.now() + 2500).toISOString() }))
  await expect.poll(() => stateOf(carillon, other), patience).toBe('DONE')
  expect(await stateOf(carillon, id)).toBe('CANCELLED')
  expect(await ledger(carillon, id)).toEqual([])
})

it('stops the deliveries that quiet hours hold back, and leaves the inbox item', async () => {
  const { userId, token } = await aPerson(carillon)
  const input = { quietHours: { start: '00:00', end: '23:59' }, timeZone: 'UTC' }
  const query = `mutation Quiet($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { __typename } }`
  await post(carillon, { query, variables: { input } }, bearer(token))
  const id = await send(carillon, {
    template: 'social.like',
    audience: { userIds: [userId] },
    data: { who: 'Bruno' },
  })
  const states = async () =>
    (await read(carillon, id)).deliveries.nodes.map(({ channel, state, reason }) => `${channel} ${state} ${reason}`)
  await expect.poll(states, patience).toEqual(['IN_APP SENT null', 'PUSH DEFERRED quiet_hours'])
  expect(await cancel(id)).toEqual(cancelled)
  await expect.poll(states, patience).toEqual(['IN_APP SENT null', 'PUSH CANCELLED cancelled'])
  expect(await ledger(carillon, id)).toEqual([])
})

it('refuses to cancel what is cancelled, done, unknown or of somebody else', async () => {
  const { userId } = await aPerson(carillon)
  const scheduled = await send(
    carillon,
    orderShipped([userId], { sendAt: new Date(Date.now() + 3_600_000).toISOString() }),
  )
  const notFound = answer({ __typename: 'NotFound', code: 'NOT_FOUND' })
  expect(await cancel(scheduled, bulkApiKey)).toEqual(notFound)
  expect(await cancel('ntf_00000000000000000000000000')).toEqual(notFound)
  await cancel(scheduled)
  const wrongState = (state: string) => answer({ __typename: 'WrongState', code: 'WRONG_STATE', state })
  expect(await cancel(scheduled)).toEqual(wrongState('CANCELLED'))
  const done = await send(carillon, orderShipped([userId]))
  await expect.poll(() => stateOf(carillon, done), patience).toBe('DONE')
  expect(await cancel(done)).toEqual(wrongState('DONE'))
})
