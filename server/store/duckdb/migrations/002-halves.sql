-- Requests and responses of serving stacks that wait for each other, as a log: of the rows of a pair the one with the
-- highest sequence holds. state: request or response waits with its payload; joined and unpaired are done, without.
CREATE TABLE halves (
  sequence BIGINT, tenant VARCHAR, pair VARCHAR, state VARCHAR, received_ms BIGINT, payload VARCHAR
);
