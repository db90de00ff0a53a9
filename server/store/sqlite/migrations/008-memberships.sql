-- Whose member an alert is follows from its labels; only a digest remembers what it has taken in.
UPDATE groups SET doc = json_set(doc, '$.members', json('[]')) WHERE doc ->> '$.digestFor' IS NULL;
