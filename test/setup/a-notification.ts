import { randomBytes } from 'node:crypto'
import { ulid } from 'ulid'
import { notificationId } from '../../src/domain/ids.ts'
import type { NewNotification } from '../../src/store/notifications.ts'

/** An accepted notification of a template with every channel; only what matters need be said. */
export function aNewNotification(change: Partial<NewNotification> = {}): NewNotification {
  const now = new Date()
  return {
    id: notificationId(ulid()),
    callerId: `clr_${randomBytes(8).toString('hex')}`,
    tier: 'SOCIAL',
    category: 'social.like',
    template: 'test',
    templateVersion: 1,
    data: { name: 'Ada' },
    secret: null,
    audience: { userIds: ['ada'] },
    channels: ['IN_APP', 'PUSH', 'EMAIL', 'SMS'],
    routing: 'EVERY',
    collapseKey: null,
    push: null,
    state: 'ACCEPTED',
    createdAt: now,
    sendAt: null,
    expiresAt: new Date(now.getTime() + 3_600_000),
    dueAt: new Date(now.getTime() + 5000),
    ...change,
  }
}
