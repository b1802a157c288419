-- Since when a follower has had this `notify`: who asks for pushes after a list was made is found beside it.
ALTER TABLE follow ADD COLUMN notify_since timestamptz(3) NOT NULL DEFAULT now();
CREATE INDEX follow_notify_idx ON follow (actor_id, notify_since) WHERE notify;

-- When somebody was last seen in the inbox, as far as it has been noted.
ALTER TABLE inbox_head ADD COLUMN shown_at timestamptz(3);

-- Of an actor who broadcasts: the followers with `notify`, most recently active first, in pages. A list is never changed
-- but replaced by its next version: whoever walks one goes on with it.
CREATE TABLE notify_list (
  actor_id text PRIMARY KEY,
  version integer NOT NULL,
  -- Who has asked since then is not in it.
  built_at timestamptz(3) NOT NULL,
  used_at timestamptz(3) NOT NULL
);
CREATE INDEX notify_list_built_idx ON notify_list (built_at);
CREATE TABLE notify_page (
  actor_id text NOT NULL,
  version integer NOT NULL,
  number integer NOT NULL,
  follower_ids text[] NOT NULL,
  PRIMARY KEY (actor_id, version, number)
);
-- Whose lists are being walked.
CREATE INDEX notification_walking_idx ON notification ((audience->>'followersOf'))
  WHERE fan_out = 'BROADCAST' AND state = 'FANNING_OUT';

-- From how many followers on an actor broadcasts, as the fan-out of a tier has been measured; no row: it has not been.
CREATE TABLE fan_out_threshold (
  tier text PRIMARY KEY,
  threshold integer NOT NULL,
  recipients_per_second double precision NOT NULL,
  backlog integer NOT NULL,
  changed_at timestamptz(3) NOT NULL
);
