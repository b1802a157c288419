-- A reply comes with nothing but the number it was sent from.
CREATE INDEX users_phone_idx ON users (phone);

-- STOP and START by SMS that have been obeyed: a reply that comes again, or late, changes nothing.
CREATE TABLE sms_reply (
  user_id text NOT NULL,
  provider text NOT NULL,
  message_id text NOT NULL,
  word text NOT NULL,
  at timestamptz(3) NOT NULL,
  PRIMARY KEY (user_id, provider, message_id)
);
