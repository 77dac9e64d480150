-- Returns the progress of the event detection in the change log, and locks it until the transaction
-- ends. Returns no row while another server has the lock.
SELECT processed, processing_until, processed_line, restored_line, compared_on, now() AS at
FROM webhook_progress
FOR UPDATE SKIP LOCKED
