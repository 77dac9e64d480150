-- How far the change log has been turned into events.
SELECT processed, processing_until, processed_line, restored_line, followed_on, now() AS at
FROM webhook_progress
