/**
 * Where a link may lead: web pages, ours or others'. Undefined for everything else (`javascript:`, `data:`, an app's own
 * scheme): what the page makes of those is the page's to say.
 */
export function safeLink(link: string | null, base: string): URL | undefined {
  if (link === null || link.trim() === '') return undefined
  const url = URL.parse(link, base)
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url : undefined
}
