/** Limits on JSON that somebody else made. */
export interface JsonLimits {
  /** Of its JSON text in UTF-8. */
  readonly maxBytes: number
  /** 1 for an object of plain values. */
  readonly maxDepth: number
}

/** Why PostgreSQL cannot or should not hold this JSON value, in words that follow "must"; undefined where it can. */
export function jsonProblem(value: unknown, { maxBytes, maxDepth }: JsonLimits): string | undefined {
  // First: JSON.stringify of a value nested deeply enough overflows the stack.
  if (depthBeyond(value, maxDepth)) return `not be nested deeper than ${maxDepth}`
  if (!isStorable(value)) return 'not contain the character U+0000, nor half a surrogate pair'
  if (Buffer.byteLength(JSON.stringify(value) ?? '') > maxBytes) return `be at most ${maxBytes} bytes of JSON`
  return undefined
}

/** Whether PostgreSQL can hold this text: it refuses U+0000 in any text, and lone surrogates in jsonb. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value)
  if (Array.isArray(value)) return value.every(isStorable)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, each]) => isStorableText(key) && isStorable(each))
}

function depthBeyond(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return left === 0 || Object.values(value).some((each) => depthBeyond(each, left - 1))
}
