-- A notice says all that its receiver takes to be firing once it has arrived, and its alerts have labels: those that were
-- queued before get both, for they still wait, or are replayed by hand.
UPDATE deliveries SET payload = json_set(payload,
  '$.believed', json((SELECT json_group_object(value ->> '$.id', value ->> '$.severity') FROM json_each(payload, '$.firing'))),
  '$.firing', json((SELECT json_group_array(json_set(value,
    '$.labels', json_object('tenant', value ->> '$.tenant', 'model', value ->> '$.model', 'rule', value ->> '$.rule',
      'alertname', value ->> '$.rule', 'subject', value ->> '$.subject', 'kind', ''),
    '$.acknowledgedUntilMs', NULL, '$.inhibitedBy', NULL, '$.recoversAtMs', NULL, '$.opened', 1))
    FROM json_each(payload, '$.firing'))),
  '$.resolved', json((SELECT json_group_array(json_set(value,
    '$.labels', json_object('tenant', value ->> '$.tenant', 'model', value ->> '$.model', 'rule', value ->> '$.rule',
      'alertname', value ->> '$.rule', 'subject', value ->> '$.subject', 'kind', ''),
    '$.acknowledgedUntilMs', NULL, '$.inhibitedBy', NULL, '$.recoversAtMs', NULL, '$.opened', 1))
    FROM json_each(payload, '$.resolved'))))
WHERE kind = 'notice' AND payload -> '$.believed' IS NULL;
