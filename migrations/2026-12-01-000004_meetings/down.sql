-- DROP ... CASCADE also drops the triggers that use the functions, and the history views of the
-- tables.
DROP TABLE evaluation_ratings, evaluation_external_ids, evaluations CASCADE;
DROP FUNCTION check_forms;
DROP FUNCTION protect_council, protect_term, protect_seat CASCADE;
DROP VIEW known.councils_expected, councils_expected;
DROP FUNCTION check_meeting_without_lines, check_lines_in_term CASCADE;
DROP VIEW lines_out_of_term;
DROP TABLE attendance_external_ids, attendance CASCADE;
DROP FUNCTION check_lines, violated_line_rule;
DROP VIEW meeting_keys;
DROP TABLE meeting_deliverables, meeting_external_ids, meetings CASCADE;
DROP FUNCTION has_closed_register, set_occurred_on;
DROP DOMAIN attendance_status, register_state, date_precision, meeting_status, meeting_kind;
