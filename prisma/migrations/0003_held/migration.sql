-- Deliveries that quiet hours hold back: tells how many end together for one recipient, category and channel.
CREATE TABLE held (
  recipient_id text NOT NULL,
  channel text NOT NULL,
  category text NOT NULL,
  release timestamptz(3) NOT NULL,
  notification_id text NOT NULL,
  PRIMARY KEY (recipient_id, channel, category, release, notification_id)
);
CREATE INDEX held_release_idx ON held (release);
CREATE INDEX held_notification_idx ON held (notification_id);
