import { setTimeout as pause } from 'node:timers/promises'
import { connect } from 'nats'
import { z } from 'zod'
import { inTransaction, openDatabase } from '../../src/store/database.ts'
import { type ChangedHead, insertInboxItems } from '../../src/store/inbox-write.ts'
import { inboxChanged } from '../../src/streams/messages.ts'
import { setting } from '../gateway.ts'
import { answerQuestions } from '../process.ts'
import { joinAll, type Member } from './crowd.ts'
import { inboxEvents, newItemOf, token, viewer } from './viewers.ts'

/*
 * The viewers, a socket each, and the service that tells of changes: a process beside the one that is measured.
 */

const question = z.discriminatedUnion('do', [
  z.object({ do: z.literal('join'), crowd: z.string(), url: z.string(), count: z.number() }),
  /** One notification to everybody, again and again: the next one when all have the last. */
  z.object({ do: z.literal('everybody'), crowd: z.string(), durationMs: z.number(), stored: z.boolean() }),
  /** Events for random viewers, each of another notification, so many at a time: the next ones when all have theirs. */
  z.object({ do: z.literal('anybody'), crowd: z.string(), durationMs: z.number(), atOnce: z.number() }),
  /** The same at a fixed pace. */
  z.object({ do: z.literal('paced'), crowd: z.string(), durationMs: z.number(), perSecond: z.number() }),
])
type Question = z.infer<typeof question>

interface Viewer {
  readonly member: Member
  readonly subject: string
  seq: number
  /** When the event that is on its way was published. */
  sentAt: number
}

const nats = await connect({ servers: setting('NATS_URL') })
const database = openDatabase({ url: setting('DATABASE_URL'), maxConnections: 4, name: 'bench client' })
const crowds = new Map<string, readonly Viewer[]>()
const pageSize = 500

answerQuestions(async (asked) => {
  const request = question.parse(asked)
  if (request.do === 'join') return enlarge(request)
  const crowd = crowds.get(request.crowd) ?? []
  const before = process.cpuUsage()
  const begun = performance.now()
  const latenciesMs = await act(request, crowd)
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(before)
  return { deliveries: latenciesMs.length, seconds, latenciesMs, clientCores: (user + system) / 1e6 / seconds }
})

async function enlarge({ crowd, url, count }: Extract<Question, { do: 'join' }>) {
  const there = crowds.get(crowd) ?? []
  const secret = setting('VIEWER_JWT_SECRET')
  const coming = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const userId = viewer(crowd, there.length + n)
      return { url, userId, token: await token(secret, userId), query: inboxEvents }
    }),
  )
  const members = await joinAll(coming)
  crowds.set(crowd, [
    ...there,
    ...members.map((member) => ({ member, subject: inboxChanged.subject(member.userId), seq: 0, sentAt: 0 })),
  ])
  return { latenciesMs: members.map(({ firstEventMs }) => firstEventMs) }
}

function act(request: Exclude<Question, { do: 'join' }>, crowd: readonly Viewer[]): Promise<readonly number[]> {
  switch (request.do) {
    case 'everybody':
      return everybody(crowd, request.durationMs, request.stored)
    case 'anybody':
      return anybody(crowd, request.durationMs, request.atOnce)
    case 'paced':
      return paced(crowd, request.durationMs, request.perSecond)
  }
}

function publish(each: Viewer): void {
  each.seq += 1
  each.sentAt = performance.now()
  nats.publish(each.subject, `{"userId":"${each.member.userId}","seq":${each.seq},"unread":${each.seq}}`)
}

/** What comes has to be what was sent: looked at in one of a hundred, counted in all. */
function check(payload: Buffer, { member }: Viewer): void {
  if (!payload.includes('InboxItemAdded') || !payload.includes(`~${member.userId}"`))
    throw new Error(payload.toString())
}

async function everybody(crowd: readonly Viewer[], durationMs: number, stored: boolean): Promise<readonly number[]> {
  const latenciesMs: number[] = []
  const end = performance.now() + durationMs
  let sent = 0
  const begin = crowd.map(({ member }) => member.events)
  while (performance.now() < end) {
    sent += 1
    const heads = stored ? await store(crowd, sent) : undefined
    await new Promise<void>((resolve) => {
      let left = crowd.length
      for (const [n, each] of crowd.entries()) {
        each.member.onEvent = (payload) => {
          latenciesMs.push(performance.now() - each.sentAt)
          if (n % 100 === 0) check(payload, each)
          left -= 1
          if (left === 0) resolve()
        }
      }
      for (const each of crowd) {
        if (heads) each.seq = (heads.get(each.member.userId)?.seq ?? 0) - 1
        publish(each)
      }
    })
  }
  const wrong = crowd.filter(({ member }, n) => member.events !== (begin[n] ?? 0) + sent).length
  if (wrong > 0) throw new Error(`${wrong} viewers have not got ${sent} events`)
  return latenciesMs
}

/** As fan-out would: pages of 500. */
async function store(crowd: readonly Viewer[], n: number): Promise<ReadonlyMap<string, ChangedHead>> {
  const heads = new Map<string, ChangedHead>()
  for (let at = 0; at < crowd.length; at += pageSize) {
    const items = crowd.slice(at, at + pageSize).map(({ member }) => newItemOf(member.userId, n + Date.now()))
    for (const head of await inTransaction(database.pool, (client) => insertInboxItems(client, items))) {
      heads.set(head.userId, head)
    }
  }
  return heads
}

function random(crowd: readonly Viewer[]): Viewer {
  for (;;) {
    const each = crowd[Math.floor(Math.random() * crowd.length)]
    if (each !== undefined && each.sentAt === 0) return each
  }
}

async function anybody(crowd: readonly Viewer[], durationMs: number, atOnce: number): Promise<readonly number[]> {
  const latenciesMs: number[] = []
  const end = performance.now() + durationMs
  while (performance.now() < end) {
    await Promise.all(Array.from({ length: atOnce }, () => delivered(random(crowd), latenciesMs)))
  }
  return latenciesMs
}

function delivered(each: Viewer, latenciesMs: number[], dueAt?: number): Promise<void> {
  return new Promise((resolve) => {
    each.member.onEvent = (payload) => {
      latenciesMs.push(performance.now() - (dueAt ?? each.sentAt))
      if (latenciesMs.length % 100 === 0) check(payload, each)
      each.sentAt = 0
      resolve()
    }
    publish(each)
  })
}

/** Latencies are from when an event was due: what waits for a server that is late is late. */
async function paced(crowd: readonly Viewer[], durationMs: number, perSecond: number): Promise<readonly number[]> {
  const latenciesMs: number[] = []
  const begun = performance.now()
  const all: Promise<void>[] = []
  for (let n = 0; ; ) {
    const now = performance.now() - begun
    if (now >= durationMs) break
    for (; n < (now * perSecond) / 1000; n++)
      all.push(delivered(random(crowd), latenciesMs, begun + (n * 1000) / perSecond))
    // It leaves its core to NATS meanwhile.
    await pause(1)
  }
  await Promise.all(all)
  return latenciesMs
}
