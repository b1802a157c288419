import { afterAll, beforeAll, expect, it } from 'vitest'
import { unsubscribePath, unsubscribeToken } from '../src/domain/unsubscribe.ts'
import { aGateway, type TestGateway } from '../src/gateway/a-gateway.ts'
import { preferencesOf } from '../src/store/preferences.ts'
import { upsertUsers } from '../src/store/users.ts'
import { unique } from './setup/schema-app.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await aGateway()
})
afterAll(() => gateway.close())

function linkOf(userId: string, category: string): string {
  const { cipher } = gateway.app
  const token = unsubscribeToken({ userId, category }, (text) => cipher.sign('unsubscribe', text))
  return gateway.url + unsubscribePath + token
}

async function somebody(): Promise<string> {
  const userId = unique('user')
  await upsertUsers(gateway.app.database, [{ id: userId }], new Date())
  return userId
}

async function optOuts(userId: string): Promise<unknown> {
  return (await preferencesOf(gateway.app.database, userId)).categoryOverrides
}

async function recorded(userId: string): Promise<readonly unknown[]> {
  const { rows } = await gateway.app.database.pool.query(
    'SELECT subject, category, channel, became, changed_by, credential FROM consent_change WHERE user_id = $1',
    [userId],
  )
  return rows
}

/** As a mail program does it (RFC 8058, section 3.2). */
function oneClick(link: string): Promise<Response> {
  return fetch(link, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) })
}

it('turns the category off on EMAIL with one POST, and records that', async () => {
  const userId = await somebody()
  const response = await oneClick(linkOf(userId, 'marketing.news'))
  expect([response.status, response.redirected]).toEqual([200, false])
  expect(await optOuts(userId)).toEqual({ 'marketing.news': { EMAIL: false } })
  expect(await recorded(userId)).toEqual([
    {
      subject: 'CATEGORY',
      category: 'marketing.news',
      channel: 'EMAIL',
      became: false,
      changed_by: userId,
      credential: 'unsubscribe_link',
    },
  ])
})

it('may be sent twice', async () => {
  const userId = await somebody()
  for (let n = 0; n < 2; n++) expect((await oneClick(linkOf(userId, 'news'))).status).toBe(200)
  expect(await recorded(userId)).toHaveLength(1)
})

it('changes nothing when the link is opened: a page asks first, without a script, and is kept by nobody', async () => {
  const userId = await somebody()
  const link = linkOf(userId, 'news')
  const response = await fetch(link)
  const page = await response.text()
  expect((await fetch(link, { method: 'HEAD' })).status).toBe(200)
  expect(response.status).toBe(200)
  expect(page).toContain('<form method="post">')
  expect(page).not.toContain('<script')
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': expect.stringMatching(/^default-src 'none'.*form-action 'self'; frame-ancestors 'none'/),
    'x-robots-tag': 'noindex, nofollow',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  })
  expect(await optOuts(userId)).toEqual({})
})

it('shows a category of any name as text', async () => {
  const category = `<script>alert('1')</script>&"`
  for (const method of ['GET', 'POST']) {
    const page = await (await fetch(linkOf(await somebody(), category), { method })).text()
    expect(page).toContain('&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;&#38;&#34;')
    expect(page).not.toContain('<script')
  }
})

it.each(['', 'x', 'dXNlcg.bmV3cw.AAAAAAAAAAAAAAAAAAAAAA', '%2e%2e%2f', 'a'.repeat(4000)])(
  'knows no link that it has not made: %s',
  async (token) => {
    for (const method of ['GET', 'POST']) {
      const response = await fetch(gateway.url + unsubscribePath + token, { method })
      expect([response.status, response.headers.get('x-robots-tag')]).toEqual([404, 'noindex, nofollow'])
    }
  },
)

it('takes no other method', async () => {
  const response = await fetch(linkOf(await somebody(), 'news'), { method: 'DELETE' })
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
})

it('has nothing against somebody who is gone', async () => {
  expect((await oneClick(linkOf(unique('gone'), 'news'))).status).toBe(200)
})
