-- The change feed reads the log transaction by transaction.
CREATE INDEX changes_transaction_id ON changes (transaction_id, id);
