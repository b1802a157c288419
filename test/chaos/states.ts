import { deliveryId } from '../../src/domain/ids.ts'
import { channelOf, type Facts } from './facts.ts'
import type { Violation } from './oracle.ts'

const unsent: ReadonlySet<string> = new Set(['SUPPRESSED', 'EXPIRED', 'CANCELLED'])

/** What a provider took is not to be called unsent; that it bounced later is another matter. */
export function stateViolations({ ledger, deliveries }: Facts): Violation[] {
  const logged = new Map(deliveries.map((row) => [deliveryId({ ...row, channel: channelOf(row.channel) }), row]))
  const taken = new Set(ledger.flatMap(({ deliveryId: id }) => id ?? []))
  return [...taken].flatMap((id): Violation[] => {
    const row = logged.get(id)
    if (row !== undefined && !unsent.has(row.state)) return []
    const said = row ? `${row.state} (${row.reason})` : 'nothing'
    return [{ rule: 'wrong state', what: `${id} was taken by a provider, and the service says ${said} of it` }]
  })
}
