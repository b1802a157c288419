import { isSpf, leadsTo, type SpfTerm, takesLookup, termsOf } from './spf-record.ts'
import { textsOf, type Zone } from './zone.ts'

/** What the SPF record of a domain comes to, with everything that it includes (RFC 7208). */
export type Spf =
  | { readonly kind: 'none' }
  /** Receivers make an error of it. */
  | { readonly kind: 'broken'; readonly found: string; readonly mend: string }
  /** `permits`: whose servers may send, by the names in the record. `everyone`: and so may all others. */
  | { readonly kind: 'read'; readonly permits: readonly string[]; readonly everyone: boolean }

/** Section 4.6.4. */
const mostLookups = 10

export function spfOf(domain: string, zone: Zone): Spf {
  const records = spfTexts(domain, zone)
  if (records.length === 0) return { kind: 'none' }
  return follow(domain, zone, { made: 0 })
}

function follow(domain: string, zone: Zone, lookups: { made: number }): Exclude<Spf, { kind: 'none' }> {
  const [record, ...others] = spfTexts(domain, zone)
  if (record === undefined)
    return broken(`the SPF record leads to ${domain}, which has none`, 'correct that name, or remove it')
  if (others.length > 0)
    return broken(`${domain} has ${others.length + 1} SPF records, which is an error`, 'make one record of them')
  const terms = termsOf(record)
  const permits: string[] = []
  let everyone = false
  for (const term of reached(terms)) {
    if (typeof term === 'string')
      return broken(`the SPF record of ${domain} has "${term}", which means nothing`, 'correct it, or remove it')
    if (takesLookup(term)) lookups.made += 1
    if (lookups.made > mostLookups)
      return broken(
        `the SPF record takes more than ${mostLookups} DNS lookups, which is an error`,
        'remove what sends no mail any more, or give services envelope domains of their own',
      )
    const passes = term.qualifier === '+'
    if (passes && term.name === 'all') everyone = true
    if (passes && takesLookup(term)) permits.push(term.domain || domain)
    const next = leadsTo(term)
    const found = next === undefined ? undefined : follow(next, zone, lookups)
    if (found?.kind === 'broken') return found
    if (passes && found !== undefined) {
      permits.push(...found.permits)
      everyone ||= found.everyone
    }
  }
  return { kind: 'read', permits, everyone }
}

/** Nothing is reached behind "all"; a redirect is the last thing, and is nothing beside an "all". */
function reached(terms: readonly (SpfTerm | string)[]): readonly (SpfTerm | string)[] {
  const isNamed = (name: string) => (term: SpfTerm | string) => typeof term !== 'string' && term.name === name
  const all = terms.findIndex(isNamed('all'))
  const redirect = terms.find(isNamed('redirect'))
  const others = terms.filter((term) => term !== redirect)
  if (all >= 0) return others.slice(0, others.findIndex(isNamed('all')) + 1)
  return redirect === undefined ? others : [...others, redirect]
}

function spfTexts(domain: string, zone: Zone): readonly string[] {
  return textsOf(zone, domain).filter(isSpf)
}

function broken(found: string, mend: string): Extract<Spf, { kind: 'broken' }> {
  return { kind: 'broken', found, mend }
}
