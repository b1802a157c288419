/*
 * Links come from templates, data and callers, and end up in href and src of the apps and of the inbox component.
 */

/** Schemes that run or carry content instead of leading to it. Apps have schemes of their own, so others are allowed. */
const refusedSchemes = new Set(['javascript', 'vbscript', 'data', 'blob', 'file', 'about'])

/** The link without surrounding space; undefined for none, and for one that nobody may follow. */
export function safeLink(url: string): string | undefined {
  const scheme = schemeOf(url)
  return scheme !== undefined && refusedSchemes.has(scheme) ? undefined : url.trim() || undefined
}

/** Images are fetched by push providers, devices and browsers: over http(s), or relative to the app. */
export function safeImage(url: string): string | undefined {
  const scheme = schemeOf(url)
  return scheme === undefined || scheme === 'https' || scheme === 'http' ? url.trim() || undefined : undefined
}

function schemeOf(url: string): string | undefined {
  // Browsers ignore control characters and space here: "java\nscript:" is a scheme (URL Standard, section 4.4).
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(url.replace(/[\p{Cc}\s]/gu, '')) ?? []
  return scheme?.toLowerCase()
}
