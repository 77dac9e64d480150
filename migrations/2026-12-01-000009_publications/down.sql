DROP FUNCTION wait_for_writes, can_be_published, lasting_content, lasting_days;
DROP PROCEDURE create_period_triggers;
-- CASCADE drops the triggers.
DROP FUNCTION refuse_published_change CASCADE;
DROP FUNCTION single_day, are_published, is_published, content_digest;
ALTER TABLE targets DROP CONSTRAINT targets_baseline_publication;
DROP TABLE publication_parts, publications;
DROP FUNCTION check_publication, refuse_sealed_change, check_seal;
DROP DOMAIN publication_status;
