import { afterAll, expect, it, onTestFinished } from 'vitest'
import type { ShownInbox } from '../examples/open-inbox.ts'
import { pollingEvery } from '../examples/polling.ts'
import { aGateway, viewerToken } from '../src/gateway/a-gateway.ts'
import { aWire } from './clients/wire.ts'
import { fillInbox } from './setup/inbox.ts'
import { unique } from './setup/schema-app.ts'

const { app, url, close } = await aGateway()
afterAll(close)
const patience = { timeout: 10_000, interval: 20 }

it('misses nothing by polling, and asks for no items while nothing changes', async () => {
  const userId = unique('ada')
  const wire = await aWire(url)
  onTestFinished(wire.close)
  const [first = ''] = await fillInbox(app.database, userId, 1)
  const shown: ShownInbox[] = []
  const inbox = pollingEvery(50)({
    url: `${wire.url}/graphql`,
    token: () => viewerToken(userId),
    show: (now) => shown.push(now),
  })
  const asked = (name: string) => wire.sent.filter((sent) => sent.name === name).length
  const sees = () => {
    const { unreadCount, unreadByCategory, items } = shown.at(-1) ?? { items: [] }
    return { unreadCount, unreadByCategory, items: items.length, read: items.filter(({ readAt }) => readAt).length }
  }
  const unread = (count: number) => ({ unreadCount: count, unreadByCategory: [{ category: 'social.like', count }] })

  await expect.poll(() => asked('InboxHead'), patience).toBeGreaterThan(2)
  expect([asked('InboxPage'), sees()]).toEqual([1, { ...unread(1), items: 1, read: 0 }])

  wire.cut()
  await fillInbox(app.database, userId, 45)
  await app.database.log.markInboxItems('markRead', userId, [first], new Date())
  wire.mend()
  await expect.poll(sees, patience).toEqual({ ...unread(45), items: 46, read: 1 })
  expect(new Set(shown.at(-1)?.items.map(({ id }) => id)).size).toBe(46)

  await inbox.markRead(shown.at(-1)?.items[0]?.id ?? '')
  expect(sees()).toEqual({ ...unread(44), items: 20, read: 1 })
  inbox.close()
})
