/** What a push says that shows nothing and has the app take others away, by their collapse ids. undefined: it is no such push. */
export function clears(ids: unknown): string | undefined {
  return Array.isArray(ids) && ids.length > 0 ? `clears ${ids.join(' ')}` : undefined
}
