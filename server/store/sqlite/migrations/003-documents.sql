-- Parts of detectors' inputs, by their content; scores name those they were made from. `used_ms`: the end of about the
-- last window (a day less at most) whose score names it.
CREATE TABLE documents (
  id TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  used_ms INTEGER NOT NULL
);
CREATE INDEX documents_by_use ON documents (used_ms);

ALTER TABLE scores ADD COLUMN is_significant INTEGER;
ALTER TABLE scores ADD COLUMN inputs TEXT;
