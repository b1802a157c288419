import { appendFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { LoadLine } from './load-log.ts'
import { type Answer, sendOnce } from './send-once.ts'
import { inputOf, nthWish, type Wish } from './traffic.ts'

/*
 * The load, a process of its own: sends notifications at a fixed pace, whatever becomes of those before, and asks again
 * with the same key for as long as it gets no answer. Now and then it asks once more for what was accepted.
 */

const orderOf = z.object({
  gateway: z.string(),
  apiKey: z.string(),
  seed: z.number(),
  people: z.number(),
  perSecond: z.number(),
  seconds: z.number(),
  file: z.string(),
})

/** How long it asks for one: longer than anything that befalls the service. */
const patienceMs = 60_000
/** Doubled each time, and jittered: thousands who ask again at once would be a fault of their own. */
const askAgainAfterMs = { least: 100, most: 8_000 }
/** As a client's pool of connections would: more wait for their turn. */
const atOnce = 64
/** One in so many is asked for once more when it has been accepted. */
const repeatEvery = 20

const order = orderOf.parse(JSON.parse(process.argv[2] ?? ''))
const queue: (() => void)[] = []
let busy = 0
const counts = { sent: 0, accepted: 0, 'in doubt': 0, refused: 0 }
process.once('disconnect', () => process.exit(0))

await run()
process.send?.({ ...counts, done: true }, () => process.exit(0))

async function run(): Promise<void> {
  const begun = Date.now()
  const total = order.perSecond * order.seconds
  const underWay = new Set<Promise<void>>()
  const telling = setInterval(() => process.send?.({ ...counts, done: false }), 500)
  while (counts.sent < total) {
    const dueBy = Math.min(total, 1 + Math.floor(((Date.now() - begun) / 1000) * order.perSecond))
    while (counts.sent < dueBy) {
      const n = counts.sent++
      const work = sendUntilAnswered(n, begun + (n * 1000) / order.perSecond).finally(() => underWay.delete(work))
      underWay.add(work)
    }
    await pause(5)
  }
  await Promise.all(underWay)
  clearInterval(telling)
}

async function sendUntilAnswered(n: number, dueAt: number): Promise<void> {
  const wish = nthWish(order, n)
  const first = await persist(wish)
  const again = first.answer.kind === 'accepted' && n % repeatEvery === 0
  const second = again ? await persist(wish) : undefined
  const answers = [first.answer, ...(second ? [second.answer] : [])]
  const refusal = answers.find(({ kind }) => kind === 'refused') ?? first.answer
  const became = { accepted: 'accepted', none: 'in doubt', later: 'in doubt', refused: 'refused' } as const
  const line: LoadLine = {
    n,
    dueAt,
    became: became[refusal.kind],
    ids: [...new Set(answers.flatMap((answer) => (answer.kind === 'accepted' ? [answer.id] : [])))],
    tries: first.tries,
    reason: 'reason' in refusal ? refusal.reason : null,
  }
  counts[line.became]++
  appendFileSync(order.file, `${JSON.stringify(line)}\n`)
}

/** Asks until there is an answer, or no hope of one. */
async function persist(wish: Wish): Promise<{ answer: Answer; tries: number }> {
  const input = inputOf(wish)
  let since: number | undefined
  for (let tries = 1; ; tries++) {
    const answer = await inTurn(() => {
      since ??= Date.now()
      return sendOnce(order, input)
    })
    const isFinal = answer.kind === 'accepted' || answer.kind === 'refused'
    if (isFinal || Date.now() - (since ?? 0) > patienceMs) return { answer, tries }
    await pause(Math.min(askAgainAfterMs.most, askAgainAfterMs.least * 2 ** tries) * Math.random())
  }
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (busy < atOnce) busy++
  else await new Promise<void>((resolve) => queue.push(resolve))
  try {
    return await work()
  } finally {
    const next = queue.shift()
    if (next === undefined) busy--
    else next()
  }
}
