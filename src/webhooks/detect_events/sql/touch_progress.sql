-- Waits for the round of event detection in progress, and makes rounds with an earlier snapshot fail.
-- Returns the progress.
UPDATE webhook_progress SET compared_on = compared_on
RETURNING processed, processing_until, processed_line, restored_line, compared_on, now() AS at
