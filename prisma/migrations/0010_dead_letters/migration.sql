-- What redriving has to know of a dead letter without reading its history. A letter written without them stands on the
-- first page, and its notification's own deadline counts.
ALTER TABLE dead_letter
  ADD COLUMN page integer NOT NULL DEFAULT 0,
  ADD COLUMN expires_at timestamptz(3) NOT NULL DEFAULT 'infinity';
UPDATE dead_letter SET expires_at = n.expires_at FROM notification n WHERE n.id = dead_letter.notification_id;

-- Lists are newest first (dead_letter_at_idx), filtered or not, and counted from these alone. Letters of one instant are
-- few, so that what breaks the tie need not be in an index.
CREATE INDEX dead_letter_provider_idx ON dead_letter (provider, at DESC);
CREATE INDEX dead_letter_reason_idx ON dead_letter (reason, at DESC);
CREATE INDEX dead_letter_provider_reason_idx ON dead_letter (provider, reason, at DESC);
CREATE INDEX dead_letter_notification_idx ON dead_letter (notification_id, at DESC);
-- What can still be redriven, however many cannot.
CREATE INDEX dead_letter_expires_idx ON dead_letter (expires_at);

-- How often a worker has failed at it by a fault of ours: nothing comes round for ever.
ALTER TABLE notification ADD COLUMN faults integer NOT NULL DEFAULT 0;
ALTER TABLE slice
  ADD COLUMN faults integer NOT NULL DEFAULT 0,
  -- What is counted elsewhere and holds no more: its deliveries were dead letters, and are not.
  ADD COLUMN correction jsonb;
-- Until when redriven deliveries of a lane are spread.
CREATE INDEX slice_redrive_idx ON slice (tier, channel, due_at) WHERE open AND reason = 'redrive';

-- Whether a notification has open slices, and when the next one falls due: one look, however many there are.
DROP INDEX slice_open_idx;
CREATE INDEX slice_open_idx ON slice (notification_id, due_at) WHERE open;
