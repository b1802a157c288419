import { ulid } from 'ulid'
import { notificationId } from '../../src/domain/ids.ts'
import type { Database } from '../../src/store/database.ts'
import type { ChangedHead, NewInboxItem } from '../../src/store/inbox-write.ts'

export function aNewItem(parts: Partial<NewInboxItem> & Pick<NewInboxItem, 'userId'>): NewInboxItem {
  return {
    notificationId: notificationId(ulid()),
    tier: 'SOCIAL',
    category: 'social.like',
    title: 'Ada liked your post',
    body: 'Have a look',
    actions: [],
    sentAt: new Date('2026-11-22T10:00:00.000Z'),
    ...parts,
  }
}

/** Adds items as one page would. */
export function addItems(
  { log }: Pick<Database, 'log'>,
  ...items: readonly NewInboxItem[]
): Promise<readonly ChangedHead[]> {
  return log.commit((_client, writes) => writes.addInboxItems(items))
}

/** Adds that many items to one inbox, one after the other, and returns their notifications, oldest first. */
export async function fillInbox(
  database: Pick<Database, 'log'>,
  userId: string,
  count: number,
  parts: Partial<NewInboxItem> = {},
): Promise<readonly string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) {
    const item = aNewItem({ userId, ...parts })
    await addItems(database, item)
    ids.push(item.notificationId)
  }
  return ids
}
