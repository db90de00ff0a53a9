-- What senders said once of the rows they go on sending, as JSON: the columns of BentoML and what each is.
CREATE TABLE senders (sender VARCHAR, learned_ms BIGINT, schema VARCHAR);
