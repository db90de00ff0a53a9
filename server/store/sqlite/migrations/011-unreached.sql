-- Asked for at every beat of the heartbeat, however many groups there are.
CREATE INDEX groups_unreached ON groups (tenant, doc ->> '$.unreachedSinceMs')
  WHERE doc ->> '$.unreachedSinceMs' IS NOT NULL;
