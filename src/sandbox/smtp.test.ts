import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { smtpClient } from './a-smtp-client.ts'
import { type Sandbox, startSandbox } from './start.ts'
import { aDataDir, aDeliveryId, emptyLedger, getJson, replied, value } from './test-clients.ts'

let sandbox: Sandbox
let smtp: ReturnType<typeof smtpClient>

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, dataDir: aDataDir() })
  smtp = smtpClient(sandbox)
})
beforeEach(() => emptyLedger(sandbox))
afterAll(() => sandbox.close())

/** Says one line after the other, each when the last was answered; resolves with the last line of each answer. */
async function talk(...lines: readonly string[]): Promise<readonly string[]> {
  const { hostname, port } = new URL(value(sandbox, 'SMTP_URL'))
  const socket = connect(Number(port), hostname)
  const answers: string[] = []
  for await (const line of createInterface(socket)) {
    if (line[3] === '-') continue
    answers.push(line)
    const next = lines[answers.length - 1]
    if (next === undefined) break
    socket.write(`${next}\r\n`)
  }
  socket.destroy()
  return answers
}

function aLogin(): string {
  const { username, password } = new URL(value(sandbox, 'SMTP_URL'))
  return `AUTH PLAIN ${Buffer.from(`\0${username}\0${password}`).toString('base64')}`
}

test('accepts a mail over TLS from whoever has signed in, and shows it as a person would see it', async () => {
  const { status, body } = replied(
    await smtp.request({
      mail: {
        subject: 'Grüße, Ann',
        messageId: '<abc@carillon.example>',
        headers: {
          'X-Carillon-Delivery': aDeliveryId('email'),
          'List-Unsubscribe': '<https://example.com/u/1>',
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        },
      },
    }),
  )
  expect([status, body]).toEqual([250, expect.stringMatching(/^2\.0\.0 Ok: queued as [0-9A-F]{12}$/)])
  expect(await getJson(sandbox, '/messages')).toEqual([
    {
      at: expect.any(String),
      provider: 'smtp',
      channel: 'EMAIL',
      to: 'ana@example.com',
      recipientId: 'u-1',
      notificationId: 'ntf_01jd0000000000000000000000',
      deliveryId: aDeliveryId('email'),
      collapseId: null,
      content: 'Grüße, Ann\nWorld',
      providerId: 'abc@carillon.example',
      from: 'Carillon <hello@carillon.example>',
      subject: 'Grüße, Ann',
      text: 'World',
      html: '<b>World</b>',
      unsubscribeUrl: 'https://example.com/u/1',
    },
  ])
})

test('writes a row for each recipient of the envelope, whatever the headers say', async () => {
  await smtp.request({
    mail: { to: 'undisclosed', envelope: { from: 'a@carillon.example', to: ['b@x.com', 'c@x.com'] } },
  })
  expect(await getJson(sandbox, '/messages')).toMatchObject([{ to: 'b@x.com' }, { to: 'c@x.com' }])
})

test('wants a password', async () => {
  expect(replied(await smtp.request({ password: 'wrong' }))).toMatchObject({
    status: 535,
    body: '5.7.8 Authentication credentials invalid',
  })
  expect((await talk('EHLO me', 'MAIL FROM:<a@x.com>')).at(-1)).toMatch(/^530 /)
})

test('refuses a mailbox that is not there and a sender that is none', async () => {
  expect(replied(await smtp.send('nowhere'))).toMatchObject({ status: 550 })
  const envelope = { from: 'a@nowhere', to: ['b@example.com'] }
  expect(replied(await smtp.request({ mail: { envelope } }))).toMatchObject({ status: 553 })
  expect(await getJson(sandbox, '/messages')).toEqual([])
})

test('speaks plainly too, and takes several mails on one connection', async () => {
  const mail = ['MAIL FROM:<a@example.com>', 'RCPT TO:<b@example.com>', 'DATA', 'Subject: Hello\r\n\r\n..dots\r\n.']
  const answers = await talk('EHLO me', aLogin(), ...mail, ...mail, 'QUIT')
  expect(answers.map((answer) => answer.slice(0, 3))).toEqual([
    '220',
    '250',
    '235',
    '250',
    '250',
    '354',
    '250',
    '250',
    '250',
    '354',
    '250',
    '221',
  ])
  expect(await getJson(sandbox, '/messages')).toMatchObject([
    { content: 'Hello\n.dots\n' },
    { content: 'Hello\n.dots\n' },
  ])
})

test('does not count a message that was cut off', async () => {
  await talk('EHLO me', aLogin(), 'MAIL FROM:<a@example.com>', 'RCPT TO:<b@example.com>', 'DATA')
  await smtp.send()
  expect(await getJson(sandbox, '/faults')).toMatchObject({ smtp: { refused: expect.any(Number) } })
  expect(await getJson(sandbox, '/messages')).toHaveLength(1)
})
