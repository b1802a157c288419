import { isWithin, tagsOf, textsOf, type Zone } from './zone.ts'

/** What DNS has below `<selector>._domainkey.<domain>` (RFC 6376). */
export type DkimKey =
  | { readonly kind: 'none' }
  /** An alias for a name where there is no key. */
  | { readonly kind: 'dangling'; readonly target: string }
  | { readonly kind: 'revoked' }
  /** `target`: where the key really is. `testing`: receivers are to take a signature for none. */
  | { readonly kind: 'key'; readonly target: string | undefined; readonly testing: boolean }

export function dkimName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`
}

export function dkimKeyOf(selector: string, domain: string, zone: Zone): DkimKey {
  const name = dkimName(selector, domain)
  const target = zone.cname.get(name)
  const tags = textsOf(zone, name)
    .map(tagsOf)
    .find((each) => each.has('p'))
  if (tags === undefined) return target === undefined ? { kind: 'none' } : { kind: 'dangling', target }
  if (tags.get('p') === '') return { kind: 'revoked' }
  return { kind: 'key', target, testing: (tags.get('t') ?? '').split(':').includes('y') }
}

/** Whether the key is kept by the provider that `home` belongs to. */
export function isKeptBy(key: DkimKey, home: string | undefined): boolean {
  return key.kind === 'key' && key.target !== undefined && home !== undefined && isWithin(key.target, home)
}
