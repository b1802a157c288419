import { expect, inject, it } from 'vitest'
import { runCarillon } from '../setup/carillon.ts'

const { dataDir, demo } = inject('carillon')

it('finds the Carillon that npm start runs in good health', async () => {
  const doctor = runCarillon(['doctor'], { CARILLON_DATA_DIR: dataDir })
  expect(await doctor.ended).toBe(0)
  const said = doctor.output()
  expect(said).toContain('\nok       clock: agrees with PostgreSQL, NATS, ')
  expect(said).toContain(`\nok       PUBLIC_URL: ${demo.gateway} is reached from here\n`)
})

it('says what is wrong with a key', async () => {
  const doctor = runCarillon(['doctor'], { CARILLON_DATA_DIR: dataDir, SENDGRID_API_KEY: 'SG.wrong' })
  expect(await doctor.ended).toBe(1)
  expect(doctor.output()).toContain(
    '\nproblem  sendgrid: refuses the credentials (401)\n           → correct SENDGRID_API_KEY\n',
  )
})
