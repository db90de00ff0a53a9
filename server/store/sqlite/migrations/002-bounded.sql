-- Old scores go: what finds those still pointed at, and how far the work has come.
CREATE INDEX latest_scores_by_score ON latest_scores (score_id);
CREATE TABLE marks (
  name TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- What was counted ever, whatever has gone since.
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters (name, value)
  SELECT 'scores', count(*) FROM scores
  UNION ALL SELECT 'alerts', count(*) FROM alerts
  UNION ALL SELECT 'pages', count(*) FROM alerts WHERE severity = 'page'
  UNION ALL SELECT 'incidents', count(*) FROM incidents
  UNION ALL SELECT 'deliveries sent', count(*) FROM deliveries WHERE state = 'sent'
  UNION ALL SELECT 'deliveries dead', count(*) FROM deliveries WHERE state = 'dead';

CREATE TRIGGER scores_counted AFTER INSERT ON scores
BEGIN UPDATE counters SET value = value + 1 WHERE name = 'scores'; END;
CREATE TRIGGER alerts_counted AFTER INSERT ON alerts
BEGIN
  UPDATE counters SET value = value + 1 WHERE name = 'alerts';
  UPDATE counters SET value = value + 1 WHERE name = 'pages' AND NEW.doc ->> '$.severity' = 'page';
END;
CREATE TRIGGER pages_counted AFTER UPDATE OF doc ON alerts
WHEN OLD.doc ->> '$.severity' <> 'page' AND NEW.doc ->> '$.severity' = 'page'
BEGIN UPDATE counters SET value = value + 1 WHERE name = 'pages'; END;
CREATE TRIGGER incidents_counted AFTER INSERT ON incidents
BEGIN UPDATE counters SET value = value + 1 WHERE name = 'incidents'; END;
CREATE TRIGGER deliveries_counted AFTER UPDATE OF state ON deliveries WHEN OLD.state <> NEW.state
BEGIN
  UPDATE counters SET value = value - 1 WHERE name = 'deliveries ' || OLD.state;
  UPDATE counters SET value = value + 1 WHERE name = 'deliveries ' || NEW.state;
END;
CREATE INDEX deliveries_waiting ON deliveries (created_at_ms) WHERE state IN ('pending', 'leased');

CREATE INDEX incidents_open ON incidents (tenant, model) WHERE state <> 'resolved';

-- Rows without a version are no deployment.
DELETE FROM deployments WHERE version = '';
