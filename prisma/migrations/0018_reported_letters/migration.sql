-- Whether a provider had taken it, and told later that it could not deliver: that is not tried again. With the letter,
-- because the log of deliveries may be elsewhere.
ALTER TABLE "dead_letter" ADD COLUMN "reported" boolean NOT NULL DEFAULT false;
