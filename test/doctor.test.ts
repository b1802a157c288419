import { expect, test } from 'vitest'
import { examine } from '../src/doctor.ts'
import { reportLines } from '../src/doctor-report.ts'
import { openStreams } from '../src/streams/streams.ts'
import { address } from './setup/address.ts'

const env = () => ({
  DATABASE_URL: address('DATABASE_URL'),
  REDIS_URL: address('REDIS_URL'),
  NATS_URL: address('NATS_URL'),
  CARILLON_SECRET_KEY: 'a secret key for tests that is long enough',
  VIEWER_JWT_SECRET: 'a secret for viewers that is long enough',
  PUBLIC_URL: 'http://127.0.0.1:1',
})

test('looks at everything there is', async () => {
  const streams = await openStreams(address('NATS_URL'), 'doctor-test')
  await streams.declare()
  await streams.close()
  const diagnoses = await examine(env())
  expect(diagnoses.map(({ state, subject }) => `${state} ${subject}`)).toEqual([
    'ok configuration',
    'ok PostgreSQL',
    'ok migrations',
    'ok Redis',
    'ok NATS',
    'ok JetStream',
    'ok clock',
    'ok time zones',
    'ok user tokens',
    'warning PUBLIC_URL',
    'warning providers',
  ])
})

test('names every mistake of a configuration', async () => {
  expect(await examine({ ...env(), PORT: 'http', TZ_DATA: '', CARILLON_SECRET_KEY: 'short' })).toEqual([
    {
      subject: 'configuration',
      state: 'problem',
      found: 'CARILLON_SECRET_KEY: must have at least 32 characters',
      mend: 'correct it; the rest is not looked at',
    },
    {
      subject: 'configuration',
      state: 'problem',
      found: expect.stringMatching(/^PORT: /),
      mend: 'correct it; the rest is not looked at',
    },
  ])
})

test('looks at the rest where the rules of time zones cannot be read', async () => {
  const diagnoses = await examine({ ...env(), TZ_DATA: '/nowhere.json' })
  expect(diagnoses.find(({ subject }) => subject === 'time zones')).toEqual({
    subject: 'time zones',
    state: 'problem',
    found: '/nowhere.json has no rules in it',
    mend: 'correct TZ_DATA',
  })
})

test('reports in lines, and sums up', () => {
  const well = { subject: 'NATS', state: 'ok', found: '2.15.1 at nats:4222' } as const
  const unwell = { subject: 'clock', state: 'warning', found: 'that of NATS is 3.5 s ahead', mend: 'use NTP' } as const
  expect(reportLines([well])).toEqual(['ok       NATS: 2.15.1 at nats:4222', '', 'All is well.'])
  expect(reportLines([well, unwell, { ...unwell, state: 'problem' }])).toEqual([
    'ok       NATS: 2.15.1 at nats:4222',
    'warning  clock: that of NATS is 3.5 s ahead',
    '           → use NTP',
    'problem  clock: that of NATS is 3.5 s ahead',
    '           → use NTP',
    '',
    '1 problem, 1 warning.',
  ])
})
