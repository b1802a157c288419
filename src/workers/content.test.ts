import { afterAll, expect, it } from 'vitest'
import { aNewNotification } from '../../test/setup/a-notification.ts'
import { address } from '../../test/setup/address.ts'
import { unique } from '../../test/setup/schema-app.ts'
import type { Recipient } from '../domain/decide.ts'
import { withDefaults } from '../domain/preferences.ts'
import { openCipher } from '../store/cipher.ts'
import { openDatabase } from '../store/database.ts'
import { upsertTemplate } from '../store/templates.ts'
import { openRenderer } from './content.ts'

const database = openDatabase({ url: address('DATABASE_URL'), maxConnections: 2, name: 'content-test' })
afterAll(() => database.close())

function aRecipient(userId: string, locale = 'en', attributes = {}): Recipient {
  const preferences = withDefaults(undefined, { timeZone: null, locale, hardStop: false })
  return { userId, email: null, phone: null, attributes, activeDevices: 0, preferences }
}

async function aRenderer(sms: Readonly<Record<string, string>>) {
  const { name, version } = await upsertTemplate(
    database,
    {
      name: unique('content'),
      tier: 'SOCIAL',
      category: 'x',
      readCancelsOthers: false,
      inboxFallback: false,
      sensitive: false,
      dataSchema: null,
      contents: Object.entries(sms).map(([locale, body]) => ({ locale, sms: { body } })),
    },
    new Date(),
  )
  const accepted = aNewNotification({ template: name, templateVersion: version, data: { who: 'Bruno' } })
  const notification = { ...accepted, recipientCount: 0, funnel: null, pages: 0, audienceCursor: null }
  const render = await openRenderer(database, openCipher('a secret key for tests'), notification)
  return (recipient: Recipient) => render('SMS', recipient)
}

it('renders a text that does not speak of its reader once for each language', async () => {
  const render = await aRenderer({ en: '{{ who }} likes it', de: '{{ who }} mag es' })
  expect(render(aRecipient('ada')).body).toBe('Bruno likes it')
  expect(render(aRecipient('chiyo'))).toBe(render(aRecipient('ada')))
  expect(render(aRecipient('emil', 'de')).body).toBe('Bruno mag es')
})

it('renders a text that speaks of its reader for each of them', async () => {
  const render = await aRenderer({ en: 'Hi {{ user.name }}' })
  expect(render(aRecipient('ada', 'en', { name: 'Ada' })).body).toBe('Hi Ada')
  expect(render(aRecipient('chiyo', 'en', { name: 'Chiyo' })).body).toBe('Hi Chiyo')
})

it('renders a text that only asks about its reader for each of them', async () => {
  const render = await aRenderer({ en: '{% if user.plan == "pro" %}Thanks{% else %}Join{% endif %}' })
  expect(render(aRecipient('ada')).body).toBe('Join')
  expect(render(aRecipient('chiyo', 'en', { plan: 'pro' })).body).toBe('Thanks')
  expect(render(aRecipient('dana')).body).toBe('Join')
})
