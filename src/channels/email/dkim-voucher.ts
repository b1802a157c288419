import { type DkimKey, dkimKeyOf, dkimName, isKeptBy } from './dkim.ts'
import type { DmarcRecord } from './dmarc.ts'
import { homes, type Sender, selectorsOf } from './sender.ts'
import type { Voucher } from './voucher.ts'
import { isWithin, withParents, type Zone } from './zone.ts'

/** DKIM: a signature with a key of the domain (RFC 6376). */
export function dkimVoucher(sender: Sender, zone: Zone, dmarc: DmarcRecord | undefined): Voucher {
  const { provider, domain } = sender
  const subject = `DKIM of ${domain} through ${provider}`
  const selectors = selectorsOf(sender)
  if (selectors.length === 0) {
    const found = 'the selectors are not known here'
    return { subject, counts: false, found, mend: `name them in EMAIL_DKIM_SELECTORS: "${provider}:…"` }
  }
  const lacking = selectors.flatMap((selector) => whatLacks(sender, selector, zone, dmarc) ?? [])
  const counts = lacking.length < selectors.length
  if (lacking.length === 0) return { subject, counts, found: `there are keys for ${selectors.join(', ')}` }
  const mend = counts
    ? `publish it as ${provider} shows it: mail that is signed with that key does not pass`
    : `set up ${domain} as a sending domain at ${provider}, and publish the records that it shows`
  return { subject, counts, found: lacking.join('; '), mend }
}

/** What is wrong with one key; undefined: nothing. */
function whatLacks(
  { provider, domain, selectors }: Sender,
  selector: string,
  zone: Zone,
  dmarc: DmarcRecord | undefined,
): string | undefined {
  const domains =
    dmarc?.dkim === 'relaxed' ? withParents(domain).filter((each) => isWithin(each, dmarc.organization)) : [domain]
  const keys = domains.map((each) => ({ name: dkimName(selector, each), key: dkimKeyOf(selector, each, zone) }))
  const { name, key } = keys.find((each) => each.key.kind !== 'none') ?? { name: dkimName(selector, domain), key: none }
  switch (key.kind) {
    case 'none':
      return `there is no key at ${name}`
    case 'dangling':
      return `${name} points to ${key.target}, where there is no key`
    case 'revoked':
      return `the key at ${name} is revoked`
    case 'key':
      if (key.testing) return `the key at ${name} is marked as a test, so that it does not count`
      // A selector that everybody might use is its key only if it is kept there.
      return selectors.includes(selector) || isKeptBy(key, homes[provider])
        ? undefined
        : `the key at ${name} is not kept by ${provider}`
  }
}

const none: DkimKey = { kind: 'none' }
