-- What grows with every notification goes by months (0022_months). Ids begin with their time, so they tell the month: no key
-- changes, and no column is added.
CREATE FUNCTION history_tables() RETURNS TABLE (name text, key text, prefix text) LANGUAGE sql IMMUTABLE AS $$
  VALUES ('notification', 'id', 'ntf_'), ('page', 'notification_id', 'ntf_'), ('slice', 'id', 'slc_'),
    ('delivery', 'notification_id', 'ntf_'), ('delivery_attempt', 'notification_id', 'ntf_'),
    ('reported_counts', 'notification_id', 'ntf_')
$$;

-- How the ids of an instant begin: the first ten characters of a ULID, milliseconds in Crockford's base 32.
CREATE FUNCTION id_time(at timestamptz) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  left_over bigint := floor(extract(epoch FROM at) * 1000);
  characters text := '';
BEGIN
  FOR n IN 1..10 LOOP
    characters := substr('0123456789abcdefghjkmnpqrstvwxyz', (left_over % 32)::int + 1, 1) || characters;
    left_over := left_over / 32;
  END LOOP;
  RETURN characters;
END
$$;

-- When the month begins (in UTC) that is so many after this one.
CREATE FUNCTION month_begins(after integer) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => after)) AT TIME ZONE 'UTC'
$$;

-- What there is becomes the first part, which ends in a month or two. NOT VALID looks at no row, and holds its lock for an
-- instant; 0022_months looks at them, while others write, and then nothing has to be looked at under a lock that holds up anybody.
DO $$
DECLARE
  part record;
BEGIN
  FOR part IN SELECT * FROM history_tables() LOOP
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (%I < %L) NOT VALID', part.name, part.name || '_past', part.key,
      part.prefix || id_time(month_begins(2)));
  END LOOP;
END
$$;
