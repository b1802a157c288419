import { expect, test } from 'vitest'
import { InboxError } from './inbox-error.ts'
import { openOutbox } from './outbox.ts'

const offline = () => Promise.reject(new InboxError('OFFLINE', 'gone'))

test('sends one after the other, whatever becomes of the one before', async () => {
  const sent: string[] = []
  const send = openOutbox(async () => {})
  const refused = send(async () => {
    await Promise.resolve()
    sent.push('first')
    throw new InboxError('RATE_LIMITED', 'slower')
  })
  const second = send(async () => void sent.push('second'))
  await expect(refused).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  await second
  expect(sent).toEqual(['first', 'second'])
})

test('sends again what a broken connection has interrupted, once there is another', async () => {
  const story: string[] = []
  const send = openOutbox(async () => void story.push('live'))
  await send(() => {
    story.push('sent')
    return story.length < 4 ? offline() : Promise.resolve()
  })
  expect(story).toEqual(['live', 'sent', 'live', 'sent'])
})

test('gives up with the connection', async () => {
  const send = openOutbox(() => Promise.reject(new InboxError('UNAUTHENTICATED', 'no')))
  await expect(send(async () => {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('does not try for ever what never gets through', async () => {
  let attempts = 0
  const send = openOutbox(async () => {})
  const never = send(() => {
    attempts += 1
    return offline()
  })
  await expect(never).rejects.toMatchObject({ code: 'OFFLINE' })
  expect(attempts).toBe(5)
})
