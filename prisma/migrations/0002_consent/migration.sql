-- Every change of what a person has agreed to: rows are added, never changed, never removed.
CREATE TABLE consent_change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id text NOT NULL,
  subject text NOT NULL,
  category text,
  channel text,
  was boolean,
  became boolean,
  reason text,
  changed_by text NOT NULL,
  credential text NOT NULL,
  at timestamptz(3) NOT NULL
);
CREATE INDEX consent_change_user_idx ON consent_change (user_id, id);

-- Two locks. The grants are what a role of the application's own is held by; where one role owns the tables and runs the
-- application, it could grant them to itself again, so the trigger refuses whoever asks. In production migrations
-- run as the owner, and the application as a role that has SELECT and INSERT on this table and owns nothing: it can
-- then neither drop nor disable the trigger.
REVOKE UPDATE, DELETE, TRUNCATE ON consent_change FROM PUBLIC, CURRENT_USER;

CREATE FUNCTION refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER consent_change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_change
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite();
-- Also for a session that replays another server's writes.
ALTER TABLE consent_change ENABLE ALWAYS TRIGGER consent_change_append_only;
