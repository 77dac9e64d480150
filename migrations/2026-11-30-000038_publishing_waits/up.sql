-- Publishing and writes wait for each other, so that each write is checked against everything that is published when it
-- ends. 6175414 is any number but those of other locks.

-- Whether a publication can be published before this transaction ends. Where none can, the transaction holds a lock that
-- publishing waits for. The function is volatile: its second query has a snapshot that is taken under the lock. An approved
-- publication counts, so that no write waits for a publishing that is itself waiting for writes.
CREATE FUNCTION can_be_published() RETURNS boolean VOLATILE LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM publications WHERE status IN ('approved', 'published')) THEN RETURN true; END IF;
    PERFORM pg_advisory_xact_lock_shared(6175414);
    RETURN EXISTS (SELECT FROM publications WHERE status IN ('approved', 'published'));
END $$;

-- Waits for the transactions that were told that nothing can be published and for those that have written, and keeps others
-- from writing until this transaction ends. To be called before a publication's row is locked.
CREATE FUNCTION wait_for_writes() RETURNS void VOLATILE LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(6175414);
    LOCK TABLE changes IN SHARE ROW EXCLUSIVE MODE;
END $$;
