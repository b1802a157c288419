-- A row that a provider's own word has written: what we believed before never replaces it.
ALTER TABLE delivery ADD COLUMN reported boolean NOT NULL DEFAULT false;
-- Its state changes once or twice: room on each page keeps those updates in place (HOT).
ALTER TABLE delivery SET (fillfactor = 80);

-- What providers have told of a notification's deliveries since its slices closed. Negative: we had counted it as
-- something that it turned out not to be.
CREATE TABLE reported_counts (
  notification_id text PRIMARY KEY,
  sent integer NOT NULL,
  delivered integer NOT NULL,
  failed integer NOT NULL,
  expired integer NOT NULL,
  cancelled integer NOT NULL,
  suppressed integer NOT NULL,
  unknown integer NOT NULL
) WITH (fillfactor = 50);

-- Addresses that no provider may be asked to reach. Whoever changes her address is free of it.
CREATE TABLE suppressed_address (
  channel text NOT NULL,
  address text NOT NULL,
  reason text NOT NULL,
  at timestamptz(3) NOT NULL,
  PRIMARY KEY (channel, address)
);

-- Finds the devices that have not been seen for long.
CREATE INDEX device_last_seen_idx ON device (last_seen_at) WHERE is_active;
