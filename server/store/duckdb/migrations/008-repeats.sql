-- Deltas, summed when read: production rows that were left out, because their id had come before.
CREATE TABLE repeated_ids (batch BIGINT, model INTEGER, bucket_ms BIGINT, n INTEGER);
