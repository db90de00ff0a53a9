-- What the last attempts at a receiver came to, for each tenant by itself: nobody learns when others are told.
CREATE TABLE attempts (
  tenant TEXT NOT NULL,
  receiver TEXT NOT NULL,
  sent_at_ms INTEGER,
  failed_at_ms INTEGER,
  failure TEXT,
  PRIMARY KEY (tenant, receiver)
) WITHOUT ROWID;
