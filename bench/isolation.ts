import { setTimeout as pause } from 'node:timers/promises'
import { foreignLoad } from './foreign-load.ts'
import { startBlast, taken } from './isolation/blast.ts'
import { codesFor, told } from './isolation/codes.ts'
import { marketingShare, providerPerSecond, startPaced } from './isolation/paced.ts'
import { quantile, rounded } from './numbers.ts'
import type { Report, SuiteOptions } from './report.ts'

/**
 * One-time codes while a campaign drains through the same provider, and the same through one queue for both.
 */
export async function isolation({ quick, say }: SuiteOptions): Promise<Report> {
  const readers = quick ? 50_000 : 1_000_000
  const whole = await startPaced(readers, say)

  say('codes on the idle system')
  await codesFor(whole, { everyMs: 20, forMs: 4000 })
  const load = foreignLoad()
  const idle = await codesFor(whole, { everyMs: 20, forMs: quick ? 4000 : 15_000 })

  say('a campaign to all of them, and codes meanwhile')
  const blast = await startBlast(whole)
  await pause(quick ? 2000 : 5000)
  const [before, began] = [await taken(whole), performance.now()]
  const loaded = await codesFor(whole, { everyMs: 20, forMs: quick ? 8000 : 30_000 })
  const perSecond = ((await taken(whole)) - before - loaded.length) / ((performance.now() - began) / 1000)
  const backlog = readers - (await blast.processed())
  say(`the campaign drains at ${Math.round(perSecond)} a second; ${backlog} are left`)
  if (backlog <= 0) throw new Error('the campaign had ended before the codes had')

  say('the same through the queue of the campaign')
  const shared = await codesFor(whole, { tier: 'MARKETING', everyMs: 200, forMs: quick ? 3000 : 10_000 })
  const foreign = load()
  await blast.step('cancel')
  await whole.stop()
  const ratio = quantile(loaded, 0.99) / quantile(idle, 0.99)
  return {
    tables: [
      {
        title: `one code every 20 ms, from its mutation to its provider, which allows ${providerPerSecond} calls a second`,
        rows: [
          told('idle', idle),
          told(`while a campaign to ${readers} drains`, loaded),
          told('in the queue of the campaign, one every 200 ms', shared),
        ],
      },
      {
        title: 'the campaign meanwhile',
        rows: [
          {
            recipients: readers,
            'opened after ms': rounded(blast.openedAfterMs),
            'deliveries/s': rounded(perSecond),
            'left at the end': backlog,
            'p99 loaded / idle': rounded(ratio, 2),
            'foreign cores': foreign === null ? 'unknown' : rounded(foreign, 2),
          },
        ],
      },
    ],
    notes: [
      `The whole of Carillon as npm start runs it, with its servers, the sandbox and this client, on one machine. Codes and campaign are pushes through the same account of FCM, budget ${providerPerSecond} a second, MARKETING_SHARE ${marketingShare}.`,
      'Open loop: from the instant at which a mutation was due to be sent to the instant at which the sandbox accepted the request. Every code is in the ledger, once.',
      `The queue of the campaign is one that holds no more than some two seconds of work. One that held all of the ${backlog} that were left would have made a code wait for ${Math.round(backlog / perSecond)} s.`,
    ],
  }
}
