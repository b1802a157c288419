import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { SignJWT } from 'jose'
import { type Member, join as subscribe } from '../../bench/sockets/crowd.ts'
import { until } from '../../src/local/until.ts'
import { UpsertUsersDocument } from '../generated/operations.ts'
import { startCarillon } from '../setup/carillon.ts'
import { ask } from '../setup/graphql.ts'
import { send } from '../setup/notification.ts'
import { type Reading, slope } from './slope.ts'

/*
 * `npm run soak [-- --minutes 30]`: a whole Carillon with sockets that come and go, each from where it was, and sends. Memory
 * and handles have to be flat; it prints how they grow and ends with 1 when they do.
 */

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } })
const minutes = Number(values.minutes)
if (!(minutes >= 1 && minutes <= 1440)) {
  console.error('--minutes has to be a number from 1 to 1440: npm run soak -- --minutes 30')
  process.exit(2)
}

const people = 200
const socketsAtATime = 300
const comingAndGoingPerSecond = 20
const sendsPerSecond = 10
const recipients = 5
const readEveryMs = 2000
/** Code is compiled, pools and caches fill: what comes after this is measured. */
const warmUpMinutes = Math.min(5, minutes / 3)

const inboxEvents = `subscription InboxEvents($after: String) {
  inboxEvents(after: $after) { __typename cursor unreadCount ... on InboxItemAdded { item { id title body } } }
}`

/** What has to be flat, by the name of its metric, and how much more of it a minute is too much; a short run has some slack. */
const watched = [
  { metric: 'carillon_process_resident_memory_bytes', name: 'resident memory, MiB', unit: 2 ** 20, most: 1, slack: 30 },
  { metric: 'carillon_nodejs_heap_size_used_bytes', name: 'heap, MiB', unit: 2 ** 20, most: 0.5, slack: 10 },
  { metric: 'carillon_nodejs_active_handles_total', name: 'handles', unit: 1, most: 0.5, slack: 10 },
  { metric: 'carillon_process_open_fds', name: 'open files', unit: 1, most: 0.5, slack: 10 },
] as const

const dataDir = mkdtempSync(join(tmpdir(), 'carillon-soak-'))
console.log('starting Carillon')
const carillon = await startCarillon({ dataDir: join(dataDir, 'data') })
const { demo } = carillon
const userIds = Array.from({ length: people }, (_, n) => `soak-${n}`)
const users = userIds.map((id) => ({ id, locale: 'en' }))
await ask(carillon, demo.bulkApiKey, UpsertUsersDocument, { input: { users } })

const begun = performance.now()
const end = begun + (warmUpMinutes + minutes) * 60_000
const isOver = () => performance.now() > end
const cursors = new Map<string, string>()
const readings = new Map<string, Reading[]>(watched.map(({ metric }) => [metric, []]))
let joined = 0
let told = 0
let sent = 0
let atWork = 0

await Promise.all([...Array.from({ length: socketsAtATime }, (_, n) => comeAndGo(n)), sendOn(), readOn()])
console.log(`${joined} sockets have come and gone, ${sent} notifications were sent, ${told} events told`)
const left = async () => {
  const now = await metrics()
  return [now.get('carillon_websockets') ?? 0, now.get('carillon_subscriptions') ?? 0]
}
const allGone = await until(async () => (await left()).every((count) => count === 0), 30_000)
if (!allGone) console.log(`nobody is there, and yet there are [sockets, subscriptions]: ${await left()}`)
const isFlat = report()
carillon.signal('SIGTERM')
const code = await carillon.ended
rmSync(dataDir, { recursive: true, force: true })
process.exit(isFlat && allGone && code === 0 ? 0 : 1)

/** One place, in which somebody is for a while, and then somebody else, from where they were. */
async function comeAndGo(place: number): Promise<void> {
  const staysMs = (socketsAtATime / comingAndGoingPerSecond) * 1000
  await pause((staysMs * place) / socketsAtATime)
  for (let n = place; !isOver(); n++) {
    const userId = userIds[(n * 7) % people] ?? ''
    const token = await new SignJWT()
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      .setExpirationTime('1 hour')
      .sign(new TextEncoder().encode(demo.viewerSecret))
    const after = cursors.get(userId)
    const url = `${demo.gateway}/graphql`
    const member: Member = await subscribe({ url, userId, token, query: inboxEvents, after, keepsCursor: true })
    joined += 1
    await pause(staysMs * (0.5 + Math.random()))
    told += member.events
    if (member.cursor !== undefined) cursors.set(userId, member.cursor)
    member.leave()
  }
}

async function sendOn(): Promise<void> {
  for (let due = performance.now(); !isOver(); due += 1000 / sendsPerSecond) {
    await pause(due - performance.now())
    // A service that is late is not asked for more and more.
    if (atWork >= 20) continue
    atWork += 1
    const to = Array.from({ length: recipients }, () => userIds[Math.floor(Math.random() * people)] ?? '')
    send(carillon, {
      template: 'social.like',
      data: { who: `Ada ${sent}` },
      audience: { userIds: [...new Set(to)] },
      channels: ['IN_APP'],
    })
      .then(() => {
        sent += 1
      })
      .finally(() => {
        atWork -= 1
      })
  }
}

async function readOn(): Promise<void> {
  for (let minute = 0; !isOver(); ) {
    await pause(readEveryMs)
    const now = await metrics()
    const atMinutes = (performance.now() - begun) / 60_000
    for (const { metric } of watched) readings.get(metric)?.push({ atMinutes, value: now.get(metric) ?? Number.NaN })
    if (atMinutes < minute) continue
    minute += 1
    const all = watched.map(({ metric, name, unit }) => `${name} ${((now.get(metric) ?? 0) / unit).toFixed(0)}`)
    console.log(`${atMinutes.toFixed(0)} min: ${all.join(', ')}, sockets ${now.get('carillon_websockets')}`)
  }
}

/** Of all processes together. */
async function metrics(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${demo.gateway}/metrics`)).text()
  const all = new Map<string, number>()
  for (const [, name = '', value] of text.matchAll(/^(\w+)(?:\{[^}]*\})? ([0-9.e+-]+)/gm)) {
    all.set(name, (all.get(name) ?? 0) + Number(value))
  }
  return all
}

function report(): boolean {
  let isFlat = true
  for (const { metric, name, unit, most, slack } of watched) {
    const measured = (readings.get(metric) ?? []).filter(({ atMinutes }) => atMinutes >= warmUpMinutes)
    const perMinute = slope(measured) / unit
    const limit = Math.max(most, slack / minutes)
    const flat = measured.length > 0 && perMinute < limit
    if (!flat) isFlat = false
    console.log(
      `${name}: ${perMinute >= 0 ? '+' : ''}${perMinute.toFixed(3)} a minute over ${minutes} min, below ${limit.toFixed(1)}: ${flat ? 'flat' : 'NOT FLAT'}`,
    )
  }
  return isFlat
}
