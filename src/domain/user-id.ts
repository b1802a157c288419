const pattern = /^[A-Za-z0-9_.:-]{1,128}$/

/** 10 to 15 digits, written together or with "-" and ".", and nothing else: what a number with its area or country is. */
const phoneNumber = /^(?:tel:)?(?:[.-]?\d){10,15}$/i

/** Why this cannot be a user id, in words that follow "must"; undefined where it can. */
export function userIdProblem(id: string): string | undefined {
  if (!pattern.test(id)) return 'be 1 to 128 of A-Z a-z 0-9 _ . : -'
  // An id is kept for as long as the logs are and goes where addresses may not: it must not be personal data itself.
  if (phoneNumber.test(id)) return 'not look like a phone number (10 to 15 digits and nothing else)'
  return undefined
}

/** Device ids are the caller's own too, and by the same rule: a push token belongs elsewhere. */
export function deviceIdProblem(id: string): string | undefined {
  return pattern.test(id) ? undefined : 'be 1 to 128 of A-Z a-z 0-9 _ . : -'
}
