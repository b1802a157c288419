-- Whatever has been written so far is below its bound: nobody waits for this.
DO $$
DECLARE
  part record;
BEGIN
  FOR part IN SELECT * FROM history_tables() LOOP
    EXECUTE format('ALTER TABLE %I VALIDATE CONSTRAINT %I', part.name, part.name || '_past');
  END LOOP;
END
$$;

-- Each table becomes the first part, "past", of one that has its name, its columns, its keys, its indexes and its grants.
DO $$
DECLARE
  part record;
  old text;
  bound text;
  primary_key text;
  definitions text[];
  each record;
  definition text;
BEGIN
  FOR part IN SELECT * FROM history_tables() LOOP
    old := part.name || '_past';
    SELECT substring(pg_get_constraintdef(oid) FROM '''([^'']+)''') INTO STRICT bound
      FROM pg_constraint WHERE conrelid = part.name::regclass AND conname = old;
    SELECT pg_get_constraintdef(oid) INTO STRICT primary_key
      FROM pg_constraint WHERE conrelid = part.name::regclass AND contype = 'p';
    SELECT coalesce(array_agg(pg_get_indexdef(indexrelid)), '{}') INTO definitions
      FROM pg_index WHERE indrelid = part.name::regclass AND NOT indisprimary;

    EXECUTE format('ALTER TABLE %I RENAME TO %I', part.name, old);
    FOR each IN SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = old::regclass LOOP
      EXECUTE format('ALTER INDEX %I RENAME TO %I', each.relname, each.relname || '_past');
    END LOOP;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS) PARTITION BY RANGE (%I)', part.name, old, part.key);
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I %s', part.name, part.name || '_pkey', primary_key);
    FOREACH definition IN ARRAY definitions LOOP
      EXECUTE definition;
    END LOOP;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', part.name, old, bound);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', old, old);
    FOR each IN SELECT privilege_type AS privilege, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(grantee::regrole::text) END AS grantee
      FROM pg_class, aclexplode(relacl) WHERE oid = old::regclass AND grantee <> relowner LOOP
      EXECUTE format('GRANT %s ON %I TO %s', each.privilege, part.name, each.grantee);
    END LOOP;
  END LOOP;
END
$$;

-- Up to where the first part goes, as the ids of that instant begin.
CREATE FUNCTION past_ends() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT substring(pg_get_expr(relpartbound, oid) FROM 'TO \(''ntf_([^'']+)''\)') FROM pg_class
  WHERE oid = 'notification_past'::regclass
$$;

-- Makes what is missing of this month and so many that follow; returns the months that are made ahead. ATTACH holds up
-- nobody who reads or writes. As the owner, since what runs the application owns nothing.
CREATE FUNCTION make_months(ahead integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  part record;
  month timestamptz;
  name text;
  options text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('carillon months'));
  FOR n IN 0..ahead LOOP
    month := month_begins(n);
    CONTINUE WHEN id_time(month) < past_ends();
    FOR part IN SELECT * FROM history_tables() LOOP
      name := part.name || to_char(month AT TIME ZONE 'UTC', '_YYYY_MM');
      CONTINUE WHEN to_regclass(name) IS NOT NULL;
      SELECT coalesce('WITH (' || array_to_string(reloptions, ', ') || ')', '') INTO options
        FROM pg_class WHERE oid = (part.name || '_past')::regclass;
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS) %s', name, part.name, options);
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part.name, name,
        part.prefix || id_time(month), part.prefix || id_time(month_begins(n + 1)));
    END LOOP;
  END LOOP;
  RETURN ahead;
END
$$;

-- Drops the oldest month that ended before `cutoff`, in all tables at once, and returns its name; null: there is none, or it
-- holds a notification that is not done or a slice that is open. Waits for nobody longer than 300 ms, so that nobody waits for
-- it for longer: it fails then, to be called again later. What is younger than a week is never dropped.
CREATE FUNCTION drop_month(cutoff timestamptz) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '300ms' AS $$
DECLARE
  part record;
  before text := id_time(least(cutoff, now() - interval '7 days'));
  ends text := past_ends();
  month text;
  next_ends text;
  is_open boolean;
  is_empty boolean;
BEGIN
  IF ends > before THEN
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('carillon months'));
  SELECT NOT EXISTS (SELECT FROM notification_past) AND NOT EXISTS (SELECT FROM slice_past) AND NOT EXISTS (SELECT FROM delivery_past)
    INTO is_empty;
  IF is_empty THEN
    SELECT substring(relname FROM '_\d+_\d+$'), substring(pg_get_expr(relpartbound, pg_class.oid) FROM 'TO \(''ntf_([^'']+)''\)')
      INTO month, next_ends FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
      WHERE inhparent = 'notification'::regclass AND relname <> 'notification_past' ORDER BY relname LIMIT 1;
    IF month IS NULL OR next_ends > before THEN
      RETURN NULL;
    END IF;
  ELSE
    month := '_past';
  END IF;
  EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE due_at IS NOT NULL) OR EXISTS (SELECT FROM %I WHERE open)',
    'notification' || month, 'slice' || month) INTO is_open;
  IF is_open THEN
    RETURN NULL;
  END IF;
  FOR part IN SELECT * FROM history_tables() LOOP
    IF month = '_past' THEN
      EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', part.name || month);
    ELSE
      EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', part.name);
    END IF;
  END LOOP;
  -- Again: somebody may have tried a dead letter of then again.
  EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE due_at IS NOT NULL) OR EXISTS (SELECT FROM %I WHERE open)',
    'notification' || month, 'slice' || month) INTO is_open;
  IF is_open THEN
    RETURN NULL;
  END IF;
  FOR part IN SELECT * FROM history_tables() LOOP
    IF month = '_past' THEN
      EXECUTE format('TRUNCATE %I', part.name || month);
    ELSE
      EXECUTE format('DROP TABLE %I', part.name || month);
      EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', part.name, part.name || '_past');
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', part.name, part.name || '_past',
        part.prefix || next_ends);
    END IF;
  END LOOP;
  DELETE FROM dead_letter WHERE notification_id < 'ntf_' || coalesce(next_ends, ends);
  RETURN trim(LEADING '_' FROM month);
END
$$;

-- They run as the owner: what they name is what is in this schema.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION make_months(integer) SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION drop_month(timestamptz) SET search_path = %I, pg_temp', current_schema());
END
$$;

SELECT make_months(3);
