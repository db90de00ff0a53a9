-- How far a job has come, in its own terms: the end of the last window, or the newest commit it has looked at.
ALTER TABLE jobs ADD COLUMN mark INTEGER;
