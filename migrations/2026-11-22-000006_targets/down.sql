DROP TABLE revisions, target_groups, target_actions, targets;
DROP FUNCTION check_continued();
DROP FUNCTION keep_chain();
DROP FUNCTION chain_revision();
DROP FUNCTION refuse_revision(text);
DROP FUNCTION keep_threshold();
DROP FUNCTION is_importing();
DROP FUNCTION keep_target_groups();
DROP DOMAIN measure_kind, aim, frequency;
