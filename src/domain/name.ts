const pattern = /^[A-Za-z0-9_.:-]{1,128}$/

/** Why this cannot be the name of a topic or a segment, in words that follow "must"; undefined where it can. */
export function nameProblem(name: string): string | undefined {
  return pattern.test(name) ? undefined : 'be 1 to 128 of A-Z a-z 0-9 _ . : -'
}
