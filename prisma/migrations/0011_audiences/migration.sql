-- Who follows whom now. Its key is what a fan-out walks: the instant is in it, so that a page reads the index alone.
CREATE TABLE follow (
  actor_id text NOT NULL,
  follower_id text NOT NULL,
  notify boolean NOT NULL,
  followed_at timestamptz(3) NOT NULL,
  PRIMARY KEY (actor_id, follower_id) INCLUDE (followed_at)
);
-- Who followed whom, and when: with the rows of follow, every interval there has been.
CREATE TABLE past_follow (
  actor_id text NOT NULL,
  follower_id text NOT NULL,
  followed_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3) NOT NULL,
  PRIMARY KEY (actor_id, follower_id, followed_at)
);
-- Changed by every write of follows, in its transaction: room on each page keeps those updates in place (HOT).
CREATE TABLE actor (
  actor_id text PRIMARY KEY,
  follower_count integer NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE topic_member (
  topic text NOT NULL,
  user_id text NOT NULL,
  joined_at timestamptz(3) NOT NULL,
  PRIMARY KEY (topic, user_id) INCLUDE (joined_at)
);
CREATE TABLE topic (
  name text PRIMARY KEY,
  member_count integer NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE segment (
  name text PRIMARY KEY,
  filter jsonb NOT NULL,
  member_count integer,
  counted_at timestamptz(3),
  updated_at timestamptz(3) NOT NULL
);
-- Finds who has a value at a path (@>). What compares or asks for existence is not helped by any index.
CREATE INDEX users_attributes_idx ON users USING gin (attributes jsonb_path_ops);

-- The last user of the last page; null where the audience is a list, or no page has been made.
ALTER TABLE notification ADD COLUMN audience_cursor text;
