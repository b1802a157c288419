/**
 * Where servers are, without what signs in to them: "db.internal:5432". Several are separated by commas, and an address
 * may do without its scheme.
 */
export function serverPlaces(urls: string): string {
  return urls.split(',').map(placeOf).join(', ')
}

function placeOf(url: string): string {
  return url
    .trim()
    .replace(/^[^/]*:\/\//, '')
    .replace(/^.*@/, '')
    .replace(/[/?].*$/, '')
}
