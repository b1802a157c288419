-- The provider's own id of what it accepted: tells whether a message that is found in its records is another delivery's.
ALTER TABLE delivery_attempt ADD COLUMN provider_message_id text;
