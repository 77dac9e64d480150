-- The past of tables stays as it is told here: without a line of the log it is what it was.
DROP VIEW known.targets CASCADE;
DROP FUNCTION known.past_targets();
ALTER TABLE targets DROP COLUMN baseline_publication_id;
DROP TRIGGER bump_version ON targets;
DROP INDEX targets_updated_at;
CALL keep_versions('targets');
CALL keep_changes('targets', 'targets', 'id');
CALL keep_known('targets', 'targets');
CALL keep_known_view('meetings_of_targets');
DO $$
DECLARE
    closed text;
    event text;
BEGIN
    FOREACH closed IN ARRAY ARRAY['meetings', 'meeting_deliverables', 'attendance', 'evaluations', 'evaluation_ratings', 'progress',
                                  'revisions', 'groups', 'seats', 'seat_terms', 'councils', 'council_memberships'] LOOP
        FOREACH event IN ARRAY ARRAY['insert', 'delete', 'update'] LOOP
            EXECUTE format('DROP TRIGGER %I ON %I', 'period_' || event, closed);
        END LOOP;
    END LOOP;
END $$;
DROP PROCEDURE close_periods(text, text);
DROP FUNCTION on_day(date), keep_published(), is_published(date, uuid);
DROP FUNCTION seal_of(uuid);
DROP TABLE publication_parts, publications;
DROP FUNCTION keep_publication(), keep_sealed(), check_seal();
DROP DOMAIN publication_status;
