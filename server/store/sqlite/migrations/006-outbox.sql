-- An attempt before may have arrived; who was sent instead.
ALTER TABLE deliveries ADD COLUMN may_repeat INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN superseded_by TEXT;
CREATE INDEX deliveries_by_receiver ON deliveries (receiver, state);
CREATE INDEX deliveries_by_stream ON deliveries (stream, sequence);

-- How receivers have taken what was sent to them lately; no row: well.
CREATE TABLE breakers (
  receiver TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  open_since_ms INTEGER,
  probe_at_ms INTEGER,
  last_error TEXT,
  last_error_at_ms INTEGER
) WITHOUT ROWID;
