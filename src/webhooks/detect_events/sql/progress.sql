-- Returns the progress of the event detection in the change log.
SELECT processed, processing_until, processed_line, restored_line, followed_on, now() AS at
FROM webhook_progress
