-- Readers of the change log remember snapshots. A transaction id alone does not say what had been read: a transaction with a
-- lower id can change a row after one with a higher id did.

-- Whether a line of the log is read between two snapshots, each given as its xmax and its running transactions. Lines up to
-- restored_line came with another server's log: only the stretch that begins the log contains them. The planner inlines
-- the function, so its comparisons use the index on transaction_id.
CREATE FUNCTION is_in_stretch(transaction_id bigint, line bigint, after_xmax bigint, after_running bigint[],
                              until_xmax bigint, until_running bigint[], restored_line bigint) RETURNS boolean
IMMUTABLE LANGUAGE sql RETURN
    (transaction_id >= after_xmax OR transaction_id = ANY (after_running))
    AND CASE WHEN line <= restored_line THEN after_xmax = 1
             ELSE transaction_id < until_xmax AND NOT transaction_id = ANY (until_running) END;

-- The transactions of a stretch, each with its last line and its number of changed rows. Of two transactions that changed the
-- same row, the later one has the higher last line.
CREATE FUNCTION transactions_in_stretch(after_xmax bigint, after_running bigint[], until_xmax bigint, until_running bigint[],
                                        restored_line bigint)
RETURNS TABLE (transaction_id bigint, last_line bigint, changed_rows bigint) STABLE LANGUAGE sql
BEGIN ATOMIC
    SELECT c.transaction_id, max(c.id), sum(cardinality(c.ids))
    FROM changes c
    WHERE is_in_stretch(c.transaction_id, c.id, after_xmax, after_running, until_xmax, until_running, restored_line)
    GROUP BY c.transaction_id;
END;

-- A webhook gets what transactions wrote that had not ended when it was entered. The snapshot is text, because triggers compare
-- rows and pg_snapshot has no equality.
ALTER TABLE webhooks ALTER told_from_transaction DROP DEFAULT;
ALTER TABLE webhooks ALTER told_from_transaction TYPE text USING format('%1$s:%1$s:', told_from_transaction);
ALTER TABLE webhooks RENAME told_from_transaction TO created_snapshot;
ALTER TABLE webhooks ALTER created_snapshot SET DEFAULT pg_current_snapshot()::text;
-- The triggers of the log name the columns.
CALL keep_changes('webhooks', 'webhooks', 'id');

-- How far the change log has been turned into events: the transactions that are done, and within a long stretch the snapshot
-- at which it ends and the line up to which it is done. Lines up to restored_line are not turned into events.
ALTER TABLE webhook_progress ALTER next_transaction TYPE pg_snapshot
    USING format('%1$s:%1$s:', next_transaction)::pg_snapshot;
ALTER TABLE webhook_progress RENAME next_transaction TO processed;
ALTER TABLE webhook_progress RENAME behind_line TO restored_line;
ALTER TABLE webhook_progress ADD processing_until pg_snapshot, ADD processed_line bigint NOT NULL DEFAULT 0;
