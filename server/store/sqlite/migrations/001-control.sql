-- Scores and what the rules made of them.
CREATE TABLE scores (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  model TEXT NOT NULL,
  detector TEXT NOT NULL,
  subject TEXT NOT NULL,
  window_from_ms INTEGER NOT NULL,
  window_to_ms INTEGER NOT NULL,
  value REAL,
  why TEXT,
  lower REAL,
  upper REAL,
  rows INTEGER NOT NULL,
  baseline_id TEXT,
  evidence TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  UNIQUE (tenant, model, detector, subject, window_to_ms, window_from_ms)
);
CREATE INDEX scores_by_window ON scores (tenant, model, window_to_ms);
CREATE INDEX scores_by_detector ON scores (detector, window_to_ms);

-- The newest window's score of every detector and subject.
CREATE TABLE latest_scores (
  tenant TEXT NOT NULL,
  model TEXT NOT NULL,
  detector TEXT NOT NULL,
  subject TEXT NOT NULL,
  window_to_ms INTEGER NOT NULL,
  score_id INTEGER NOT NULL REFERENCES scores (id),
  PRIMARY KEY (tenant, model, detector, subject)
) WITHOUT ROWID;

-- The level history that persistence is computed from; level NULL: insufficient data.
CREATE TABLE levels (
  tenant TEXT NOT NULL,
  model TEXT NOT NULL,
  rule TEXT NOT NULL,
  subject TEXT NOT NULL,
  window_to_ms INTEGER NOT NULL,
  score_id INTEGER NOT NULL REFERENCES scores (id),
  level TEXT,
  reason TEXT NOT NULL,
  severity TEXT,
  PRIMARY KEY (tenant, model, rule, subject, window_to_ms)
) WITHOUT ROWID;
CREATE INDEX levels_by_score ON levels (score_id);

-- Entities of the route stage: one JSON document a row, with the columns that are asked for derived from it.
CREATE TABLE alerts (
  id TEXT PRIMARY KEY,
  doc TEXT NOT NULL,
  tenant TEXT AS (doc ->> '$.tenant') VIRTUAL,
  model TEXT AS (doc ->> '$.model') VIRTUAL,
  state TEXT AS (doc ->> '$.state') VIRTUAL,
  severity TEXT AS (doc ->> '$.severity') VIRTUAL,
  incident_id TEXT AS (doc ->> '$.incidentId') VIRTUAL,
  at_ms INTEGER AS (doc ->> '$.startedAtMs') VIRTUAL,
  identity TEXT AS (substr(id, 1, instr(id, '.') - 1)) VIRTUAL,
  episode INTEGER AS (doc ->> '$.episode') VIRTUAL
);
CREATE INDEX alerts_firing ON alerts (tenant, model) WHERE state = 'firing';
CREATE INDEX alerts_by_incident ON alerts (incident_id);
CREATE INDEX alerts_by_identity ON alerts (identity, episode);
CREATE INDEX alerts_by_time ON alerts (at_ms);

CREATE TABLE incidents (
  id TEXT PRIMARY KEY,
  doc TEXT NOT NULL,
  tenant TEXT AS (doc ->> '$.tenant') VIRTUAL,
  model TEXT AS (doc ->> '$.model') VIRTUAL,
  state TEXT AS (doc ->> '$.state') VIRTUAL,
  at_ms INTEGER AS (doc ->> '$.openedAtMs') VIRTUAL,
  resolved_at_ms INTEGER AS (doc ->> '$.resolvedAtMs') VIRTUAL
);
CREATE INDEX incidents_by_model ON incidents (tenant, model, at_ms);

CREATE TABLE groups (
  id TEXT PRIMARY KEY,
  doc TEXT NOT NULL,
  tenant TEXT AS (doc ->> '$.tenant') VIRTUAL,
  model TEXT AS (doc ->> '$.model') VIRTUAL,
  due_at_ms INTEGER AS (doc ->> '$.dueAtMs') VIRTUAL
);
CREATE INDEX groups_by_model ON groups (tenant, model);
CREATE INDEX groups_due ON groups (due_at_ms) WHERE due_at_ms IS NOT NULL;

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  doc TEXT NOT NULL,
  tenant TEXT AS (doc ->> '$.tenant') VIRTUAL,
  model TEXT AS (doc ->> '$.model') VIRTUAL,
  state TEXT AS (doc ->> '$.state') VIRTUAL,
  incident_id TEXT AS (doc ->> '$.incidentId') VIRTUAL,
  at_ms INTEGER AS (doc ->> '$.createdAtMs') VIRTUAL
);
CREATE INDEX runs_by_model ON runs (tenant, model, at_ms);
CREATE INDEX runs_by_incident ON runs (incident_id);
CREATE INDEX runs_active ON runs (state)
  WHERE state IN ('requested', 'accepted', 'training', 'proposed', 'approved', 'calling', 'verifying');

-- `phase` is what the groups were last told about the silence: waiting, active, ended.
CREATE TABLE silences (
  id TEXT PRIMARY KEY,
  doc TEXT NOT NULL,
  phase TEXT NOT NULL,
  tenant TEXT AS (doc ->> '$.tenant') VIRTUAL,
  from_ms INTEGER AS (doc ->> '$.fromMs') VIRTUAL,
  to_ms INTEGER AS (doc ->> '$.toMs') VIRTUAL
);
CREATE INDEX silences_living ON silences (tenant) WHERE phase <> 'ended';

CREATE TABLE deployments (
  tenant TEXT NOT NULL,
  model TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  version TEXT NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (tenant, model, at_ms, version)
) WITHOUT ROWID;

CREATE TABLE timeline (
  id INTEGER PRIMARY KEY,
  incident_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX timeline_by_incident ON timeline (incident_id, id);

-- The outbox. Deliveries of one stream leave in the order of `sequence`.
CREATE TABLE deliveries (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  tenant TEXT NOT NULL,
  model TEXT NOT NULL,
  receiver TEXT NOT NULL,
  kind TEXT NOT NULL,
  urgency INTEGER NOT NULL,
  incident_id TEXT,
  stream TEXT NOT NULL,
  thread_key TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  due_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  detail TEXT
);
CREATE INDEX deliveries_open ON deliveries (stream, sequence) WHERE state IN ('pending', 'leased');
CREATE INDEX deliveries_due ON deliveries (due_at_ms) WHERE state IN ('pending', 'leased');
CREATE INDEX deliveries_by_incident ON deliveries (incident_id);
CREATE INDEX deliveries_by_state ON deliveries (state);

-- What a receiver gave back for a message (Slack channel and ts, mail root), for the next one of the same group.
CREATE TABLE threads (
  key TEXT PRIMARY KEY,
  doc TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  due_at_ms INTEGER NOT NULL,
  last_run_ms INTEGER
) WITHOUT ROWID;
CREATE INDEX jobs_due ON jobs (due_at_ms);

-- Access: only hashes of what opens a door are kept.
CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  prefix TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  tenant TEXT,
  scopes TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  revoked_at_ms INTEGER
) WITHOUT ROWID;

CREATE TABLE sign_in_tokens (
  hash TEXT PRIMARY KEY,
  principal TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE sessions (
  hash TEXT PRIMARY KEY,
  principal TEXT NOT NULL,
  name TEXT AS (principal ->> '$.name') VIRTUAL,
  expires_at_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_name ON sessions (name);

-- Append-only; every row carries the hash of the row before.
CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  kind TEXT NOT NULL,
  tenant TEXT,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX audit_by_tenant ON audit (tenant, sequence);
CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit
BEGIN SELECT RAISE (ABORT, 'audit rows are never deleted'); END;
CREATE TRIGGER audit_keeps_words BEFORE UPDATE ON audit
BEGIN SELECT RAISE (ABORT, 'audit rows are never changed'); END;
