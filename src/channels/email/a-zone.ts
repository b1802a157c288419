import type { Resolver } from './read-zone.ts'
import type { Sender } from './sender.ts'
import type { Zone } from './zone.ts'

/** For tests: the records of a domain that is well set up at SendGrid. */
export const wellSetUp: Records = {
  'example.com': 'TXT v=spf1 include:_spf.mail.example ~all',
  '_spf.mail.example': 'TXT v=spf1 ip4:192.0.2.0/24 -all',
  '_dmarc.example.com': 'TXT v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com',
  's1._domainkey.example.com': 'CNAME s1.domainkey.u1234.wl.sendgrid.net',
  's1.domainkey.u1234.wl.sendgrid.net': 'TXT k=rsa; t=s; p=MIGfMA0GCSqGSIb3',
  's2._domainkey.example.com': 'CNAME s2.domainkey.u1234.wl.sendgrid.net',
  's2.domainkey.u1234.wl.sendgrid.net': 'TXT k=rsa; t=s; p=MIGfMA0GCSqGSIb4',
  'em1234.example.com': 'CNAME u1234.wl.sendgrid.net',
  'u1234.wl.sendgrid.net': 'TXT v=spf1 ip4:198.51.100.7 -all',
}

/** By name: "TXT …" or "CNAME …"; several are a list. */
export type Records = Readonly<Record<string, string | readonly string[] | undefined>>

export function aZone(records: Records): Zone {
  const names = Object.keys(records)
  return {
    txt: new Map(names.map((name) => [name, textsAt(records, name)])),
    cname: new Map(names.flatMap((name) => targetsAt(records, name).map((target) => [name, target]))),
  }
}

/** DNS that has these records, and what it was asked for. */
export function aResolver(records: Records): Resolver & { readonly asked: string[] } {
  const asked: string[] = []
  const answer = async <T>(question: string, found: readonly T[]): Promise<T[]> => {
    asked.push(question)
    if (found.length === 0) throw Object.assign(new Error(question), { code: 'ENODATA' })
    return [...found]
  }
  return {
    asked,
    resolveTxt: (name) => answer(`TXT ${name}`, textsAt(records, name).map(inStrings)),
    resolveCname: (name) => answer(`CNAME ${name}`, targetsAt(records, name)),
  }
}

export function aSender(parts: Partial<Sender> = {}): Sender {
  return {
    provider: 'sendgrid',
    domain: 'example.com',
    server: 'api.sendgrid.com',
    returnPath: undefined,
    selectors: [],
    ...parts,
  }
}

/** DNS follows an alias before it answers. */
function textsAt(records: Records, name: string): string[] {
  const [target] = targetsAt(records, name)
  return target === undefined ? ofType(records, name, 'TXT') : textsAt(records, target)
}

function targetsAt(records: Records, name: string): string[] {
  return ofType(records, name, 'CNAME')
}

function ofType(records: Records, name: string, type: string): string[] {
  const found = [records[name] ?? []].flat()
  return found.filter((each) => each.startsWith(`${type} `)).map((each) => each.slice(type.length + 1))
}

/** As long records come: in pieces that mean nothing by themselves. */
function inStrings(text: string): string[] {
  return [text.slice(0, 20), text.slice(20)]
}
