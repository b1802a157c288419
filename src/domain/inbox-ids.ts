import type { FieldProblem } from '../errors.ts'
import { parseInboxItemId } from './ids.ts'

const maxIds = 100

/** What is wrong with the argument `ids` of a mutation of an inbox. */
export function inboxIdProblems(ids: readonly string[]): readonly FieldProblem[] {
  if (ids.length < 1 || ids.length > maxIds) {
    return [{ path: ['ids'], code: 'COUNT', message: `must be 1 to ${maxIds} ids, not ${ids.length}` }]
  }
  return ids.flatMap((id, index) =>
    parseInboxItemId(id) === undefined
      ? [{ path: ['ids', `${index}`], code: 'BAD_ID', message: 'must be the id of an inbox item: "inb_…"' }]
      : [],
  )
}

/** The notifications of those of these items that are hers. */
export function ownNotificationIds(ids: readonly string[], userId: string): readonly string[] {
  return ids.flatMap((id) => {
    const key = parseInboxItemId(id)
    return key?.userId === userId ? [key.notificationId] : []
  })
}
