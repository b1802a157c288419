/** One word of an SPF record (RFC 7208, sections 5 and 6). */
export interface SpfTerm {
  /** What it means for a sender that matches: "+" lets it pass. */
  readonly qualifier: string
  readonly name: string
  /** The domain it names, in lower case; empty where it names none. */
  readonly domain: string
}

export function isSpf(text: string): boolean {
  return /^v=spf1(\s|$)/i.test(text)
}

/** Its terms in their order; a word that is none stays what it is. */
export function termsOf(record: string): readonly (SpfTerm | string)[] {
  return record
    .trim()
    .split(/\s+/)
    .slice(1)
    .map((word) => mechanismOf(word) ?? modifierOf(word) ?? word)
}

/** What the record of another domain has to be asked for; not where its name depends on the message. */
export function leadsTo({ name, domain }: SpfTerm): string | undefined {
  return ['include', 'redirect'].includes(name) && domain !== '' && !domain.includes('%') ? domain : undefined
}

/** Section 4.6.4. */
export function takesLookup({ name }: SpfTerm): boolean {
  return ['include', 'a', 'mx', 'ptr', 'exists', 'redirect'].includes(name)
}

function mechanismOf(word: string): SpfTerm | undefined {
  const matched = /^([+\-~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::(.*?))?(?:\/[\d/]+)?$/i.exec(word)
  if (matched === null) return undefined
  const [, qualifier, name = '', value = ''] = matched
  return { qualifier: qualifier || '+', name: name.toLowerCase(), domain: domainIn(value) }
}

function modifierOf(word: string): SpfTerm | undefined {
  const [, name, value = ''] = /^([a-z][\w.-]*)=(.*)$/i.exec(word) ?? []
  return name === undefined ? undefined : { qualifier: '+', name: name.toLowerCase(), domain: domainIn(value) }
}

function domainIn(value: string): string {
  return value.toLowerCase().replace(/\.$/, '')
}
