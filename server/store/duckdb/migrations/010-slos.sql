-- Neither good nor bad; and what was paid, in billionths of the currency. Of slices one of the three is 1, at their begin.
-- minute_ms 0 holds what was deleted for its age, so that totals only grow.
ALTER TABLE slo_minutes ADD COLUMN excluded INTEGER DEFAULT 0;
ALTER TABLE slo_minutes ADD COLUMN nanos BIGINT DEFAULT 0;
-- What the counts of an SLO depend on, as JSON: with another one they are counted anew.
CREATE TABLE slo_definitions (model INTEGER, slo INTEGER, definition VARCHAR);
