import { SignJWT } from 'jose'
import { afterEach, expect, inject, it } from 'vitest'
import { createInbox, type Inbox, type InboxOptions, type InboxSnapshot } from '../../web/client/index.ts'
import { InboxDocument, MarkAllReadDocument } from '../generated/operations.ts'
import { rowsOf } from '../setup/database.ts'
import { ask } from '../setup/graphql.ts'
import { herInbox } from './her-inbox.ts'
import { aWire } from './wire.ts'

const carillon = inject('carillon')
const patience = { timeout: 20_000, interval: 20 }
const url = `${carillon.demo.gateway}/graphql`

const opened: Inbox[] = []
afterEach(() => {
  for (const inbox of opened.splice(0)) inbox.close()
})

/** An inbox, and every state it has been in. */
function anInbox(options: Partial<InboxOptions> & Pick<InboxOptions, 'token'>) {
  const inbox = createInbox({ url, retryDelayMs: () => 50, ...options })
  opened.push(inbox)
  const states: InboxSnapshot['state'][] = []
  inbox.subscribe(({ state }) => states.at(-1) !== state && states.push(state))
  const now = () => {
    const { state, error, unreadCount, items } = inbox.getSnapshot()
    const titles = items.map(({ title, readAt }) => title.split(' ')[0] + (readAt ? '' : '!'))
    return `${state}${error ? `: ${error.code}` : ''}, ${unreadCount} unread: ${titles.join(' ')}`
  }
  return { inbox, states, is: (what: string) => expect.poll(now, patience).toBe(what) }
}

const shortToken = (userId: string) =>
  new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime(Math.floor(Date.now() / 1000) + 3)
    .sign(new TextEncoder().encode(carillon.demo.viewerSecret))

it('outlives its tokens', async () => {
  const her = await herInbox(carillon)
  const asked: boolean[] = []
  const { is, states } = anInbox({
    token({ refused }) {
      asked.push(refused)
      return shortToken(her.userId)
    },
  })
  await expect.poll(() => asked.length, patience).toBeGreaterThan(2)
  await her.like('Ada')
  await is('live, 1 unread: Ada!')
  expect(states.filter((state) => state !== 'live' && state !== 'connecting')).toEqual([])
  expect(asked.slice(0, 3)).toEqual([false, true, true])
})

it('gives up on a token that is refused when it is fresh too, until it is asked to try again', async () => {
  const her = await herInbox(carillon)
  const asked: boolean[] = []
  let token = 'nobody'
  const { inbox, is } = anInbox({
    token({ refused }) {
      asked.push(refused)
      return token
    },
  })
  await is('error: UNAUTHENTICATED, 0 unread: ')
  expect(asked).toEqual([false, true])
  await expect(inbox.markAllRead()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  token = her.token
  inbox.retry()
  await is('live, 0 unread: ')
})

it.each<[string, InboxOptions['token'], string]>([
  ['an API key', carillon.demo.apiKey, 'error: FORBIDDEN, 0 unread: '],
  ['a token function that throws', () => Promise.reject(new Error('no network')), 'offline: TOKEN_FAILED, 0 unread: '],
  ['a token function without a token', () => '', 'offline: TOKEN_FAILED, 0 unread: '],
])('says what is wrong with %s', async (_what, token, state) => {
  await anInbox({ token }).is(state)
})

it('takes back what the server refuses', async () => {
  const her = await herInbox(carillon)
  await her.like('Ada')
  const { inbox, is } = anInbox({ token: her.token })
  await is('live, 1 unread: Ada!')
  const marking = inbox.archive([await her.idOf('Ada'), 'nonsense'])
  await is('live, 0 unread: ')
  await expect(marking).rejects.toMatchObject({ code: 'BAD_INPUT', fields: [{ path: ['ids', '1'] }] })
  await is('live, 1 unread: Ada!')
})

it('begins afresh when what it has missed cannot be told', async () => {
  const her = await herInbox(carillon)
  for (const who of ['Ada', 'Bruno']) {
    await her.like(who)
    await her.idOf(who)
  }
  const wire = await aWire(carillon.demo.gateway)
  const { is } = anInbox({ token: her.token, url: `${wire.url}/graphql` })
  await is('live, 2 unread: Bruno! Ada!')
  wire.cut()
  await her.like('Chiara')
  await her.idOf('Chiara')
  // What a retention job does: Ada's like is gone, and no cursor from before knows of that.
  await rowsOf(carillon, 'DELETE FROM inbox_item WHERE user_id = $1 AND title LIKE $2', [her.userId, 'Ada%'])
  await rowsOf(carillon, 'UPDATE inbox_head SET seq = seq + 1, removed_seq = seq + 1, unread = 2 WHERE user_id = $1', [
    her.userId,
  ])
  wire.mend()
  await is('live, 2 unread: Chiara! Bruno!')
  await her.like('Emil')
  await is('live, 3 unread: Emil! Chiara! Bruno!')
  await wire.close()
})

it('counts exactly what it has not loaded, by category too, and reads all of it', async () => {
  const her = await herInbox(carillon)
  for (let n = 0; n < 7; n++) await her.like(`N${n}`)
  await her.send({ template: 'order.shipped', data: { orderId: '1' } })
  await expect
    .poll(async () => (await ask(carillon, her.token, InboxDocument, {})).viewer.unreadCount, patience)
    .toBe(8)
  const { inbox } = anInbox({ token: her.token, pageSize: 3, categories: true })
  const now = () => {
    const { unreadCount, unreadByCategory, items, hasMore } = inbox.getSnapshot()
    return { unreadCount, unreadByCategory, loaded: items.length, hasMore }
  }
  const unreadByCategory = { 'order.shipped': 1, 'social.like': 7 }
  await expect.poll(now, patience).toEqual({ unreadCount: 8, unreadByCategory, loaded: 3, hasMore: true })
  await inbox.loadMore()
  expect(now()).toEqual({ unreadCount: 8, unreadByCategory, loaded: 6, hasMore: true })
  const reading = inbox.markAllRead()
  expect(now()).toEqual({ unreadCount: 0, unreadByCategory: {}, loaded: 6, hasMore: true })
  await reading
  await inbox.loadMore()
  expect(now()).toEqual({ unreadCount: 0, unreadByCategory: {}, loaded: 8, hasMore: false })
  expect(inbox.getSnapshot().items.filter(({ readAt }) => readAt === null)).toEqual([])
  await her.like('Ada')
  await expect.poll(now, patience).toMatchObject({ unreadCount: 1, unreadByCategory: { 'social.like': 1 } })
  await ask(carillon, her.token, MarkAllReadDocument, {})
  await expect.poll(now, patience).toMatchObject({ unreadCount: 0, unreadByCategory: {} })
})
