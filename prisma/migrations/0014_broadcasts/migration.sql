-- A notification of an actor with very many followers: one row, which becomes an inbox item of each of them when he shows
-- up. It is for those who followed the actor at sent_at; it ends when it is cancelled, or old, and is deleted then.
CREATE TABLE broadcast (
  number bigint PRIMARY KEY,
  notification_id text NOT NULL,
  actor_id text NOT NULL,
  sent_at timestamptz(3) NOT NULL,
  made_at timestamptz(3) NOT NULL
);
CREATE UNIQUE INDEX broadcast_notification_idx ON broadcast (notification_id);
CREATE INDEX broadcast_actor_idx ON broadcast (actor_id, number);
CREATE INDEX broadcast_made_idx ON broadcast (made_at);

-- The number of the newest one there has been. Whoever makes a broadcast locks this row until he commits: so numbers are
-- in the order in which they can be seen.
CREATE TABLE newest_broadcast (
  id integer PRIMARY KEY CHECK (id = 1),
  number bigint NOT NULL
);
INSERT INTO newest_broadcast (id, number) VALUES (1, 0);

-- Up to which broadcast an inbox has got what is meant for it. 0: it has yet to be looked for, which takes no longer than
-- its user has follows.
ALTER TABLE inbox_head ADD COLUMN broadcast_seq bigint NOT NULL DEFAULT 0;
CREATE INDEX follow_follower_idx ON follow (follower_id, actor_id);
CREATE INDEX past_follow_follower_idx ON past_follow (follower_id, actor_id);
CREATE INDEX past_follow_ended_idx ON past_follow (ended_at);
