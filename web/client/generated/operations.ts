/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { Operation } from '../operation.ts'
export type CategoryPreferenceInput = {
  /** 1 to 128 of `A-Z a-z 0-9 _ . : -`; also one that no template has yet. */
  readonly category: string;
  /** null: every channel, those too that something else was said of before. What the same input says of one channel holds for that one. */
  readonly channel?: Channel | null | undefined;
  /** null: back to the default. */
  readonly enabled?: boolean | null | undefined;
};

/** How a notification reaches a person. */
export type Channel =
  | 'EMAIL'
  /** The live inbox. */
  | 'IN_APP'
  /** APNs and FCM. */
  | 'PUSH'
  | 'SMS';

export type ChannelPreferenceInput = {
  readonly channel: Channel;
  readonly enabled: boolean;
};

export type QuietHoursInput = {
  /** The days on which the window begins. Default: every day. */
  readonly days?: ReadonlyArray<Weekday> | null | undefined;
  /** `07:30`; before `start`: the next day; the same: no quiet hours. */
  readonly end: string;
  /** `22:00` */
  readonly start: string;
};

/** Who may wait for whom. */
export type Tier =
  /** Waits for everything else. */
  | 'MARKETING'
  /** Likes, follows, mentions. */
  | 'SOCIAL'
  /** One-time codes, receipts: never waits for anything else. */
  | 'TRANSACTIONAL';

/** What is left out stays as it is. */
export type UpdatePreferencesInput = {
  /** Those that are to change: at most 200 at once. */
  readonly categories?: ReadonlyArray<CategoryPreferenceInput> | null | undefined;
  /** The dearest first, IN_APP among them; those left out come last. null: the default order. */
  readonly channelOrder?: ReadonlyArray<Channel> | null | undefined;
  /** Those that are to change. */
  readonly channels?: ReadonlyArray<ChannelPreferenceInput> | null | undefined;
  /** BCP 47: `pt-BR`. null: her callers', else en. */
  readonly locale?: string | null | undefined;
  /** null: none. */
  readonly quietHours?: QuietHoursInput | null | undefined;
  /** IANA: `Europe/Berlin`. null: her callers', else UTC. */
  readonly timeZone?: string | null | undefined;
  /** Callers only; a viewer changes her own. */
  readonly userId?: string | null | undefined;
};

export type Weekday =
  | 'FRIDAY'
  | 'MONDAY'
  | 'SATURDAY'
  | 'SUNDAY'
  | 'THURSDAY'
  | 'TUESDAY'
  | 'WEDNESDAY';

export type InboxEventsSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  categories: boolean;
}>;


export type InboxEventsSubscription = { readonly inboxEvents:
    | { readonly __typename: 'InboxAllRead', readonly before: string, readonly cursor: string, readonly unreadCount: number, readonly viewer?: { readonly unreadByCategory: ReadonlyArray<{ readonly category: string, readonly count: number }> } }
    | { readonly __typename: 'InboxItemAdded', readonly cursor: string, readonly unreadCount: number, readonly item: { readonly id: string, readonly notificationId: string, readonly tier: Tier, readonly category: string, readonly title: string, readonly body: string, readonly imageUrl: string | null, readonly deepLink: string | null, readonly data: unknown, readonly sentAt: string, readonly readAt: string | null, readonly archivedAt: string | null, readonly actions: ReadonlyArray<{ readonly id: string, readonly title: string, readonly deepLink: string | null }> }, readonly viewer?: { readonly unreadByCategory: ReadonlyArray<{ readonly category: string, readonly count: number }> } }
    | { readonly __typename: 'InboxItemsChanged', readonly cursor: string, readonly unreadCount: number, readonly items: ReadonlyArray<{ readonly id: string, readonly notificationId: string, readonly tier: Tier, readonly category: string, readonly title: string, readonly body: string, readonly imageUrl: string | null, readonly deepLink: string | null, readonly data: unknown, readonly sentAt: string, readonly readAt: string | null, readonly archivedAt: string | null, readonly actions: ReadonlyArray<{ readonly id: string, readonly title: string, readonly deepLink: string | null }> }>, readonly viewer?: { readonly unreadByCategory: ReadonlyArray<{ readonly category: string, readonly count: number }> } }
    | { readonly __typename: 'InboxItemsRemoved', readonly itemIds: ReadonlyArray<string>, readonly cursor: string, readonly unreadCount: number, readonly viewer?: { readonly unreadByCategory: ReadonlyArray<{ readonly category: string, readonly count: number }> } }
    | { readonly __typename: 'InboxReady', readonly cursor: string, readonly unreadCount: number, readonly viewer?: { readonly unreadByCategory: ReadonlyArray<{ readonly category: string, readonly count: number }> } }
    | { readonly __typename: 'InboxResync', readonly reason: string, readonly cursor: string, readonly unreadCount: number, readonly viewer?: { readonly unreadByCategory: ReadonlyArray<{ readonly category: string, readonly count: number }> } }
   };

export type InboxItemFieldsFragment = { readonly id: string, readonly notificationId: string, readonly tier: Tier, readonly category: string, readonly title: string, readonly body: string, readonly imageUrl: string | null, readonly deepLink: string | null, readonly data: unknown, readonly sentAt: string, readonly readAt: string | null, readonly archivedAt: string | null, readonly actions: ReadonlyArray<{ readonly id: string, readonly title: string, readonly deepLink: string | null }> };

export type InboxQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  categories: boolean;
}>;


export type InboxQuery = { readonly viewer: { readonly userId: string, readonly unreadCount: number, readonly unreadByCategory?: ReadonlyArray<{ readonly category: string, readonly count: number }>, readonly inbox: { readonly eventsCursor: string, readonly nodes: ReadonlyArray<{ readonly id: string, readonly notificationId: string, readonly tier: Tier, readonly category: string, readonly title: string, readonly body: string, readonly imageUrl: string | null, readonly deepLink: string | null, readonly data: unknown, readonly sentAt: string, readonly readAt: string | null, readonly archivedAt: string | null, readonly actions: ReadonlyArray<{ readonly id: string, readonly title: string, readonly deepLink: string | null }> }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } } };

export type MarkReadMutationVariables = Exact<{
  ids: ReadonlyArray<string> | string;
}>;


export type MarkReadMutation = { readonly marked:
    | { readonly __typename: 'InboxItemsPayload' }
    | { readonly __typename: 'InvalidInput', readonly message: string, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly code: string, readonly message: string }> }
   };

export type MarkUnreadMutationVariables = Exact<{
  ids: ReadonlyArray<string> | string;
}>;


export type MarkUnreadMutation = { readonly marked:
    | { readonly __typename: 'InboxItemsPayload' }
    | { readonly __typename: 'InvalidInput', readonly message: string, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly code: string, readonly message: string }> }
   };

export type ArchiveMutationVariables = Exact<{
  ids: ReadonlyArray<string> | string;
}>;


export type ArchiveMutation = { readonly marked:
    | { readonly __typename: 'InboxItemsPayload' }
    | { readonly __typename: 'InvalidInput', readonly message: string, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly code: string, readonly message: string }> }
   };

export type UnarchiveMutationVariables = Exact<{
  ids: ReadonlyArray<string> | string;
}>;


export type UnarchiveMutation = { readonly marked:
    | { readonly __typename: 'InboxItemsPayload' }
    | { readonly __typename: 'InvalidInput', readonly message: string, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly code: string, readonly message: string }> }
   };

export type MarkAllReadMutationVariables = Exact<{
  before?: string | null | undefined;
}>;


export type MarkAllReadMutation = { readonly markAllRead: { readonly before: string } };

type Marked_InboxItemsPayload_Fragment = { readonly __typename: 'InboxItemsPayload' };

type Marked_InvalidInput_Fragment = { readonly __typename: 'InvalidInput', readonly message: string, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly code: string, readonly message: string }> };

export type MarkedFragment =
  | Marked_InboxItemsPayload_Fragment
  | Marked_InvalidInput_Fragment
;

export type PreferencesQueryVariables = Exact<{ [key: string]: never; }>;


export type PreferencesQuery = { readonly viewer: { readonly preferences: { readonly timeZone: string, readonly locale: string, readonly channelOrder: ReadonlyArray<Channel>, readonly hardStop: boolean, readonly channels: ReadonlyArray<{ readonly channel: Channel, readonly enabled: boolean }>, readonly categories: ReadonlyArray<{ readonly category: string, readonly channel: Channel | null, readonly enabled: boolean }>, readonly quietHours: { readonly start: string, readonly end: string, readonly days: ReadonlyArray<Weekday> } | null } } };

export type UpdatePreferencesMutationVariables = Exact<{
  input: UpdatePreferencesInput;
}>;


export type UpdatePreferencesMutation = { readonly updatePreferences:
    | { readonly __typename: 'InvalidInput', readonly message: string, readonly fields: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly code: string, readonly message: string }> }
    | { readonly __typename: 'NotFound', readonly message: string }
    | { readonly __typename: 'Preferences', readonly timeZone: string, readonly locale: string, readonly channelOrder: ReadonlyArray<Channel>, readonly hardStop: boolean, readonly channels: ReadonlyArray<{ readonly channel: Channel, readonly enabled: boolean }>, readonly categories: ReadonlyArray<{ readonly category: string, readonly channel: Channel | null, readonly enabled: boolean }>, readonly quietHours: { readonly start: string, readonly end: string, readonly days: ReadonlyArray<Weekday> } | null }
   };

export type PreferencesFieldsFragment = { readonly timeZone: string, readonly locale: string, readonly channelOrder: ReadonlyArray<Channel>, readonly hardStop: boolean, readonly channels: ReadonlyArray<{ readonly channel: Channel, readonly enabled: boolean }>, readonly categories: ReadonlyArray<{ readonly category: string, readonly channel: Channel | null, readonly enabled: boolean }>, readonly quietHours: { readonly start: string, readonly end: string, readonly days: ReadonlyArray<Weekday> } | null };

export const inboxEventsSubscription: Operation<InboxEventsSubscription, InboxEventsSubscriptionVariables> = { query: "subscription InboxEvents($after: String, $categories: Boolean!) { inboxEvents(after: $after) { __typename cursor unreadCount viewer @include(if: $categories) { unreadByCategory { category count } } ... on InboxItemAdded { item { ...InboxItemFields } } ... on InboxItemsChanged { items { ...InboxItemFields } } ... on InboxItemsRemoved { itemIds } ... on InboxAllRead { before } ... on InboxResync { reason } } } fragment InboxItemFields on InboxItem { id notificationId tier category title body imageUrl deepLink actions { id title deepLink } data sentAt readAt archivedAt }" }
export const inboxQuery: Operation<InboxQuery, InboxQueryVariables> = { query: "query Inbox($first: Int!, $after: String, $categories: Boolean!) { viewer { userId unreadCount unreadByCategory @include(if: $categories) { category count } inbox(first: $first, after: $after) { nodes { ...InboxItemFields } pageInfo { hasNextPage endCursor } eventsCursor } } } fragment InboxItemFields on InboxItem { id notificationId tier category title body imageUrl deepLink actions { id title deepLink } data sentAt readAt archivedAt }" }
export const markReadMutation: Operation<MarkReadMutation, MarkReadMutationVariables> = { query: "mutation MarkRead($ids: [ID!]!) { marked: markRead(ids: $ids) { ...Marked } } fragment Marked on InboxItemsResult { __typename ... on InvalidInput { message fields { path code message } } }" }
export const markUnreadMutation: Operation<MarkUnreadMutation, MarkUnreadMutationVariables> = { query: "mutation MarkUnread($ids: [ID!]!) { marked: markUnread(ids: $ids) { ...Marked } } fragment Marked on InboxItemsResult { __typename ... on InvalidInput { message fields { path code message } } }" }
export const archiveMutation: Operation<ArchiveMutation, ArchiveMutationVariables> = { query: "mutation Archive($ids: [ID!]!) { marked: archive(ids: $ids) { ...Marked } } fragment Marked on InboxItemsResult { __typename ... on InvalidInput { message fields { path code message } } }" }
export const unarchiveMutation: Operation<UnarchiveMutation, UnarchiveMutationVariables> = { query: "mutation Unarchive($ids: [ID!]!) { marked: unarchive(ids: $ids) { ...Marked } } fragment Marked on InboxItemsResult { __typename ... on InvalidInput { message fields { path code message } } }" }
export const markAllReadMutation: Operation<MarkAllReadMutation, MarkAllReadMutationVariables> = { query: "mutation MarkAllRead($before: DateTime) { markAllRead(before: $before) { before } }" }
export const preferencesQuery: Operation<PreferencesQuery, PreferencesQueryVariables> = { query: "query Preferences { viewer { preferences { ...PreferencesFields } } } fragment PreferencesFields on Preferences { timeZone locale channelOrder channels { channel enabled } categories { category channel enabled } quietHours { start end days } hardStop }" }
export const updatePreferencesMutation: Operation<UpdatePreferencesMutation, UpdatePreferencesMutationVariables> = { query: "mutation UpdatePreferences($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { __typename ... on Preferences { ...PreferencesFields } ... on RequestError { message } ... on InvalidInput { fields { path code message } } } } fragment PreferencesFields on Preferences { timeZone locale channelOrder channels { channel enabled } categories { category channel enabled } quietHours { start end days } hardStop }" }