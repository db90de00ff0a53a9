-- What an entry of a timeline is about: the id of an alert, a delivery, a run.
ALTER TABLE timeline ADD COLUMN subject TEXT;
