/** What DNS says, by name. Of a name that was asked and has no such record there is an empty list, or nothing. */
export interface Zone {
  /** The strings of a TXT record belong together (RFC 7208, section 3.3): each record is one text. */
  readonly txt: ReadonlyMap<string, readonly string[]>
  /** Where a name is an alias for another. */
  readonly cname: ReadonlyMap<string, string>
}

export function textsOf({ txt }: Zone, name: string): readonly string[] {
  return txt.get(name.toLowerCase()) ?? []
}

/** Whether a name is this domain or lies below it. */
export function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`)
}

/** "a.b.example.com" → itself, "b.example.com", "example.com", "com". */
export function withParents(domain: string): readonly string[] {
  const labels = domain.split('.')
  return labels.map((_, index) => labels.slice(index).join('.'))
}

/** "v=DMARC1; p=none" → v and p. Names are in lower case; of those that are there twice the first counts. */
export function tagsOf(text: string): ReadonlyMap<string, string> {
  const tags = text.split(';').flatMap((part): [string, string][] => {
    const at = part.indexOf('=')
    return at < 0 ? [] : [[part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()]]
  })
  return new Map(tags.reverse())
}
