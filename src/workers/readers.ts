import type { Notification } from '../domain/notification.ts'
import type { Database } from '../store/database.ts'
import { compiledVersion } from './content.ts'

const nobody: ReadonlySet<string> = new Set()

/** Who has read it in the inbox, where its template says that this is enough; for other templates nothing is asked. */
export async function readersOf(
  database: Database,
  { id, template, templateVersion }: Notification,
  userIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { readCancelsOthers } = await compiledVersion(database, template, templateVersion)
  if (!readCancelsOthers) return nobody
  const read = await database.log.areRead(userIds.map((userId) => ({ notificationId: id, userId })))
  return new Set(userIds.filter((_userId, index) => read[index]))
}
