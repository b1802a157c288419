CREATE TABLE caller (
  id text PRIMARY KEY,
  name text NOT NULL,
  tiers text[] NOT NULL,
  per_minute integer NOT NULL,
  bulk boolean NOT NULL DEFAULT false,
  admin boolean NOT NULL DEFAULT false,
  campaign_per_second integer,
  key_hash bytea NOT NULL,
  previous_key_hash bytea,
  previous_key_expires_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  revoked_at timestamptz(3)
);
CREATE UNIQUE INDEX caller_key_hash_key ON caller (key_hash);
CREATE UNIQUE INDEX caller_previous_key_hash_key ON caller (previous_key_hash);

CREATE TABLE users (
  user_id text PRIMARY KEY,
  email text,
  phone text,
  time_zone text,
  locale text,
  region text,
  attributes jsonb NOT NULL DEFAULT '{}',
  hard_stop boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE preference (
  user_id text PRIMARY KEY,
  time_zone text,
  locale text,
  channel_order text[] NOT NULL,
  channels jsonb NOT NULL DEFAULT '{}',
  category_overrides jsonb NOT NULL DEFAULT '{}',
  quiet_hours jsonb,
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE device (
  user_id text NOT NULL,
  device_id text NOT NULL,
  platform text NOT NULL,
  token text NOT NULL,
  app text NOT NULL,
  environment text NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  registered_at timestamptz(3) NOT NULL DEFAULT now(),
  last_seen_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, device_id)
);
CREATE UNIQUE INDEX device_app_token_key ON device (app, token);

CREATE TABLE template (
  name text PRIMARY KEY,
  version integer NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE template_version (
  name text NOT NULL,
  version integer NOT NULL,
  tier text NOT NULL,
  category text NOT NULL,
  read_cancels_others boolean NOT NULL DEFAULT false,
  inbox_fallback boolean NOT NULL DEFAULT false,
  sensitive boolean NOT NULL DEFAULT false,
  channels text[] NOT NULL,
  data_schema jsonb,
  contents jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (name, version)
);

-- Work: due_at is set while the relay has to look at the row.
CREATE TABLE notification (
  id text PRIMARY KEY,
  caller_id text NOT NULL,
  tier text NOT NULL,
  category text NOT NULL,
  template text NOT NULL,
  template_version integer NOT NULL,
  data jsonb,
  secret bytea,
  audience jsonb NOT NULL,
  channels text[] NOT NULL,
  routing text NOT NULL,
  fan_out text NOT NULL,
  collapse_key text,
  push jsonb,
  state text NOT NULL,
  recipient_count integer NOT NULL DEFAULT 0,
  funnel jsonb,
  pages integer NOT NULL DEFAULT 0,
  due_at timestamptz(3),
  generation integer NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL,
  send_at timestamptz(3),
  expires_at timestamptz(3) NOT NULL,
  done_at timestamptz(3)
);
CREATE INDEX notification_caller_idx ON notification (caller_id, id DESC);
CREATE INDEX notification_due_idx ON notification (tier, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE idempotency_key (
  caller_id text NOT NULL,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  notification_id text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (caller_id, key)
);
CREATE INDEX idempotency_key_created_idx ON idempotency_key (created_at);

CREATE TABLE page (
  notification_id text NOT NULL,
  number integer NOT NULL,
  recipient_count integer NOT NULL,
  decided jsonb NOT NULL,
  counts jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (notification_id, number)
);

CREATE TABLE slice (
  id text PRIMARY KEY,
  notification_id text NOT NULL,
  page integer NOT NULL,
  tier text NOT NULL,
  channel text NOT NULL,
  attempt integer NOT NULL DEFAULT 1,
  targets jsonb NOT NULL,
  reason text,
  open boolean NOT NULL DEFAULT true,
  due_at timestamptz(3) NOT NULL,
  generation integer NOT NULL DEFAULT 0,
  counts jsonb,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  closed_at timestamptz(3)
);
-- What is unfinished is found by these two, whose size does not depend on history.
CREATE INDEX slice_due_idx ON slice (tier, due_at) WHERE open;
CREATE INDEX slice_open_idx ON slice (notification_id) WHERE open;
CREATE INDEX slice_notification_idx ON slice (notification_id);

-- Updated at every change of an inbox: room on each page keeps those updates in place (HOT).
CREATE TABLE inbox_head (
  user_id text PRIMARY KEY,
  seq bigint NOT NULL DEFAULT 0,
  unread integer NOT NULL DEFAULT 0,
  removed_seq bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

CREATE TABLE inbox_item (
  user_id text NOT NULL,
  notification_id text NOT NULL,
  created_seq bigint NOT NULL,
  changed_seq bigint NOT NULL,
  tier text NOT NULL,
  category text NOT NULL,
  title text NOT NULL,
  body text NOT NULL,
  image_url text,
  deep_link text,
  actions jsonb NOT NULL DEFAULT '[]',
  data jsonb,
  sent_at timestamptz(3) NOT NULL,
  read_at timestamptz(3),
  archived_at timestamptz(3),
  PRIMARY KEY (user_id, notification_id)
);
CREATE UNIQUE INDEX inbox_item_created_idx ON inbox_item (user_id, created_seq DESC);
CREATE INDEX inbox_item_changed_idx ON inbox_item (user_id, changed_seq);

CREATE TABLE delivery (
  notification_id text NOT NULL,
  recipient_id text NOT NULL,
  channel text NOT NULL,
  state text NOT NULL,
  reason text,
  deferred_until timestamptz(3),
  provider text,
  updated_at timestamptz(3) NOT NULL,
  PRIMARY KEY (notification_id, recipient_id, channel)
);
CREATE INDEX delivery_recipient_idx ON delivery (recipient_id, notification_id DESC);

CREATE TABLE delivery_attempt (
  notification_id text NOT NULL,
  recipient_id text NOT NULL,
  channel text NOT NULL,
  attempt integer NOT NULL,
  target text NOT NULL,
  at timestamptz(3) NOT NULL,
  provider text NOT NULL,
  outcome text NOT NULL,
  code text,
  latency_ms integer NOT NULL,
  PRIMARY KEY (notification_id, recipient_id, channel, attempt, target)
);

CREATE TABLE dead_letter (
  notification_id text NOT NULL,
  recipient_id text NOT NULL,
  channel text NOT NULL,
  provider text,
  reason text NOT NULL,
  attempts integer NOT NULL,
  at timestamptz(3) NOT NULL,
  PRIMARY KEY (notification_id, recipient_id, channel)
);
CREATE INDEX dead_letter_at_idx ON dead_letter (at DESC);

-- Claims and marks where there is no Redis.
CREATE TABLE claim (
  slice_id text NOT NULL,
  target text NOT NULL,
  worker text NOT NULL,
  mark jsonb,
  expires_at timestamptz(3) NOT NULL,
  PRIMARY KEY (slice_id, target)
);
CREATE INDEX claim_expires_idx ON claim (expires_at);
