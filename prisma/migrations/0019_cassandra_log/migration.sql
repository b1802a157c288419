-- The delivery log in Cassandra: what PostgreSQL keeps of it.

-- Which engine has the log of this installation; while it is copied to another one, to which, and how far that has got.
CREATE TABLE log_engine (
  id integer PRIMARY KEY,
  engine text NOT NULL,
  copying_to text,
  position jsonb
);
INSERT INTO log_engine (id, engine) VALUES (1, 'postgres');

-- What a transaction has decided and Cassandra has not been told yet. Gone as soon as it has: what is found due was left
-- behind by somebody who died, or while Cassandra was away.
CREATE TABLE log_outbox (
  id uuid PRIMARY KEY,
  writes jsonb NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  due_at timestamptz(3) NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX log_outbox_due_at_idx ON log_outbox (due_at);

-- What providers have told, until Cassandra knows it: one row for each delivery, which is its lock as well.
CREATE TABLE log_report (
  notification_id text NOT NULL,
  recipient_id text NOT NULL,
  channel text NOT NULL,
  state text NOT NULL,
  reason text,
  provider text NOT NULL,
  at timestamptz(3) NOT NULL,
  due_at timestamptz(3) NOT NULL,
  PRIMARY KEY (notification_id, recipient_id, channel)
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX log_report_due_at_idx ON log_report (due_at);

-- Where the items of an inbox are: {"months": [[month, first sequence, unread, of archived ones, archived], …], oldest
-- first; "pending": [what of log_outbox may still be missing in Cassandra]}. NULL with the log in PostgreSQL.
ALTER TABLE inbox_head ADD COLUMN log jsonb;

-- These two look at rows that others have committed while their statement waited for the head: VOLATILE functions of
-- plpgsql have a fresh snapshot for each query.
CREATE FUNCTION inbox_log_pending(log jsonb) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN coalesce((SELECT jsonb_agg(outbox.id::text)
    FROM jsonb_array_elements_text(coalesce(log->'pending', '[]')) AS pending (id)
    JOIN log_outbox AS outbox ON outbox.id = pending.id::uuid), '[]');
END $$;

CREATE FUNCTION inbox_log_with_item(log jsonb, seq bigint, month integer, oldest integer, outbox uuid)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  months jsonb := coalesce(log->'months', '[]');
BEGIN
  IF (months->0->>0)::int < oldest THEN
    months := (SELECT coalesce(jsonb_agg(each ORDER BY n), '[]')
      FROM jsonb_array_elements(months) WITH ORDINALITY AS given (each, n) WHERE (each->>0)::int >= oldest);
  END IF;
  IF (months->-1->>0)::int >= month THEN
    months := jsonb_set(months, '{-1,2}', to_jsonb((months->-1->>2)::int + 1));
  ELSE
    months := months || jsonb_build_array(jsonb_build_array(month, seq, 1, 0, 0));
  END IF;
  RETURN jsonb_build_object('months', months, 'pending', inbox_log_pending(log) || to_jsonb(outbox::text));
END $$;

-- How many unread items have gone with their months.
CREATE FUNCTION inbox_log_expired(log jsonb, oldest integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(sum((each->>2)::int), 0)::int FROM jsonb_array_elements(coalesce(log->'months', '[]')) AS given (each)
  WHERE (each->>0)::int < oldest
$$;

-- What has changed of the log in PostgreSQL while it is copied away from there. Empty at all other times: the triggers that
-- write here are made when a copy begins, and dropped when it ends.
CREATE TABLE log_changed (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  key text[] NOT NULL
);

CREATE FUNCTION note_log_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
BEGIN
  INSERT INTO log_changed (kind, key) VALUES (TG_ARGV[0], CASE TG_ARGV[0]
    WHEN 'inbox' THEN ARRAY[changed->>'user_id']
    ELSE ARRAY[changed->>'notification_id', changed->>'recipient_id', changed->>'channel'] END);
  RETURN NULL;
END $$;

-- After a switch, for a process that has not heard of it.
CREATE FUNCTION refuse_log_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the delivery log of this installation is in % now', TG_ARGV[0];
END $$;
