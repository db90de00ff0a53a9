-- Breaches that do not stand long enough yet to be alerts.
CREATE TABLE pending (
  id TEXT PRIMARY KEY,
  doc TEXT NOT NULL,
  tenant TEXT AS (doc ->> '$.tenant') VIRTUAL,
  model TEXT AS (doc ->> '$.model') VIRTUAL,
  due_at_ms INTEGER AS (doc ->> '$.dueAtMs') VIRTUAL
);
CREATE INDEX pending_by_model ON pending (tenant, model);
CREATE INDEX pending_due ON pending (due_at_ms);
CREATE INDEX groups_by_tenant ON groups (tenant);

-- Alerts have labels, acknowledgements end, ends may be held back.
UPDATE alerts SET doc = json_set(doc,
  '$.labels', json_object('tenant', doc ->> '$.tenant', 'model', doc ->> '$.model', 'rule', doc ->> '$.rule',
    'alertname', doc ->> '$.rule', 'subject', doc ->> '$.subject', 'kind', ''),
  '$.acknowledgedUntilMs', NULL, '$.inhibitedBy', NULL, '$.recoversAtMs', NULL, '$.opened', 1);

-- Groups are told by their labels; the debts of the old ones stay with them until they are paid.
UPDATE groups SET doc = json_set(doc,
  '$.labels', json_object('tenant', doc ->> '$.tenant', 'model', doc ->> '$.model'), '$.digestFor', NULL,
  '$.joinsMs', json('[]'), '$.members', json('[]'), '$.activeSinceMs', doc ->> '$.lastFlushMs', '$.escalated', 0,
  '$.unreachedSinceMs', NULL, '$.added', json('[]'),
  '$.told', (SELECT json_group_object(key, json_set(value, '$.firstToldAtMs', NULL)) FROM json_each(doc, '$.told')));

-- The matchers of silences are those of routes.
UPDATE silences SET doc = json_set(doc, '$.endToldAtMs', NULL,
  '$.matchers', (SELECT json_group_array(json_object('name', key, 'op', '=', 'value', value)) FROM json_each(doc, '$.matchers')));
