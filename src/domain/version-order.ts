/** Whether a version, "18.4" or "2.15.1", is this one or a later one. */
export function isAtLeast(version: string, least: string): boolean {
  const [ours, theirs] = [version, least].map((each) => each.split('.').map((part) => Number.parseInt(part, 10)))
  for (const [index, wanted] of (theirs ?? []).entries()) {
    const have = ours?.[index] ?? 0
    if (have !== wanted) return have > wanted
  }
  return true
}
