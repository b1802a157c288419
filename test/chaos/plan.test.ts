import { expect, it } from 'vitest'
import {
  apnsHangs,
  everything,
  lostAnswers,
  providerFaults,
  roleNames,
  serverNames,
  steady,
  storm,
  told,
} from './plan.ts'

const names = (plan: ReturnType<typeof everything>) => new Set(plan.map(({ fault, target }) => `${fault} ${target}`))

it('is the same for the same seed, and another one for another', () => {
  const options = { seed: 7, seconds: 200 }
  expect(everything(options)).toEqual(everything(options))
  expect(everything({ ...options, seed: 8 })).not.toEqual(everything(options))
  expect(storm({ ...options, seed: 8 })).not.toEqual(storm(options))
})

it('plays every kind of fault, and kills everybody, in a long run', () => {
  const plan = everything({ seed: 1, seconds: 240 })
  expect(new Set(plan.map(({ fault }) => fault))).toEqual(
    new Set(['kill', 'freeze', 'restart', 'flush', 'lose_disk', 'cut', 'disk_full', ...providerFaults]),
  )
  for (const name of [...roleNames, 'postgres', 'redis', 'nats', 'roles', 'everything']) {
    expect(names(plan)).toContain(`kill ${name}`)
  }
  for (const name of serverNames) expect(names(plan)).toContain(`cut ${name}`)
})

it('plays what finds most first, in a short run', () => {
  const plan = everything({ seed: 3, seconds: 24 })
  expect(plan).toHaveLength(9)
  for (const name of ['kill everything', 'lose_disk nats', 'flush redis', 'kill postgres']) {
    expect(names(plan)).toContain(name)
  }
  expect(plan.map(({ fault }) => fault)).toEqual(expect.arrayContaining(['freeze', 'lose_answer', 'cut', 'disk_full']))
})

it('begins nothing after the load has ended', () => {
  for (let seed = 0; seed < 50; seed++) {
    const late = everything({ seed, seconds: 24 }).filter(({ atMs }) => atMs < 0 || atMs >= 24_000)
    expect(late).toEqual([])
  }
})

it('leaves a service that was killed as a whole the time to come back', () => {
  const plan = everything({ seed: 9, seconds: 240 })
  const gaps = plan.flatMap(({ target, atMs }, n) =>
    target === 'roles' || target === 'everything' ? [(plan[n + 1]?.atMs ?? Number.POSITIVE_INFINITY) - atMs] : [],
  )
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5_000)
})

it('freezes for longer than a lease', () => {
  const frozen = everything({ seed: 5, seconds: 300 }).filter(({ fault }) => fault === 'freeze')
  expect(Math.min(...frozen.map(({ forMs }) => forMs))).toBeGreaterThan(6_000)
})

it('kills a process every five seconds and all of them every thirty, in a storm', () => {
  const plan = storm({ seed: 1, seconds: 65 })
  expect(plan.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 12 }, (_, n) => (n + 1) * 5_000))
  expect(plan.filter(({ target }) => target === 'roles').map(({ atMs }) => atMs)).toEqual([30_000, 60_000])
})

it('tells a fault as a person would read it', () => {
  const [hang] = apnsHangs({ seed: 1, seconds: 120 })
  expect(hang && told(hang)).toBe('  30.0 s  hang apns 100 % for 60.0 s')
  expect(lostAnswers({ seed: 1, seconds: 300 }).map(told)[3]).toBe('   0.0 s  lose_answer twilio 5 % for 300.0 s')
  expect(steady({ seed: 1, seconds: 300 })).toEqual([])
})
