const known: ReadonlySet<string> = new Set(Intl.supportedValuesOf('timeZone'))

/** A name of the IANA database, links such as "Asia/Calcutta" and "UTC" too; no offsets. */
export function isTimeZone(text: string): boolean {
  if (known.has(text)) return true
  // ECMA-402 takes "+01:00" as well.
  if (!/^[A-Za-z]/.test(text)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** A well-formed BCP 47 tag. RFC 5646, 4.4.1: 35 characters hold every tag that is not a private joke. */
export function isLocale(text: string): boolean {
  if (text.length > 35) return false
  try {
    return Intl.getCanonicalLocales(text).length === 1
  } catch {
    return false
  }
}
