DROP TRIGGER log_insert ON councils;
DROP TRIGGER log_update ON councils;
DROP TRIGGER log_delete ON councils;
DROP TRIGGER log_insert ON council_gss_codes;
DROP TRIGGER log_update ON council_gss_codes;
DROP TRIGGER log_delete ON council_gss_codes;
DROP TRIGGER log_insert ON council_memberships;
DROP TRIGGER log_update ON council_memberships;
DROP TRIGGER log_delete ON council_memberships;
DROP TRIGGER log_insert ON council_successions;
DROP TRIGGER log_update ON council_successions;
DROP TRIGGER log_delete ON council_successions;
DROP TRIGGER log_insert ON groups;
DROP TRIGGER log_update ON groups;
DROP TRIGGER log_delete ON groups;
DROP TRIGGER log_insert ON group_external_ids;
DROP TRIGGER log_update ON group_external_ids;
DROP TRIGGER log_delete ON group_external_ids;
DROP TRIGGER log_insert ON seats;
DROP TRIGGER log_update ON seats;
DROP TRIGGER log_delete ON seats;
DROP TRIGGER log_insert ON seat_terms;
DROP TRIGGER log_update ON seat_terms;
DROP TRIGGER log_delete ON seat_terms;
DROP TRIGGER log_insert ON seat_external_ids;
DROP TRIGGER log_update ON seat_external_ids;
DROP TRIGGER log_delete ON seat_external_ids;
DROP TRIGGER log_insert ON meetings;
DROP TRIGGER log_update ON meetings;
DROP TRIGGER log_delete ON meetings;
DROP TRIGGER log_insert ON meeting_deliverables;
DROP TRIGGER log_update ON meeting_deliverables;
DROP TRIGGER log_delete ON meeting_deliverables;
DROP TRIGGER log_insert ON meeting_external_ids;
DROP TRIGGER log_update ON meeting_external_ids;
DROP TRIGGER log_delete ON meeting_external_ids;
DROP TRIGGER log_insert ON attendance;
DROP TRIGGER log_update ON attendance;
DROP TRIGGER log_delete ON attendance;
DROP TRIGGER log_insert ON attendance_external_ids;
DROP TRIGGER log_update ON attendance_external_ids;
DROP TRIGGER log_delete ON attendance_external_ids;
DROP TRIGGER log_insert ON evaluations;
DROP TRIGGER log_update ON evaluations;
DROP TRIGGER log_delete ON evaluations;
DROP TRIGGER log_insert ON evaluation_ratings;
DROP TRIGGER log_update ON evaluation_ratings;
DROP TRIGGER log_delete ON evaluation_ratings;
DROP TRIGGER log_insert ON evaluation_external_ids;
DROP TRIGGER log_update ON evaluation_external_ids;
DROP TRIGGER log_delete ON evaluation_external_ids;
DROP TRIGGER log_insert ON frameworks;
DROP TRIGGER log_update ON frameworks;
DROP TRIGGER log_delete ON frameworks;
DROP TRIGGER log_insert ON themes;
DROP TRIGGER log_update ON themes;
DROP TRIGGER log_delete ON themes;
DROP TRIGGER log_insert ON outcomes;
DROP TRIGGER log_update ON outcomes;
DROP TRIGGER log_delete ON outcomes;
DROP TRIGGER log_insert ON actions;
DROP TRIGGER log_update ON actions;
DROP TRIGGER log_delete ON actions;
DROP TRIGGER log_insert ON action_groups;
DROP TRIGGER log_update ON action_groups;
DROP TRIGGER log_delete ON action_groups;
DROP TRIGGER log_insert ON action_meetings;
DROP TRIGGER log_update ON action_meetings;
DROP TRIGGER log_delete ON action_meetings;
DROP TRIGGER log_insert ON targets;
DROP TRIGGER log_update ON targets;
DROP TRIGGER log_delete ON targets;
DROP TRIGGER log_insert ON target_actions;
DROP TRIGGER log_update ON target_actions;
DROP TRIGGER log_delete ON target_actions;
DROP TRIGGER log_insert ON target_groups;
DROP TRIGGER log_update ON target_groups;
DROP TRIGGER log_delete ON target_groups;
DROP TRIGGER log_insert ON revisions;
DROP TRIGGER log_update ON revisions;
DROP TRIGGER log_delete ON revisions;
DROP TRIGGER log_insert ON progress;
DROP TRIGGER log_update ON progress;
DROP TRIGGER log_delete ON progress;
DROP TRIGGER log_insert ON progress_external_ids;
DROP TRIGGER log_update ON progress_external_ids;
DROP TRIGGER log_delete ON progress_external_ids;
DROP TRIGGER log_insert ON accounts;
DROP TRIGGER log_update ON accounts;
DROP TRIGGER log_delete ON accounts;
DROP TRIGGER log_insert ON account_councils;
DROP TRIGGER log_update ON account_councils;
DROP TRIGGER log_delete ON account_councils;
DROP TRIGGER touch_parent_insert ON council_gss_codes;
DROP TRIGGER touch_parent_delete ON council_gss_codes;
DROP TRIGGER touch_parent_update ON council_gss_codes;
DROP TRIGGER touch_parent_insert ON council_memberships;
DROP TRIGGER touch_parent_delete ON council_memberships;
DROP TRIGGER touch_parent_update ON council_memberships;
DROP TRIGGER touch_parent_insert ON council_successions;
DROP TRIGGER touch_parent_delete ON council_successions;
DROP TRIGGER touch_parent_update ON council_successions;
DROP TRIGGER touch_parent_insert ON group_external_ids;
DROP TRIGGER touch_parent_delete ON group_external_ids;
DROP TRIGGER touch_parent_update ON group_external_ids;
DROP TRIGGER touch_parent_insert ON seat_terms;
DROP TRIGGER touch_parent_delete ON seat_terms;
DROP TRIGGER touch_parent_update ON seat_terms;
DROP TRIGGER touch_parent_insert ON seat_external_ids;
DROP TRIGGER touch_parent_delete ON seat_external_ids;
DROP TRIGGER touch_parent_update ON seat_external_ids;
DROP TRIGGER touch_parent_insert ON meeting_deliverables;
DROP TRIGGER touch_parent_delete ON meeting_deliverables;
DROP TRIGGER touch_parent_update ON meeting_deliverables;
DROP TRIGGER touch_parent_insert ON meeting_external_ids;
DROP TRIGGER touch_parent_delete ON meeting_external_ids;
DROP TRIGGER touch_parent_update ON meeting_external_ids;
DROP TRIGGER touch_parent_insert ON attendance_external_ids;
DROP TRIGGER touch_parent_delete ON attendance_external_ids;
DROP TRIGGER touch_parent_update ON attendance_external_ids;
DROP TRIGGER touch_parent_insert ON evaluation_ratings;
DROP TRIGGER touch_parent_delete ON evaluation_ratings;
DROP TRIGGER touch_parent_update ON evaluation_ratings;
DROP TRIGGER touch_parent_insert ON evaluation_external_ids;
DROP TRIGGER touch_parent_delete ON evaluation_external_ids;
DROP TRIGGER touch_parent_update ON evaluation_external_ids;
DROP TRIGGER touch_parent_insert ON action_groups;
DROP TRIGGER touch_parent_delete ON action_groups;
DROP TRIGGER touch_parent_update ON action_groups;
DROP TRIGGER touch_parent_insert ON action_meetings;
DROP TRIGGER touch_parent_delete ON action_meetings;
DROP TRIGGER touch_parent_update ON action_meetings;
DROP TRIGGER touch_parent_insert ON target_actions;
DROP TRIGGER touch_parent_delete ON target_actions;
DROP TRIGGER touch_parent_update ON target_actions;
DROP TRIGGER touch_parent_insert ON progress_external_ids;
DROP TRIGGER touch_parent_delete ON progress_external_ids;
DROP TRIGGER touch_parent_update ON progress_external_ids;
DROP TRIGGER touch_parent_insert ON account_councils;
DROP TRIGGER touch_parent_delete ON account_councils;
DROP TRIGGER touch_parent_update ON account_councils;
DROP TRIGGER touch_superseded_insert ON progress;
DROP TRIGGER touch_superseded_delete ON progress;

CREATE OR REPLACE FUNCTION touch_parent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    child jsonb := to_jsonb(COALESCE(NEW, OLD));
    parent_column text;
BEGIN
    FOREACH parent_column IN ARRAY TG_ARGV[1:] LOOP
        EXECUTE format(
            'UPDATE %I SET version = version + 1, updated_at = now()
             WHERE id = $1 AND NOT (updated_at = now() AND age(xmin) <= age(pg_current_xact_id()::xid))', TG_ARGV[0])
        USING (child ->> parent_column)::uuid;
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON council_gss_codes
    FOR EACH ROW EXECUTE FUNCTION touch_parent('councils', 'council_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON council_memberships
    FOR EACH ROW EXECUTE FUNCTION touch_parent('councils', 'council_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON council_successions
    FOR EACH ROW EXECUTE FUNCTION touch_parent('councils', 'successor_id', 'predecessor_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON group_external_ids
    FOR EACH ROW EXECUTE FUNCTION touch_parent('groups', 'group_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON seat_terms
    FOR EACH ROW EXECUTE FUNCTION touch_parent('seats', 'seat_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON seat_external_ids
    FOR EACH ROW EXECUTE FUNCTION touch_parent('seats', 'seat_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON meeting_deliverables
    FOR EACH ROW EXECUTE FUNCTION touch_parent('meetings', 'meeting_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON meeting_external_ids
    FOR EACH ROW EXECUTE FUNCTION touch_parent('meetings', 'meeting_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON attendance_external_ids
    FOR EACH ROW EXECUTE FUNCTION touch_parent('attendance', 'attendance_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON evaluation_ratings
    FOR EACH ROW EXECUTE FUNCTION touch_parent('evaluations', 'evaluation_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON evaluation_external_ids
    FOR EACH ROW EXECUTE FUNCTION touch_parent('evaluations', 'evaluation_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON action_groups
    FOR EACH ROW EXECUTE FUNCTION touch_parent('actions', 'action_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON action_meetings
    FOR EACH ROW EXECUTE FUNCTION touch_parent('actions', 'action_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON target_actions
    FOR EACH ROW EXECUTE FUNCTION touch_parent('targets', 'target_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON progress_external_ids
    FOR EACH ROW EXECUTE FUNCTION touch_parent('progress', 'progress_id');
CREATE TRIGGER touch_parent AFTER INSERT OR UPDATE OR DELETE ON account_councils
    FOR EACH ROW EXECUTE FUNCTION touch_parent('accounts', 'account_id');
CREATE TRIGGER touch_superseded AFTER INSERT OR DELETE ON progress
    FOR EACH ROW EXECUTE FUNCTION touch_parent('progress', 'supersedes_id');

DROP PROCEDURE touch_parents(text, text, text, text[]);
DROP PROCEDURE keep_changes(text, text, text, text[]);
DROP FUNCTION log_changes();
DROP FUNCTION note_changes(text, text, text, uuid[], json, json);
DROP VIEW changed_rows;
DROP TABLE changes;
DROP FUNCTION keep_log();
DROP DOMAIN change_action, actor_kind;
