import { expect, it } from 'vitest'
import { aDataFolder, runCarillon } from '../setup/carillon.ts'

it('names every mistake of a configuration at once, and does not start', async () => {
  const { ended, output } = runCarillon(['gateway'], {
    CARILLON_DATA_DIR: aDataFolder(),
    DATABASE_URL: 'mysql://localhost/carillon',
    PORT: '70000',
    CARILLON_SECRET_KEY: 'short',
    GRAPHIQL: 'yes',
    TWILIO_AUTH_TOKEN: 'secret',
  })
  expect(await ended).toBe(1)
  const said = output()
  const named = [
    'DATABASE_URL',
    'NATS_URL',
    'PORT',
    'CARILLON_SECRET_KEY',
    'GRAPHIQL',
    'VIEWER_JWT_SECRET',
    'TWILIO_ACCOUNT_SID',
    'TWILIO_FROM',
  ]
  expect(named.filter((name) => !said.includes(`  ${name}: `))).toEqual([])
  expect(said).toMatch(/^The configuration has \d+ mistakes:\n( {2}.*\n)+$/)
  expect(said).not.toContain('secret"')
})

it('refuses a role and an option that it does not know', async () => {
  const role = runCarillon(['gatway'], { CARILLON_DATA_DIR: aDataFolder() })
  expect([await role.ended, role.output()]).toEqual([1, expect.stringContaining('"gatway" is no role: all, gateway')])
})

it('does not start a sandbox beside real credentials', async () => {
  const { ended, output } = runCarillon(['all'], {
    CARILLON_DATA_DIR: aDataFolder(),
    TWILIO_AUTH_TOKEN: 'f'.repeat(32),
    SENDGRID_API_KEY: 'SG.real',
  })
  expect(await ended).toBe(1)
  expect(output()).toContain(
    'The sandbox does not start where real provider credentials are set (SENDGRID_API_KEY, TWILIO_AUTH_TOKEN): ' +
      'unset them, or set CARILLON_PROVIDERS=real if that is what you want.\n',
  )
  expect(output()).not.toContain('SG.real')
})
