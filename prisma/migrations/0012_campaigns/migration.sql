-- A bulk notification to be: what it says, whom it is for, when and how fast. Started, it has a notification, whose state
-- tells the rest.
CREATE TABLE campaign (
  id text PRIMARY KEY,
  caller_id text NOT NULL,
  name text NOT NULL,
  tier text NOT NULL,
  category text NOT NULL,
  template text NOT NULL,
  template_version integer NOT NULL,
  data jsonb,
  secret bytea,
  audience jsonb NOT NULL,
  channels text[] NOT NULL,
  per_second integer NOT NULL,
  start_at timestamptz(3),
  local_time text,
  send_window jsonb,
  expires_at timestamptz(3),
  created_at timestamptz(3) NOT NULL,
  cancelled_at timestamptz(3),
  notification_id text,
  started_at timestamptz(3),
  paused_at timestamptz(3),
  opened_at timestamptz(3),
  recipient_count integer,
  next_page_at timestamptz(3)
);
CREATE INDEX campaign_caller_idx ON campaign (caller_id, id DESC);
CREATE UNIQUE INDEX campaign_notification_idx ON campaign (notification_id);
-- Few at any time: what is looked up whenever slices fall due.
CREATE INDEX campaign_paused_idx ON campaign (notification_id) WHERE paused_at IS NOT NULL;

-- Whom of a campaign's audience one zone's clocks are meant for: each part has a cursor of its own.
CREATE TABLE campaign_part (
  campaign_id text NOT NULL,
  time_zone text NOT NULL,
  due_at timestamptz(3) NOT NULL,
  cursor text NOT NULL DEFAULT '',
  done boolean NOT NULL DEFAULT false,
  PRIMARY KEY (campaign_id, time_zone)
);
-- The audience as it was when the campaign started, by zone: who moves meanwhile is neither left out nor met twice.
CREATE TABLE campaign_recipient (
  campaign_id text NOT NULL,
  time_zone text NOT NULL,
  user_id text NOT NULL,
  PRIMARY KEY (campaign_id, time_zone, user_id)
);

ALTER TABLE notification ADD COLUMN campaign_id text;
