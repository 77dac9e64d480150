-- Returns the position in the change log up to which events have been detected.
SELECT processed, processing_until, processed_line, restored_line, compared_on, now() AS at
FROM webhook_progress
