-- One row, replaced as a whole; none: nobody has ever set any, and the default holds.
CREATE TABLE frequency_caps (
  id integer PRIMARY KEY CHECK (id = 1),
  caps jsonb NOT NULL,
  updated_at timestamptz(3) NOT NULL
);
