import type { Channel, Weekday } from '../client/generated/operations.ts'
import type { InboxErrorCode } from '../client/index.ts'

export const channels: readonly Channel[] = ['IN_APP', 'PUSH', 'EMAIL', 'SMS']

export const weekdays: readonly Weekday[] = [
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
  'SUNDAY',
]

/** Everything that the component says, besides what comes from the server and what `Intl` knows. */
export interface Words {
  readonly title: string
  readonly bell: (unread: number, shown: string) => string
  readonly all: string
  readonly unread: string
  readonly markAllRead: string
  readonly markRead: string
  readonly markUnread: string
  readonly archive: string
  readonly archived: string
  readonly undo: string
  readonly close: string
  readonly loading: string
  readonly end: string
  readonly empty: string
  readonly emptyHint: string
  readonly allRead: string
  readonly allReadHint: string
  readonly offline: string
  readonly offlineHint: string
  readonly failed: string
  readonly reasons: Readonly<Partial<Record<InboxErrorCode, string>>>
  readonly tryAgain: string
  readonly notSaved: string
  readonly added: (count: number, title: string) => string
  readonly preferences: string
  readonly back: string
  readonly saved: string
  readonly channelsTitle: string
  readonly channels: Readonly<Record<Channel, string>>
  readonly categoriesTitle: string
  readonly quietHours: string
  readonly quietHoursHint: string
  readonly from: string
  readonly until: string
  readonly days: string
  readonly clockOf: (timeZone: string) => string
  readonly hardStop: string
}

export const english: Words = {
  title: 'Notifications',
  bell: (unread, shown) => (unread === 0 ? 'Notifications' : `Notifications, ${shown} unread`),
  all: 'All',
  unread: 'Unread',
  markAllRead: 'Mark all as read',
  markRead: 'Mark as read',
  markUnread: 'Mark as unread',
  archive: 'Archive',
  archived: 'Archived',
  undo: 'Undo',
  close: 'Close',
  loading: 'Loading …',
  end: 'That is everything',
  empty: 'Nothing here yet',
  emptyHint: 'What happens will show up here, by itself.',
  allRead: 'All caught up',
  allReadHint: 'You have read everything.',
  offline: 'You are offline',
  offlineHint: 'What you change is kept, and sent as soon as you are back.',
  failed: 'Your notifications cannot be shown',
  reasons: {
    UNAUTHENTICATED: 'You are signed out. Sign in again.',
    FORBIDDEN: 'This account has no inbox.',
  },
  tryAgain: 'Try again',
  notSaved: 'That could not be saved.',
  added: (count, title) => (count === 1 ? `New notification: ${title}` : `${count} new notifications`),
  preferences: 'Preferences',
  back: 'Back to notifications',
  saved: 'Saved',
  channelsTitle: 'Where you are told',
  channels: { IN_APP: 'Inbox', PUSH: 'Push', EMAIL: 'E-mail', SMS: 'SMS' },
  categoriesTitle: 'What you are told of',
  quietHours: 'Quiet hours',
  quietHoursHint: 'Push and SMS wait until they are over',
  from: 'From',
  until: 'until',
  days: 'Beginning on',
  clockOf: (timeZone) => `By the clock of ${timeZone.replaceAll('_', ' ')}`,
  hardStop: 'You have stopped all notifications. Ask support to start them again.',
}
