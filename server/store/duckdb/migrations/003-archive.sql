-- Closed days as Parquet files: one that is not recorded here does not count. `file` is relative to the data folder.
-- A file has a column for every entry of its model below `entry_count`.
CREATE TABLE archive_files (
  model INTEGER, kind VARCHAR, day_ms BIGINT, file VARCHAR, first_batch BIGINT, last_batch BIGINT,
  row_count BIGINT, bytes BIGINT, entry_count INTEGER, received_ms BIGINT
);
-- The column of an entry, chosen once: columns differ by more than case, names of features need not.
CREATE TABLE archive_columns (model INTEGER, entry INTEGER, name VARCHAR);

-- What left `predictions` (and, as version -1, `labels`), whatever became of it: totals outlive rows.
CREATE TABLE departed_rows (
  model INTEGER, version INTEGER, dataset INTEGER, row_count BIGINT, first_ms BIGINT, last_ms BIGINT, received_ms BIGINT
);
-- Rows before this time are gone, their counts are not; nor are those of the hours in which rows were erased.
CREATE TABLE row_horizons (model INTEGER, before_ms BIGINT);
CREATE TABLE erased_hours (model INTEGER, hour_ms BIGINT);
