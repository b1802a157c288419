/** Whether lists and objects are within each other more than `limit` deep. Does not go deeper than that itself. */
export function nestsDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (limit === 0) return true
  return Object.values(value).some((inner) => nestsDeeperThan(inner, limit - 1))
}
