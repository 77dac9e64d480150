-- Whether a meeting's register was constructed to reproduce a published total: its lines say nothing about a single
-- council. Rows of the change log that are older than the column have no value for it.
ALTER TABLE meetings ADD constructed boolean NOT NULL DEFAULT false;
CALL keep_changes('meetings', 'meetings', 'id');
CALL keep_known('meetings', 'meetings');
