-- One row by its key.
SELECT id, name, kind, version FROM councils WHERE id = ':council';
