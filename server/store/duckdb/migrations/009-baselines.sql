-- Every baseline ever frozen; that of the highest batch is the model's. `choice`: who chose it, as JSON, where it was
-- not the configuration.
ALTER TABLE baselines ADD COLUMN batch BIGINT DEFAULT 0;
ALTER TABLE baselines ADD COLUMN choice VARCHAR;
