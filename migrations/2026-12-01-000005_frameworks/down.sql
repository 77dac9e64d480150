-- DROP ... CASCADE also drops the history views.
DROP TABLE action_meetings, action_groups, actions, outcomes, themes, frameworks CASCADE;
DROP FUNCTION set_framework_id, is_closed, is_agreed, refuse_plan_year_change, refuse_back_to_draft;
DROP DOMAIN framework_status;
