import { isWithin, tagsOf, textsOf, withParents, type Zone } from './zone.ts'

export type Mode = 'relaxed' | 'strict'

/** The DMARC record that holds for a domain (RFC 9989). */
export type Dmarc =
  | { readonly kind: 'none' }
  | { readonly kind: 'broken'; readonly found: string; readonly mend: string }
  | {
      readonly kind: 'read'
      /** Whose record it is: the domain itself or one above it. */
      readonly of: string
      /** What it asks receivers to do with mail of this domain that fails: "none", "quarantine", "reject". */
      readonly policy: string
      readonly spf: Mode
      readonly dkim: Mode
      /** The domain of the whole organization: relaxed alignment is with anything in it. */
      readonly organization: string
    }

export type DmarcRecord = Extract<Dmarc, { kind: 'read' }>

/** So many names are asked for at most: the domain itself, and the topmost of those above it. */
const mostQueries = 8

/** The names of which DNS has to be asked, from the domain upwards. */
export function dmarcNames(domain: string): readonly string[] {
  return walk(domain).map(nameOf)
}

export function dmarcOf(domain: string, zone: Zone): Dmarc {
  const own = recordsAt(domain, zone)
  if (own.length > 1)
    return {
      kind: 'broken',
      found: `${nameOf(domain)} has ${own.length} DMARC records, which counts as none`,
      mend: 'remove all but one',
    }
  const found = walk(domain).flatMap((of) => {
    const [record, ...others] = recordsAt(of, zone)
    return record === undefined || others.length > 0 ? [] : [{ of, tags: tagsOf(record) }]
  })
  const organization = organizationOf(domain, found)
  const holds = [domain, organization].map((of) => found.find((each) => each.of === of)).find(Boolean) ?? found.at(-1)
  if (holds === undefined) return { kind: 'none' }
  const { of, tags } = holds
  const policy = ((of === domain ? undefined : tags.get('sp')) ?? tags.get('p') ?? '').toLowerCase()
  if (!['none', 'quarantine', 'reject'].includes(policy))
    return {
      kind: 'broken',
      found: `the DMARC record at ${nameOf(of)} has no policy`,
      mend: 'add "p=none", "p=quarantine" or "p=reject" to it',
    }
  return { kind: 'read', of, policy, spf: modeOf(tags.get('aspf')), dkim: modeOf(tags.get('adkim')), organization }
}

/** Whether mail of `from` that is vouched for by `domain` counts as its own. */
export function isAlignedWith(domain: string, from: string, mode: Mode, organization: string): boolean {
  return mode === 'strict' ? domain === from : isWithin(domain, organization) && isWithin(from, organization)
}

function walk(domain: string): readonly string[] {
  const [own = domain, ...parents] = withParents(domain)
  return [own, ...parents.slice(-(mostQueries - 1))]
}

function nameOf(domain: string): string {
  return `_dmarc.${domain}`
}

function recordsAt(domain: string, zone: Zone): readonly string[] {
  return textsOf(zone, nameOf(domain)).filter((text) => /^v\s*=\s*DMARC1\s*(;|$)/.test(text))
}

function modeOf(tag: string | undefined): Mode {
  return tag?.toLowerCase() === 's' ? 'strict' : 'relaxed'
}

/** Of the first that says it is one, else the one below a public suffix that says so, else the topmost with a record. */
function organizationOf(
  domain: string,
  found: readonly { readonly of: string; readonly tags: ReadonlyMap<string, string> }[],
): string {
  const marked = found.find(({ of, tags }) => tags.get('psd') === 'n' || (tags.get('psd') === 'y' && of !== domain))
  if (marked?.tags.get('psd') === 'n') return marked.of
  if (marked === undefined) return found.at(-1)?.of ?? domain
  const parents = withParents(domain)
  return parents[parents.indexOf(marked.of) - 1] ?? domain
}
