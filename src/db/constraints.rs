//! Maps each constraint of the database to the error that a client gets: a field, a code and a
//! sentence.
//!
//! A test compares this list with the database catalogue.

use crate::values::FieldError;

/// A constraint of the database, and the error of a request that violates the constraint.
#[derive(Debug, Clone, Copy)]
pub struct Constraint {
    pub name: &'static str,
    pub table: &'static str,
    /// The table that a foreign key references. A write to that table violates the constraint only
    /// while other rows reference the written row.
    pub refers_to: Option<&'static str>,
    /// The code of the 409 error, if the state of other rows does not allow the write. `None` means
    /// that the error is a 422.
    pub clash: Option<&'static str>,
    pub pointer: Option<&'static str>,
    pub code: &'static str,
    pub detail: &'static str,
}

impl Constraint {
    pub fn field_error(&self) -> Option<FieldError> {
        self.pointer.map(|pointer| FieldError::body(pointer, self.code, self.detail))
    }
}

pub fn find(name: &str) -> Option<&'static Constraint> {
    ALL.iter().find(|constraint| constraint.name == name)
}

/// Returns the field error for a line of a bulk request that would violate the named constraint.
pub fn field_error_of(name: &str) -> FieldError {
    match find(name) {
        Some(rule) => {
            FieldError::body(rule.pointer.unwrap_or_default(), rule.clash.unwrap_or(rule.code), rule.detail)
        }
        None => FieldError::body("", "invalid", "The line of the request breaks a rule of the database."),
    }
}

const fn names(
    name: &'static str,
    table: &'static str,
    refers_to: &'static str,
    pointer: &'static str,
    detail: &'static str,
) -> Constraint {
    let refers_to = Some(refers_to);
    Constraint {
        name,
        table,
        refers_to,
        clash: None,
        pointer: Some(pointer),
        code: "unknown_reference",
        detail,
    }
}

const fn unique(
    name: &'static str,
    table: &'static str,
    pointer: &'static str,
    detail: &'static str,
) -> Constraint {
    let clash = Some("already_exists");
    Constraint { name, table, refers_to: None, clash, pointer: Some(pointer), code: "already_exists", detail }
}

const fn overlap(
    name: &'static str,
    table: &'static str,
    pointer: &'static str,
    detail: &'static str,
) -> Constraint {
    let clash = Some("overlap");
    Constraint { name, table, refers_to: None, clash, pointer: Some(pointer), code: "overlap", detail }
}

const fn rule(
    name: &'static str,
    table: &'static str,
    pointer: &'static str,
    code: &'static str,
    detail: &'static str,
) -> Constraint {
    Constraint { name, table, refers_to: None, clash: None, pointer: Some(pointer), code, detail }
}

const fn state(
    name: &'static str,
    table: &'static str,
    code: &'static str,
    detail: &'static str,
) -> Constraint {
    Constraint { name, table, refers_to: None, clash: Some(code), pointer: None, code, detail }
}

/// Declares a constraint that requires texts in normal form. A request cannot violate this
/// constraint, because the server normalises requests.
const fn normal(name: &'static str, table: &'static str) -> Constraint {
    rule(name, table, "", "invisible_text", NOT_NORMAL)
}

pub const ENDS_AFTER_START: &str =
    "The end must be later than the start. The range does not include the end.";
const POSITION: &str = "The position must be from 0 to 100000.";
const NOT_NORMAL: &str = "A text is not in the normal form. Use Unicode form NFC, without invisible characters and without white space at the start or end.";
const ANOTHER_ROW_HAS_KEY: &str = "Another record has this external id in the same external system.";

/// All constraints that a client can violate.
#[rustfmt::skip]
pub const ALL: &[Constraint] = &[
    rule("accounts_users_have_an_email", "accounts", "/email", "does_not_fit_the_kind", "A user must have an e-mail address. A client must not have an e-mail address."),
    rule("accounts_clients_write_a_system", "accounts", "/system", "does_not_fit_the_kind", "Only a client may have a `system`, the external system whose ids the client writes. Leave `system` out for a user."),
    unique("accounts_email_is_unique", "accounts", "/email", "Another user has this e-mail address."),
    unique("accounts_client_name_is_unique", "accounts", "/name", "Another client has or had this name. Choose another name."),
    rule("accounts_clients_have_keys", "accounts", "/jwks", "does_not_fit_the_kind", "Only a client may have public keys. Leave `jwks` out for a user."),
    rule("dataset_keys_expire_within_a_year", "dataset_keys", "/expires_at", "out_of_range", "The expiry of a dataset key must be later than its creation, by at most 366 days."),
    rule("webhooks_event_types_are_known", "webhooks", "/event_types", "unknown_value", "A webhook must have one to six event types, all from the documented list."),
    rule("webhooks_disabled_for_a_reason", "webhooks", "/enabled", "not_allowed", "An enabled webhook must not have a `disabled_reason`."),
    names("webhook_deliveries_webhook", "webhook_deliveries", "webhooks", "", "No webhook has this id."),
    names("webhook_deliveries_event", "webhook_deliveries", "webhook_events", "", "No event has this id."),
    unique("webhook_deliveries_once", "webhook_deliveries", "", "The webhook already has a delivery for this event."),
    rule("webhook_deliveries_pending_are_due", "webhook_deliveries", "", "not_allowed", "A pending delivery must have a `next_attempt_at`. No other delivery may have a `next_attempt_at`."),
    rule("webhook_progress_is_one_row", "webhook_progress", "", "not_allowed", "The table webhook_progress must have exactly one row."),
    rule("webhook_key_is_one_row", "webhook_key", "", "not_allowed", "The table webhook_key must have exactly one row."),
    names("target_snapshots_target", "target_snapshots", "targets", "", "No target has this id."),
    names("sessions_account", "sessions", "accounts", "", "No account has this id."),
    names("used_refresh_tokens_session", "used_refresh_tokens", "sessions", "", "No session has this id."),
    names("used_assertions_client", "used_assertions", "accounts", "", "No account has this id."),
    names("account_councils_account", "account_councils", "accounts", "", "No account has this id."),
    names("account_councils_council", "account_councils", "councils", "/council_ids", "No council has this id."),
    unique("role_mappings_are_distinct", "role_mappings", "/value", "Another role mapping has the same issuer, claim and value."),
    names("role_mapping_councils_mapping", "role_mapping_councils", "role_mappings", "", "No role mapping has this id."),
    names("role_mapping_councils_council", "role_mapping_councils", "councils", "/council_ids", "No council has this id."),
    rule("councils_exist_in_order", "councils", "/exists_until", "out_of_order", ENDS_AFTER_START),
    names("council_gss_codes_council", "council_gss_codes", "councils", "", "No council has this id."),
    rule("council_gss_codes_in_order", "council_gss_codes", "/gss_codes", "out_of_order", ENDS_AFTER_START),
    unique("council_gss_codes_one_council", "council_gss_codes", "/gss_codes", "Another council has one of these GSS codes in an overlapping period."),
    names("council_memberships_council", "council_memberships", "councils", "", "No council has this id."),
    rule("council_memberships_in_order", "council_memberships", "/memberships", "out_of_order", ENDS_AFTER_START),
    overlap("council_memberships_do_not_overlap", "council_memberships", "/memberships", "The periods of two memberships of the council overlap."),
    names("council_successions_successor", "council_successions", "councils", "", "No council has this id."),
    names("council_successions_predecessor", "council_successions", "councils", "/predecessors", "No council has this id."),
    rule("council_successions_of_another", "council_successions", "/predecessors", "own_predecessor", "A council must not be its own predecessor."),
    unique("groups_code_is_unique", "groups", "/code", "Another group has this code."),
    rule("groups_responsible_in_order", "groups", "/responsible_until", "out_of_order", ENDS_AFTER_START),
    names("seats_group", "seats", "groups", "/group_id", "No group has this id."),
    names("seats_council", "seats", "councils", "/council_id", "No council has this id."),
    rule("seats_ordinal_is_bounded", "seats", "/ordinal", "out_of_range", "The ordinal of a seat must be from 1 to 1000."),
    rule("seats_exist_in_order", "seats", "/exists_until", "out_of_order", ENDS_AFTER_START),
    unique("seats_are_distinct", "seats", "/ordinal", "The group already has a seat with this council, role and ordinal."),
    names("seat_terms_seat", "seat_terms", "seats", "", "No seat has this id."),
    rule("seat_terms_in_order", "seat_terms", "/terms", "out_of_order", ENDS_AFTER_START),
    overlap("seat_terms_do_not_overlap", "seat_terms", "/terms", "The periods of two terms of the seat overlap."),
    unique("meetings_title_is_unique", "meetings", "/title", "The group already has a meeting with this title on this day. If this is a different meeting, set `one_of_several` to true."),
    names("meetings_group", "meetings", "groups", "/group_id", "No group has this id."),
    names("meeting_deliverables_meeting", "meeting_deliverables", "meetings", "", "No meeting has this id."),
    names("attendance_meeting", "attendance", "meetings", "/meeting_id", "No meeting has this id."),
    names("attendance_seat", "attendance", "seats", "/seat_id", "No seat of this council has this id."),
    names("attendance_council", "attendance", "councils", "/council_id", "No council has this id."),
    rule("attendance_is_of_a_seat_a_delegate_or_a_visitor", "attendance", "/status", "invalid_combination", "An attendance record must be for a seat, for a council's delegate, or for a visitor with the status `in_attendance`."),
    unique("attendance_one_line_a_seat", "attendance", "/seat_id", "The register already has an attendance record for this seat."),
    unique("attendance_one_line_a_delegate", "attendance", "/delegate_ref", "The register already has an attendance record for this delegate."),
    state("attendance_meeting_was_not_cancelled", "attendance", "meeting_cancelled", "The meeting was cancelled, so it cannot have attendance records."),
    state("attendance_register_is_kept", "attendance", "register_not_kept", "The meeting's `register` is `not_kept`, so the meeting cannot have attendance records."),
    rule("attendance_delegate_at_open_event", "attendance", "/delegate_ref", "seat_required", "At a meeting of a group, an attendance record must name a seat, unless its status is `in_attendance`. Only open events have delegates."),
    rule("attendance_council_exists", "attendance", "/council_id", "council_does_not_exist", "The council did not exist on the meeting's date."),
    rule("attendance_seat_of_the_group", "attendance", "/seat_id", "seat_of_another_group", "The seat does not belong to the group of this meeting."),
    rule("attendance_seat_in_term", "attendance", "/seat_id", "seat_outside_term", "On the meeting's date, the seat did not exist or had no holder."),
    state("meetings_with_lines_are_held", "meetings", "has_attendance", "The meeting has attendance records. Delete them before you cancel the meeting or set its `register` to `not_kept`."),
    state("seats_in_closed_registers_are_kept", "seats", "in_use", "A closed register expects this seat, in its current role, or this council on a date that the change would exclude. Open the register before you make this change."),
    state("attendance_needs_the_term", "attendance", "in_use", "Attendance records exist for a date on which, after the change, the seat or council would not exist or the seat would have no holder."),
    names("evaluations_meeting", "evaluations", "meetings", "/meeting_id", "No meeting has this id."),
    unique("evaluations_one_a_question", "evaluations", "/question", "The meeting already has an evaluation with this question."),
    rule("evaluations_forms_within_handed_out", "evaluations", "/handed_out", "out_of_range", "More forms are answered than were handed out."),
    names("evaluation_ratings_evaluation", "evaluation_ratings", "evaluations", "", "No evaluation has this id."),
    rule("evaluation_ratings_position", "evaluation_ratings", "/ratings", "too_many", "An evaluation must have at most twenty ratings."),
    rule("evaluation_ratings_are_distinct", "evaluation_ratings", "/ratings", "duplicate", "Each rating must appear only once in an evaluation."),
    unique("frameworks_code_is_unique", "frameworks", "/code", "Another framework has this code."),
    rule("frameworks_cover_a_plan_period", "frameworks", "/plan_until", "not_a_plan_period", "A plan period must be 1 to 60 whole months long and end in a year up to 2100."),
    rule("frameworks_keep_their_first_day", "frameworks", "/plan_from", "fixed", "The first day of a framework's plan period cannot change."),
    rule("frameworks_keep_their_last_day", "frameworks", "/plan_until", "fixed", "The end of a framework's plan period cannot change."),
    state("frameworks_stay_agreed", "frameworks", "framework_agreed", "The framework's plan was agreed, so the framework cannot become a draft again."),
    names("themes_framework", "themes", "frameworks", "/framework_id", "No framework has this id."),
    unique("themes_code_is_unique", "themes", "/code", "Another theme of the framework has this code."),
    rule("themes_position_is_bounded", "themes", "/position", "out_of_range", POSITION),
    names("outcomes_theme", "outcomes", "themes", "/theme_id", "No theme of this framework has this id."),
    unique("outcomes_code_is_unique", "outcomes", "/code", "Another outcome of the framework has this code."),
    rule("outcomes_position_is_bounded", "outcomes", "/position", "out_of_range", POSITION),
    names("actions_outcome", "actions", "outcomes", "/outcome_id", "No outcome of this framework has this id."),
    unique("actions_code_is_unique", "actions", "/code", "Another action of the framework has this code."),
    rule("actions_position_is_bounded", "actions", "/position", "out_of_range", POSITION),
    rule("actions_quirks_are_bounded", "actions", "/quirks", "too_many", "An action must have at most twenty `quirks` (irregularities in the published plan)."),
    names("action_groups_action", "action_groups", "actions", "", "No action has this id."),
    names("action_groups_group", "action_groups", "groups", "/group_ids", "No group has this id."),
    names("action_meetings_action", "action_meetings", "actions", "", "No action has this id."),
    names("action_meetings_meeting", "action_meetings", "meetings", "/meeting_ids", "No meeting has this id."),
    names("targets_framework", "targets", "frameworks", "/action_ids", "No action has this id."),
    names("targets_continues", "targets", "targets", "/continues_target_id", "No target has this id."),
    names("targets_baseline_source", "targets", "targets", "/baseline/source/target_id", "No target has this id."),
    rule("targets_continue_another", "targets", "/continues_target_id", "own_predecessor", "A target must not continue itself."),
    rule("targets_continue_an_earlier_year", "targets", "/continues_target_id", "not_earlier", "The target to continue must belong to an earlier plan period."),
    unique("targets_code_is_unique", "targets", "/code", "Another target of the framework has this code."),
    rule("targets_position_is_bounded", "targets", "/position", "out_of_range", POSITION),
    rule("targets_frequencies_are_known", "targets", "/frequencies", "unknown_value", "A target must have one to eight reporting frequencies, all from the documented list."),
    rule("targets_sources_are_bounded", "targets", "/sources", "too_many", "A target must have at most twenty `sources`."),
    rule("targets_threshold_fits", "targets", "/threshold", "threshold_does_not_fit", "The threshold does not fit the target's measure. A rate needs 0 to 100, and a count or an amount in pence needs a whole number. Milestones and narratives have no threshold."),
    rule("targets_ratio_threshold_fits", "targets", "/threshold", "threshold_does_not_fit", "A threshold above 100 % needs a ratio that may exceed 100 %. Set `may_exceed` of the measure."),
    rule("targets_ratio_has_a_unit", "targets", "/measure", "does_not_fit", "A ratio has `per` from 1 to 1,000,000, `decimals` from 0 to 4, and a `unit_name` unless `per` is 100."),
    rule("targets_allow_their_entries", "targets", "/measure/may_exceed", "does_not_fit", "A progress entry of the target has a numerator that exceeds its denominator, so the measure must allow it."),
    rule("targets_reading_lag_fits", "targets", "/reading_lag", "out_of_range", "A reading lag is at most 36 months or 1100 days."),
    rule("targets_measure_words_are_known", "targets", "/measure", "unknown_value", "A field of the target's measure has an unknown value. Send one of the documented values."),
    rule("targets_baseline_has_a_value", "targets", "/baseline", "required", "A baseline must have a `value`."),
    rule("targets_tolerance_fits", "targets", "/tolerance", "tolerance_does_not_fit", "The tolerance does not fit the target. A relative tolerance is at most 100 % and needs a threshold other than 0. Money and milestones have no tolerance."),
    rule("targets_tolerance_within_threshold", "targets", "/tolerance", "tolerance_does_not_fit", "For a target with the aim `at_least`, the absolute tolerance must not exceed the threshold."),
    rule("targets_profile_within_threshold", "targets", "/measure/profile", "out_of_range", "The profile expects more by a given day than the threshold. If the aim is `at_least`, every `expected` value must be at most the threshold."),
    rule("targets_profile_in_the_plan_year", "targets", "/measure/profile", "outside_the_plan_period", "Each `by_on` date of the target's profile must be within the framework's plan period."),
    state("targets_fit_their_revisions", "targets", "has_revisions", "The change conflicts with a revision of the target's threshold."),
    state("targets_of_an_agreed_plan", "targets", "plan_agreed", "The framework's plan is agreed, so nothing that determines a target's figures or status can change. A closed framework takes no new target. In an active framework, create a revision to change a threshold."),
    state("targets_keep_their_groups", "actions", "plan_agreed", "The framework's plan is agreed, so the groups of an action with targets cannot change."),
    state("targets_keep_their_outcome", "actions", "plan_agreed", "The framework's plan is agreed, so the outcome of an action with targets cannot change."),
    state("targets_keep_their_theme", "outcomes", "plan_agreed", "The framework's plan is agreed, so the theme of an outcome with targets cannot change."),
    names("targets_baseline_publication", "targets", "publications", "/baseline/source/publication_id", "No publication has this id."),
    names("publications_framework", "publications", "frameworks", "/framework_id", "No framework has this id."),
    unique("publications_published_once", "publications", "/status", "The framework's metrics for this day are already published. Reopen that publication first."),
    rule("publications_reopened_for_a_reason", "publications", "/reopened_reason", "reason_required", "A reopened publication must have a `reopened_reason`. No other publication may have a `reopened_reason`."),
    state("publications_approved_by_another", "publications", "second_person_required", "The person who sealed a publication cannot approve it. Another person must approve it."),
    state("publications_change_status_in_order", "publications", "invalid_transition", "The publication's status cannot change in this way. A draft can be approved. An approved publication can be published or set back to draft. A published publication can be reopened."),
    state("publications_are_sealed", "publications", "sealed", "The content of a publication is sealed and cannot change. Only the title of a draft publication can change."),
    state("publications_are_kept", "publications", "not_a_draft", "Only a draft publication can be deleted. Set an approved publication back to draft first. A published publication can only be reopened."),
    state("publications_period_is_published", "publications", "period_published", "The figures of this period are published and cannot change. An officer must first reopen the publication, with a reason."),
    names("publication_parts_publication", "publication_parts", "publications", "", "No publication has this id."),
    names("publication_parts_target", "publication_parts", "targets", "", "No target has this id."),
    names("target_actions_target", "target_actions", "targets", "", "No target has this id."),
    names("target_actions_action", "target_actions", "actions", "/action_ids", "No action of this framework has this id."),
    names("target_groups_target", "target_groups", "targets", "", "No target has this id."),
    names("target_groups_group", "target_groups", "groups", "/measure/selector/group_ids", "No group has this id."),
    names("revisions_target", "revisions", "targets", "/target_id", "No target has this id."),
    unique("revisions_one_a_day", "revisions", "/revised_on", "The target already has a revision with this date."),
    state("revisions_of_an_agreed_plan", "revisions", "framework_draft", "The framework is a draft, so its targets cannot have revisions. Change the target's threshold directly."),
    state("revisions_while_not_closed", "revisions", "framework_closed", "The framework is closed, so the thresholds of its targets cannot change."),
    rule("revisions_of_a_threshold", "revisions", "/target_id", "no_threshold", "The target has no threshold, so it cannot have a revision."),
    state("revisions_in_order", "revisions", "later_revision_exists", "The date of the revision must be later than the dates of the target's other revisions."),
    rule("revisions_in_the_plan_year", "revisions", "/revised_on", "outside_the_plan_period", "The date of the revision must be within the framework's plan period."),
    rule("revisions_threshold_fits", "revisions", "/threshold", "threshold_does_not_fit", "This is not a possible threshold for the target. A rate needs 0 to 100, and a count or an amount in pence needs a whole number. A relative tolerance needs a threshold other than 0. If the aim is `at_least`, the absolute tolerance must not exceed the threshold."),
    state("revisions_latest_is_deleted_first", "revisions", "later_revision_exists", "The target has a later revision. Delete the later revision first."),
    names("progress_target", "progress", "targets", "/target_id", "No target has this id."),
    names("progress_council", "progress", "councils", "/entry/council_id", "No council has this id."),
    Constraint { code: "does_not_fit_the_measure", ..names("progress_fits_the_measure", "progress", "targets", "/entry/kind", "Progress entries of this kind do not fit the target's measure.") },
    Constraint { code: "does_not_fit_the_area", ..names("progress_fits_the_area", "progress", "targets", "/entry/area", "The target measures the money of another area. Send a figure for the whole association as an entry of the kind `claim`.") },
    names("progress_supersedes", "progress", "progress", "/supersedes_id", "No progress entry with the same target and kind has this id."),
    rule("progress_supersedes_another", "progress", "/supersedes_id", "own_predecessor", "A progress entry cannot supersede itself."),
    unique("progress_superseded_once", "progress", "/supersedes_id", "Another progress entry already supersedes the entry with this id. Supersede that newer entry."),
    rule("progress_is_of_its_kind", "progress", "/entry", "does_not_fit_the_kind", "The fields of the progress entry do not match its `kind`."),
    rule("progress_numerator_within", "progress", "/entry/numerator", "out_of_range", "The numerator must not exceed the denominator, because the target's measure does not allow it."),
    rule("progress_money_is_not_negative", "progress", "/entry", "out_of_range", "Income and cost must not be negative."),
    names("group_external_ids_owner", "group_external_ids", "groups", "", "No group has this id."),
    unique("group_external_ids_unique", "group_external_ids", "/external_ids", ANOTHER_ROW_HAS_KEY),
    names("seat_external_ids_owner", "seat_external_ids", "seats", "", "No seat has this id."),
    unique("seat_external_ids_unique", "seat_external_ids", "/external_ids", ANOTHER_ROW_HAS_KEY),
    names("meeting_external_ids_owner", "meeting_external_ids", "meetings", "", "No meeting has this id."),
    unique("meeting_external_ids_unique", "meeting_external_ids", "/external_ids", ANOTHER_ROW_HAS_KEY),
    names("attendance_external_ids_owner", "attendance_external_ids", "attendance", "", "No attendance record has this id."),
    unique("attendance_external_ids_unique", "attendance_external_ids", "/external_ids", ANOTHER_ROW_HAS_KEY),
    names("evaluation_external_ids_owner", "evaluation_external_ids", "evaluations", "", "No evaluation has this id."),
    unique("evaluation_external_ids_unique", "evaluation_external_ids", "/external_ids", ANOTHER_ROW_HAS_KEY),
    names("progress_external_ids_owner", "progress_external_ids", "progress", "", "No progress entry has this id."),
    unique("progress_external_ids_unique", "progress_external_ids", "/external_ids", ANOTHER_ROW_HAS_KEY),
    normal("councils_text_is_normal", "councils"),
    normal("groups_text_is_normal", "groups"),
    normal("seat_terms_text_is_normal", "seat_terms"),
    normal("meetings_text_is_normal", "meetings"),
    normal("attendance_text_is_normal", "attendance"),
    normal("frameworks_text_is_normal", "frameworks"),
    normal("themes_text_is_normal", "themes"),
    normal("outcomes_text_is_normal", "outcomes"),
    normal("actions_text_is_normal", "actions"),
    normal("targets_text_is_normal", "targets"),
    normal("progress_text_is_normal", "progress"),
    normal("accounts_text_is_normal", "accounts"),
    normal("role_mappings_text_is_normal", "role_mappings"),
    normal("dataset_keys_text_is_normal", "dataset_keys"),
    normal("webhooks_text_is_normal", "webhooks"),
    normal("group_external_ids_text_is_normal", "group_external_ids"),
    normal("seat_external_ids_text_is_normal", "seat_external_ids"),
    normal("meeting_external_ids_text_is_normal", "meeting_external_ids"),
    normal("attendance_external_ids_text_is_normal", "attendance_external_ids"),
    normal("evaluation_external_ids_text_is_normal", "evaluation_external_ids"),
    normal("progress_external_ids_text_is_normal", "progress_external_ids"),
];
