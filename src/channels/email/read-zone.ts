import { dkimName } from './dkim.ts'
import { dmarcNames } from './dmarc.ts'
import { type Sender, selectorsOf } from './sender.ts'
import { isSpf, leadsTo, termsOf } from './spf-record.ts'
import { withParents, type Zone } from './zone.ts'

/** As `node:dns/promises` has it. */
export interface Resolver {
  resolveTxt(name: string): Promise<string[][]>
  resolveCname(name: string): Promise<string[]>
}

/** More than any record that receivers follow to its end leads to. */
const mostIncludes = 20

/** Asks for everything that the alignment of a sender is judged by. Rejects when DNS does not answer. */
export async function readZone(sender: Sender, resolver: Resolver): Promise<Zone> {
  const { domain, returnPath } = sender
  const domains = withParents(domain).filter((each) => each.includes('.'))
  const keys = selectorsOf(sender).flatMap((selector) => domains.map((each) => dkimName(selector, each)))
  const envelope = returnPath === undefined ? [] : [returnPath]
  const txt = new Map<string, readonly string[]>()
  const cname = new Map<string, string>()
  await Promise.all([
    ...[...dmarcNames(domain), ...keys].map((name) => readTxt(name, resolver, txt)),
    ...[...keys, ...envelope].map((name) => readCname(name, resolver, cname)),
    ...envelope.map((name) => readSpf(name, resolver, txt)),
  ])
  return { txt, cname }
}

/** The record of a domain, and of all that it leads to. */
async function readSpf(envelope: string, resolver: Resolver, txt: Map<string, readonly string[]>): Promise<void> {
  let names: readonly string[] = [envelope]
  for (let asked = 0; names.length > 0 && asked <= mostIncludes; asked += names.length) {
    await Promise.all(names.map((name) => readTxt(name, resolver, txt)))
    const next = names.flatMap((name) => (txt.get(name) ?? []).filter(isSpf).flatMap(domainsIn))
    names = [...new Set(next)].filter((name) => !txt.has(name))
  }
}

function domainsIn(record: string): readonly string[] {
  return termsOf(record).flatMap((term) => (typeof term === 'string' ? [] : (leadsTo(term) ?? [])))
}

async function readTxt(name: string, resolver: Resolver, txt: Map<string, readonly string[]>): Promise<void> {
  const records = await resolver.resolveTxt(name).catch(nothing)
  txt.set(
    name,
    records.map((strings) => strings.join('')),
  )
}

async function readCname(name: string, resolver: Resolver, cname: Map<string, string>): Promise<void> {
  const [target] = await resolver.resolveCname(name).catch(nothing)
  if (target !== undefined) cname.set(name, target.toLowerCase().replace(/\.$/, ''))
}

/** There is no such name, or no such record of it; anything else is no answer. */
function nothing(error: unknown): [] {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOTFOUND' || code === 'ENODATA') return []
  throw error
}
