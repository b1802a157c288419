-- Tells a copy in a cache from what is true now: whoever sends anything reads her row of users anyway, for the hard
-- stop. A version is never used twice, not even for somebody who is removed and made again. 0: there has never been
-- anything to copy.
CREATE SEQUENCE recipient_version;
ALTER TABLE users
  ADD COLUMN preferences_version bigint NOT NULL DEFAULT 0,
  ADD COLUMN devices_version bigint NOT NULL DEFAULT 0;
UPDATE users SET preferences_version = nextval('recipient_version')
WHERE user_id IN (SELECT user_id FROM preference);
UPDATE users SET devices_version = nextval('recipient_version')
WHERE user_id IN (SELECT user_id FROM device);

-- By triggers, so that no writer can forget it. Rows of a person who is not in users would not be seen: there are none.
CREATE FUNCTION renew_preferences_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE users SET preferences_version = nextval('recipient_version') WHERE user_id IN (OLD.user_id, NEW.user_id);
  IF NOT FOUND AND TG_OP <> 'DELETE' THEN
    RAISE EXCEPTION 'there is no user %', NEW.user_id USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER preference_version AFTER INSERT OR DELETE ON preference
  FOR EACH ROW EXECUTE FUNCTION renew_preferences_version();
CREATE TRIGGER preference_version_changed AFTER UPDATE ON preference
  FOR EACH ROW WHEN (
    (OLD.user_id, OLD.time_zone, OLD.locale, OLD.channel_order, OLD.channels, OLD.category_overrides, OLD.quiet_hours)
    IS DISTINCT FROM
    (NEW.user_id, NEW.time_zone, NEW.locale, NEW.channel_order, NEW.channels, NEW.category_overrides, NEW.quiet_hours)
  ) EXECUTE FUNCTION renew_preferences_version();

CREATE FUNCTION renew_devices_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE users SET devices_version = nextval('recipient_version') WHERE user_id IN (OLD.user_id, NEW.user_id);
  IF NOT FOUND AND TG_OP <> 'DELETE' THEN
    RAISE EXCEPTION 'there is no user %', NEW.user_id USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER device_version AFTER INSERT OR DELETE ON device
  FOR EACH ROW EXECUTE FUNCTION renew_devices_version();
-- An app that starts renews its registration; last_seen_at alone changes nothing.
CREATE TRIGGER device_version_changed AFTER UPDATE ON device
  FOR EACH ROW WHEN (
    (OLD.user_id, OLD.device_id, OLD.platform, OLD.token, OLD.app, OLD.environment, OLD.is_active)
    IS DISTINCT FROM
    (NEW.user_id, NEW.device_id, NEW.platform, NEW.token, NEW.app, NEW.environment, NEW.is_active)
  ) EXECUTE FUNCTION renew_devices_version();
