DROP VIEW meetings_of_actions;
DROP TABLE action_meetings, action_groups, actions, outcomes, themes, frameworks;
DROP FUNCTION take_framework();
DROP FUNCTION keep_agreed(), keep_year();
DROP DOMAIN framework_status;
