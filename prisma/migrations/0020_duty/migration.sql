-- What one process at a time does for all of them, and who that is. A lease by this server's clock, no advisory lock:
-- a session's lock is lost behind a pooler, and stays where a machine has vanished.
CREATE TABLE duty (
  name text PRIMARY KEY,
  holder text NOT NULL,
  held_until timestamptz(3) NOT NULL
) WITH (fillfactor = 50);
