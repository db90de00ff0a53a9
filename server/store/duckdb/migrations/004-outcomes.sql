-- Deltas of joined labels, summed when read: minus the label that stood, plus the one that stands.
-- group_entry and group_code as in counts. predicted and label: a code, 1000 + a whole number, -1 none, -2 other.
CREATE TABLE outcome_counts (
  batch BIGINT, model INTEGER, version INTEGER, dataset INTEGER,
  group_entry INTEGER, group_code INTEGER, bucket_ms BIGINT,
  score_cell INTEGER, predicted INTEGER, label INTEGER, error_cell INTEGER,
  row_count BIGINT, score_sum DOUBLE, score_square_sum DOUBLE,
  error_sum DOUBLE, error_absolute_sum DOUBLE, error_square_sum DOUBLE, label_sum DOUBLE, label_square_sum DOUBLE
);
CREATE TABLE label_delays (
  batch BIGINT, model INTEGER, version INTEGER, dataset INTEGER, bucket_ms BIGINT, delay_cell INTEGER, row_count BIGINT
);
-- Labels up to the first pair and predictions up to prediction_batch are in the two tables above; one row.
CREATE TABLE resolved (batch BIGINT, label_batch BIGINT, label_ordinal INTEGER, prediction_batch BIGINT);
INSERT INTO resolved VALUES (0, 0, -1, 0);
-- Of the labels above, those whose prediction has not come.
CREATE TABLE waiting_labels (model INTEGER, id_key UUID, received_ms BIGINT);
-- What the cells of a model's outcomes depend on, when they were last counted.
CREATE TABLE outcome_cells (model INTEGER, cells VARCHAR);
