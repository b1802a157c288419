import { parseDeliveryId } from '../domain/ids.ts'
import { isStorableText } from '../domain/json-value.ts'

/** One of our delivery ids; undefined for what others have sent through the same account, and for anything else. */
export function ourDeliveryId(text: string | undefined | null): string | undefined {
  const isOurs = typeof text === 'string' && text.length <= 256 && isStorableText(text) && parseDeliveryId(text)
  return isOurs ? text : undefined
}

/** A provider's words as one short word: `Spam Content` is `spam_content`. Null where nothing is left. */
export function codeOf(...words: readonly (string | undefined | null)[]): string | null {
  const code = words
    .map((word) => (word ?? '').toLowerCase().replaceAll(/[^a-z0-9.]+/g, '_'))
    .join('_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 64)
  return code === '' ? null : code
}
