-- Times are UTC: event_time to the nanosecond, names ending in _ms are milliseconds since 1970.
-- `batch` grows with every commit; (batch, ordinal) names a row for ever.

CREATE TABLE models (model INTEGER, tenant VARCHAR, name VARCHAR, created_ms BIGINT);
CREATE TABLE versions (model INTEGER, version INTEGER, name VARCHAR);

-- Everything of a model that has a place or a dictionary: its features, its attributes and its codes.
CREATE TABLE entries (model INTEGER, entry INTEGER, role VARCHAR, name VARCHAR, kind VARCHAR, slot INTEGER);
CREATE TABLE dictionary (model INTEGER, entry INTEGER, code INTEGER, value VARCHAR);
CREATE TABLE kind_violations (model INTEGER, entry INTEGER, violations INTEGER);

-- id_key is the id itself where it is a UUID in lower case, else the MurmurHash3 of its bytes, and id_text the id.
CREATE TABLE predictions (
  batch BIGINT, ordinal INTEGER, model INTEGER, version INTEGER, dataset INTEGER,
  event_time TIMESTAMP_NS, received_ms BIGINT, id_key UUID, id_text VARCHAR,
  prediction DOUBLE, prediction_code INTEGER, score DOUBLE,
  duration_ms DOUBLE, error INTEGER,
  input_tokens DOUBLE, output_tokens DOUBLE, cost DOUBLE, currency INTEGER,
  segments INTEGER[], num DOUBLE[], cat INTEGER[]
);
-- Protected attributes stand apart, so that reading them can be a right of its own.
CREATE TABLE protected_attributes (batch BIGINT, ordinal INTEGER, model INTEGER, codes INTEGER[]);
CREATE TABLE labels (
  batch BIGINT, ordinal INTEGER, model INTEGER, id_key UUID, id_text VARCHAR,
  event_time TIMESTAMP_NS, received_ms BIGINT, value DOUBLE, value_code INTEGER, source INTEGER
);

-- Deltas, summed when read. group_entry -1 is all rows; group_code -1 is unknown, -2 is other.
CREATE TABLE counts (
  batch BIGINT, model INTEGER, version INTEGER, dataset INTEGER,
  group_entry INTEGER, group_code INTEGER, bucket_ms BIGINT,
  row_count INTEGER, cells INTEGER[], cell_counts INTEGER[]
);
CREATE TABLE slo_minutes (batch BIGINT, model INTEGER, slo INTEGER, minute_ms BIGINT, good INTEGER, bad INTEGER);
CREATE TABLE compactions (model INTEGER, before_ms BIGINT);

CREATE TABLE baselines (
  model INTEGER, id VARCHAR, source VARCHAR, from_ms BIGINT, to_ms BIGINT, row_count BIGINT,
  created_ms BIGINT, layouts VARCHAR, baseline_counts VARCHAR
);

CREATE TABLE requests (batch BIGINT, digest VARCHAR, received_ms BIGINT, reply VARCHAR);
