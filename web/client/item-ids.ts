import { problemsError } from './inbox-error.ts'

/** What the server takes at once. */
const mostAtOnce = 100

/** Each once, in as many batches as they need. @throws InboxError `BAD_INPUT` */
export function batchesOf(ids: readonly string[]): readonly (readonly string[])[] {
  const isList = Array.isArray(ids)
  const wrong = isList ? ids.flatMap((id, index) => (typeof id === 'string' && id !== '' ? [] : [`${index}`])) : []
  if (!isList) throw problemsError('BAD_INPUT', [{ path: ['ids'], message: 'has to be a list of ids of items' }])
  if (wrong.length > 0) {
    throw problemsError(
      'BAD_INPUT',
      wrong.map((index) => ({ path: ['ids', index], message: 'has to be the id of an item' })),
    )
  }
  const each = [...new Set(ids)]
  return Array.from({ length: Math.ceil(each.length / mostAtOnce) }, (_, index) =>
    each.slice(index * mostAtOnce, (index + 1) * mostAtOnce),
  )
}
