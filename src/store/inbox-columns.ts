/** The columns of an item, named as {@link InboxItem} names them. Sequences stay far below 2^53. */
export const inboxItemColumns = `
  inbox_item.user_id AS "userId", inbox_item.notification_id AS "notificationId",
  inbox_item.created_seq::float8 AS "createdSeq", inbox_item.changed_seq::float8 AS "changedSeq",
  inbox_item.tier, inbox_item.category, inbox_item.title, inbox_item.body, inbox_item.image_url AS "imageUrl",
  inbox_item.deep_link AS "deepLink", inbox_item.actions, inbox_item.data, inbox_item.sent_at AS "sentAt",
  inbox_item.read_at AS "readAt", inbox_item.archived_at AS "archivedAt"`
