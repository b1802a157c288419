-- What has not changed since it came is found by created_seq: an item costs one index less to write.
CREATE INDEX inbox_item_later_idx ON inbox_item (user_id, changed_seq) WHERE changed_seq > created_seq;
DROP INDEX inbox_item_changed_idx;
