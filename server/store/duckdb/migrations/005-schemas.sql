-- What was declared of a model's features, one row a declaration; `features` is JSON. The latest of each source counts.
CREATE TABLE schemas (model INTEGER, version INTEGER, source VARCHAR, declared_ms BIGINT, features VARCHAR);

-- Deltas, summed when read: rows that are not as declared, or not of the kind the feature is stored as.
CREATE TABLE violations (
  batch BIGINT, model INTEGER, version INTEGER, entry INTEGER, kind VARCHAR, bucket_ms BIGINT, n INTEGER
);

-- Which features came with a model version on a day in UTC. The same may be said twice.
CREATE TABLE feature_days (batch BIGINT, model INTEGER, version INTEGER, day_ms BIGINT, entries INTEGER[]);

-- Refused records: totals, and the first examples of each reason. `shape` holds names and kinds as JSON, never values.
CREATE TABLE quarantine_totals (
  tenant VARCHAR, reason VARCHAR, protocol VARCHAR, records BIGINT, requests BIGINT, first_ms BIGINT, last_ms BIGINT
);
CREATE TABLE quarantine_examples (
  tenant VARCHAR, reason VARCHAR, protocol VARCHAR, at_ms BIGINT, records BIGINT, message VARCHAR, shape VARCHAR
);
