import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ArchiveDocument, InboxDocument, MarkReadDocument } from '../generated/operations.ts'
import { ask } from '../setup/graphql.ts'
import { application, launch, openPage } from './a-page.ts'
import { type HerInbox, herInbox } from './her-inbox.ts'
import { aWire } from './wire.ts'

const carillon = inject('carillon')
const executable = inject('browser')
const patience = { timeout: 20_000, interval: 20 }

describe.skipIf(executable === null)('the component in a real browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch(executable ?? '')
  })
  afterAll(() => browser.close())

  /** An application's page with her inbox in it, the list in sight unless it is said otherwise. */
  async function anApplication(her: HerInbox, path = '/strict', attributes = 'inline') {
    const wire = await aWire(carillon.demo.gateway, application(her.token, attributes))
    const opened = await openPage(browser, wire.url + path)
    const { page } = opened
    const titles = () => page.locator('article .title').allTextContents()
    return {
      ...opened,
      wire,
      titles,
      firsts: async () => (await titles()).map((title) => title.split(' ')[0]),
      bell: page.getByRole('button', { name: /^Notifications/ }),
      feed: page.getByRole('feed'),
      article: (who: string) => page.getByRole('article', { name: who }),
      async close() {
        expect(opened.errors).toEqual([])
        await opened.close()
        await wire.close()
      },
    }
  }

  it('queries, subscribes, misses, resumes and mutates: the example', async () => {
    const her = await herInbox(carillon)
    await her.like('Ada')
    await her.idOf('Ada')
    const { page, wire, bell, firsts, article, close } = await anApplication(her, '/')
    await bell.and(page.getByLabel('Notifications, 1 unread')).click()
    await expect.poll(firsts, patience).toEqual(['Ada'])

    await her.like('Bruno')
    await expect.poll(firsts, patience).toEqual(['Bruno', 'Ada'])
    expect(await bell.getAttribute('aria-label')).toBe('Notifications, 2 unread')
    expect(await page.title()).toBe('(2) An application')

    wire.cut()
    await her.like('Chiara')
    await her.idOf('Chiara')
    await ask(carillon, her.token, MarkReadDocument, { ids: [await her.idOf('Ada')] })
    await page.getByText('You are offline. What you change is kept').waitFor()
    await article('Bruno').hover()
    await article('Bruno').getByRole('button', { name: 'Mark as read' }).click()
    await expect.poll(() => bell.getAttribute('aria-label')).toBe('Notifications, 1 unread')
    wire.mend()
    await expect.poll(firsts, patience).toEqual(['Chiara', 'Bruno', 'Ada'])
    await expect
      .poll(() => page.locator('article.unread .title').allTextContents(), patience)
      .toEqual(['Chiara likes your post'])
    const viewer = async () => (await ask(carillon, her.token, InboxDocument, {})).viewer.unreadCount
    await expect.poll(viewer, patience).toBe(1)
    expect(wire.sent.filter(({ name }) => name !== 'InboxEvents').map(({ name }) => name)).toEqual([
      'Inbox',
      'MarkRead',
    ])
    await close()
  })

  it('tells a screen reader what everything is', async () => {
    const her = await herInbox(carillon)
    await her.like('Ada')
    await ask(carillon, her.token, MarkReadDocument, { ids: [await her.idOf('Ada')] })
    await her.send({ template: 'order.shipped', data: { orderId: '1001', item: 'Bell tower' } })
    const { page, bell, feed, firsts, close } = await anApplication(her, '/strict', '')
    await expect.poll(() => bell.getAttribute('aria-expanded')).toBe('false')
    await bell.click()
    await expect.poll(firsts, patience).toEqual(['Your', 'Ada'])
    expect(await bell.getAttribute('aria-expanded')).toBe('true')
    expect(await page.getByRole('dialog').ariaSnapshot()).toBe(
      `
- dialog "Notifications":
  - heading "Notifications" [level=2]
  - group:
    - button "All" [pressed]
    - button "Unread"
  - button "Mark all as read"
  - feed "Notifications":
    - article "Unread Your order is on its way":
      - heading "Today" [level=3]
      - heading "Unread Your order is on its way" [level=4]:
        - text: Unread
        - link "Your order is on its way":
          - /url: https://shop.example.com/orders/1001
      - paragraph: Bell tower left our warehouse.
      - time: now
      - link "Track parcel":
        - /url: https://shop.example.com/orders/1001
      - link "Get help":
        - /url: https://shop.example.com/help
      - button "Mark as read"
      - button "Archive"
    - article "Ada likes your post":
      - heading "Ada likes your post" [level=4]:
        - link "Ada likes your post":
          - /url: https://social.example.com/posts/latest
      - paragraph: Say hello back.
      - time: now
      - link "View":
        - /url: https://social.example.com/posts
      - button "Mark as unread"
      - button "Archive"
  - paragraph: That is everything
  - button "Preferences"
`.trim(),
    )
    const places = feed.getByRole('article')
    expect(await places.evaluateAll((all) => all.map((each) => [each.ariaPosInSet, each.ariaSetSize]))).toEqual([
      ['1', '2'],
      ['2', '2'],
    ])
    // What comes in is said whether the panel is open or not.
    await page.keyboard.press('Escape')
    await her.like('Bruno')
    await page.getByRole('status').filter({ hasText: 'New notification: Bruno likes your post' }).waitFor()
    await close()
  })

  it('is walked through by keyboard, as feeds are', async () => {
    const her = await herInbox(carillon)
    for (const who of ['Ada', 'Bruno', 'Chiara']) {
      await her.like(who)
      await her.idOf(who)
    }
    const { page, firsts, close } = await anApplication(her, '/strict', '')
    await expect.poll(() => page.locator('article').count(), patience).toBe(3)
    const focused = () =>
      page.evaluate(() => {
        const inner = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement
        return inner?.querySelector('.title')?.textContent ?? inner?.getAttribute('aria-label') ?? inner?.textContent
      })
    const goes = async (keys: readonly string[], to: string) => {
      for (const key of keys) await page.keyboard.press(key)
      await expect.poll(focused, patience).toBe(to)
    }
    await page.locator('#before').focus()
    await goes(['Tab'], 'Notifications, 3 unread')
    await goes(['Enter'], 'Chiara likes your post')
    await goes(['PageDown'], 'Bruno likes your post')
    await goes(['PageDown', 'PageDown'], 'Ada likes your post')
    await goes(['PageUp'], 'Bruno likes your post')
    await goes(['Tab', 'Tab', 'Tab'], 'Mark as read')
    await goes(['Enter'], 'Mark as unread')
    // Whoever archives an item is on the next one.
    await goes(['Tab', 'Enter'], 'Ada likes your post')
    await expect.poll(firsts, patience).toEqual(['Chiara', 'Ada'])
    await goes(['Control+End'], 'Preferences')
    await goes(['Enter'], 'Back to notifications')
    await goes(['Enter'], 'Preferences')
    await goes(['Shift+Tab'], 'Undo')
    await page.keyboard.press('Enter')
    await expect.poll(firsts, patience).toEqual(['Chiara', 'Bruno', 'Ada'])
    await page.locator('article').first().focus()
    await goes(['Control+Home'], 'Mark all as read')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('article.unread').count(), patience).toBe(0)
    await goes(['Escape'], 'Notifications')
    await close()
  })

  it('shows what comes from the server as text, and follows web links only, under the strictest policy of a page', async () => {
    const her = await herInbox(carillon)
    const attack = '<img src=x onerror="document.title=1">'
    await her.send({
      template: 'marketing.newsletter',
      data: { headline: attack, teaser: attack, url: 'shop://orders/1' },
    })
    const { page, article, close } = await anApplication(her)
    await page.evaluate(() => {
      document.addEventListener('carillon-open', (event) => {
        if (event instanceof CustomEvent) document.title = `opened ${event.detail.url} ${event.detail.item.deepLink}`
      })
    })
    await article(attack).waitFor()
    expect(await article(attack).locator('.body').textContent()).toBe(attack)
    expect(await page.locator('article :is(img[src="x"], a)').count()).toBe(0)
    await article(attack).getByRole('button', { name: attack }).click()
    await expect.poll(() => page.title()).toBe('opened null shop://orders/1')
    await expect.poll(() => page.locator('article.unread').count(), patience).toBe(0)
    await close()
  })

  it('loads older items as they come into sight, without a gap', async () => {
    const her = await herInbox(carillon)
    for (let n = 0; n < 25; n++) await her.like(`N${n}`)
    await expect
      .poll(async () => (await ask(carillon, her.token, InboxDocument, {})).viewer.unreadCount, patience)
      .toBe(25)
    const { page, firsts, feed, wire, close } = await anApplication(her, '/strict', 'inline page-size="5"')
    await feed.waitFor()
    const sizes = () => page.locator('article').evaluateAll((all) => [...new Set(all.map((each) => each.ariaSetSize))])
    await expect.poll(sizes, patience).toEqual(['-1'])
    await expect
      .poll(async () => {
        await page.locator('article').last().scrollIntoViewIfNeeded()
        return (await firsts()).length
      }, patience)
      .toBe(25)
    await expect.poll(sizes, patience).toEqual(['25'])
    const { viewer } = await ask(carillon, her.token, InboxDocument, { first: 100 })
    expect(await firsts()).toEqual(viewer.inbox.nodes.map(({ title }) => title.split(' ')[0]))
    expect(wire.sent.filter(({ name }) => name === 'Inbox')).toHaveLength(5)
    await close()
  })

  it('says that there is nothing, that nothing is unread, that it is offline, and that somebody is signed out', async () => {
    const her = await herInbox(carillon)
    const { page, wire, article, close } = await anApplication(her)
    await page.getByText('Nothing here yet').waitFor()
    await her.like('Ada')
    await article('Ada').getByRole('link', { name: 'Ada' }).waitFor()
    await page.getByRole('button', { name: 'Unread' }).click()
    await page.getByRole('button', { name: 'Mark all as read' }).click()
    await page.getByText('All caught up').waitFor()
    await ask(carillon, her.token, ArchiveDocument, { ids: [await her.idOf('Ada')] })
    await page.getByText('Nothing here yet').waitFor()
    wire.cut()
    await page.getByText('You are offline').waitFor()
    wire.mend()
    await expect.poll(() => page.getByText('You are offline').count(), patience).toBe(0)
    await page.evaluate(() => document.querySelector('carillon-inbox')?.setAttribute('token', 'nobody'))
    await page.getByText('You are signed out').waitFor()
    await close()
  })

  it('has preferences, saved as they are changed', async () => {
    const her = await herInbox(carillon)
    await her.like('Ada')
    const { page, article, close } = await anApplication(her)
    await article('Ada').waitFor()
    await page.getByRole('button', { name: 'Preferences' }).click()
    await page.getByRole('switch', { name: 'SMS', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'Saved' }).waitFor()
    await page.getByRole('group', { name: 'Social like' }).getByRole('checkbox', { name: 'E-mail' }).click()
    await page.getByRole('switch', { name: 'Push and SMS wait' }).click()
    await page.getByLabel('until', { exact: true }).fill('08:30')
    await page.getByRole('group', { name: 'Beginning on' }).getByRole('checkbox', { name: 'Sun' }).click()
    await page.getByRole('button', { name: 'Back to notifications' }).click()
    await page.getByRole('button', { name: 'Preferences' }).click()
    expect(await page.getByRole('switch', { name: 'SMS', exact: true }).isChecked()).toBe(false)
    const chip = page.getByRole('group', { name: 'Social like' }).getByRole('checkbox', { name: 'E-mail' })
    expect(await chip.isChecked()).toBe(false)
    expect(await page.getByLabel('until', { exact: true }).inputValue()).toBe('08:30')
    expect(await page.getByRole('checkbox', { name: 'Sun' }).isChecked()).toBe(false)
    await close()
  })

  it('is light or dark, from left to right or from right to left, as its page is or as it is told', async () => {
    const her = await herInbox(carillon)
    await her.like('Ada')
    const { page, article, close } = await anApplication(her)
    await article('Ada').waitFor()
    const look = () =>
      article('Ada').evaluate((node) => {
        const [picture, text] = [node.querySelector('.picture'), node.querySelector('.text')]
        const panel = node.closest('.panel')
        const isRtl = (picture?.getBoundingClientRect().left ?? 0) > (text?.getBoundingClientRect().left ?? 0)
        return [panel && getComputedStyle(panel).backgroundColor, isRtl ? 'rtl' : 'ltr']
      })
    const set = (name: string, value: string) =>
      page.evaluate(
        ([key = '', text = '']) => document.querySelector('carillon-inbox')?.setAttribute(key, text),
        [name, value],
      )
    const [light, dark] = ['rgb(255, 255, 255)', 'rgb(28, 29, 34)']
    expect(await look()).toEqual([light, 'ltr'])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await look()).toEqual([dark, 'ltr'])
    await set('theme', 'light')
    await set('dir', 'rtl')
    expect(await look()).toEqual([light, 'rtl'])
    await close()
  })
})
