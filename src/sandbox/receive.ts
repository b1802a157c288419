import type { Fault, FaultKind } from './fault.ts'
import type { Faults } from './faults.ts'
import { parseJson } from './json.ts'
import type { Ledger } from './ledger.ts'
import type { Answer, Listing, Provider, ProviderRequest, Verdict } from './provider.ts'
import { entryOf, type Row } from './row.ts'

/** One request as its transport sees it; both do nothing once the client has gone. */
export interface Exchange {
  answer(answer: Answer): void
  /** Ends the exchange so that the client sees no answer. */
  cut(): void
}

const slowMs = 1000

/** Makes a provider receive requests: what the fault in force says, else what the provider says. */
export function receiver(ledger: Ledger, faults: Faults) {
  async function accept(provider: Provider, verdict: Verdict): Promise<void> {
    if (verdict.kind === 'refused') return faults.refused(provider.name)
    await ledger.append(verdict.messages.map((message) => entryOf(provider, message)))
    faults.accepted(provider.name)
  }

  async function list(provider: Provider, listing: Listing, request: ProviderRequest, exchange: Exchange) {
    const fault = faults.peek(provider.name, listing.to)
    switch (fault?.kind) {
      case 'hang':
        return
      case 'reset':
      case 'lose_answer':
        return after(fault, 0, exchange.cut)
      case 'throttle':
      case 'unavailable': {
        const answer = provider.refuse(fault.kind, request, new Date(), null)
        return after(fault, 0, () => exchange.answer(answer))
      }
      default: {
        const answer = listing.answer(await rowsOf(ledger, listing))
        return after(fault, fault?.kind === 'slow' ? slowMs : 0, () => exchange.answer(answer))
      }
    }
  }

  return async (provider: Provider, request: ProviderRequest, exchange: Exchange): Promise<void> => {
    const listing = provider.list?.(request)
    if (listing) return list(provider, listing, request, exchange)
    const now = new Date()
    const verdict = provider.judge(request, now)
    const fault = faults.meet(provider.name, verdict.to)
    const kind: FaultKind = fault?.kind ?? 'ok'
    switch (kind) {
      case 'hang':
        return
      case 'reset':
        return after(fault, 0, exchange.cut)
      case 'throttle':
      case 'unavailable':
      case 'stale_target': {
        const answer = provider.refuse(kind, request, now, fault?.to ?? verdict.to[0] ?? null)
        faults.refused(provider.name)
        return after(fault, 0, () => exchange.answer(answer))
      }
      case 'lose_answer':
        await accept(provider, verdict)
        return after(fault, 0, exchange.cut)
      case 'slow':
        await accept(provider, verdict)
        return after(fault, slowMs, () => exchange.answer(verdict.answer))
      case 'ok':
        await accept(provider, verdict)
        return exchange.answer(verdict.answer)
    }
  }
}

async function rowsOf(ledger: Ledger, { filter }: Listing): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const lines of ledger.lines(ledger.find(filter))) rows.push(...lines.map(toRow))
  return rows
}

/** A line that the ledger has written. */
function toRow(line: string): Row {
  return parseJson(line) as Row
}

function after(fault: Fault | null, otherwiseMs: number, act: () => void): void {
  const ms = fault?.afterMs ?? otherwiseMs
  if (ms === 0) act()
  else setTimeout(act, ms).unref()
}
