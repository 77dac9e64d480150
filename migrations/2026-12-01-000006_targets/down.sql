-- DROP ... CASCADE also drops the triggers that use the functions, and the history views of the
-- tables.
DROP FUNCTION refuse_move, refuse_action_group_change, refuse_target_action_change CASCADE;
DROP FUNCTION refuse_target_delete, refuse_target_insert, refuse_target_change CASCADE;
DROP TABLE revisions, target_groups, target_actions, targets CASCADE;
DROP FUNCTION check_target_parts, check_revision_delete, check_revision, is_importing;
DROP FUNCTION update_revisions, can_be_revised_to, update_target_groups, check_continued;
DROP FUNCTION tolerance_exceeds, threshold_fits;
DROP DOMAIN frequency, aim, measure_kind;
