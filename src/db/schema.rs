//! The database tables as diesel needs them. A test compares this file with the migrated database,
//! column by column.

diesel::table! { councils (id) {
    id -> Uuid, name -> Text, kind -> Text, county -> Nullable<Text>,
    exists_from -> Nullable<Date>, exists_until -> Nullable<Date>,
    version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { council_gss_codes (council_id, gss_code) {
    council_id -> Uuid, gss_code -> Text, valid_from -> Nullable<Date>, valid_until -> Nullable<Date>,
} }
diesel::table! { council_memberships (council_id, member_from) {
    council_id -> Uuid, member_from -> Date, member_until -> Nullable<Date>,
} }
diesel::table! { council_successions (successor_id, predecessor_id) {
    successor_id -> Uuid, predecessor_id -> Uuid, kind -> Text, succeeded_on -> Date,
} }

diesel::table! { accounts (id) {
    id -> Uuid, kind -> Text, name -> Text, email -> Nullable<Text>, role -> Text, system -> Nullable<Text>,
    secret_hash -> Nullable<Text>, version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
    revoked_at -> Nullable<Timestamptz>, jwks -> Nullable<Jsonb>,
} }
diesel::table! { account_councils (account_id, council_id) { account_id -> Uuid, council_id -> Uuid, } }

diesel::table! { sessions (id) {
    id -> Uuid, account_id -> Uuid, token_hash -> Binary, created_at -> Timestamptz, expires_at -> Timestamptz,
} }
diesel::table! { used_refresh_tokens (session_id, token_hash) {
    session_id -> Uuid, token_hash -> Binary, exchanged_at -> Timestamptz, salt -> Nullable<Binary>,
} }
diesel::table! { used_assertions (client_id, jti) { client_id -> Uuid, jti -> Text, expires_at -> Timestamptz, } }
diesel::table! { rate_limit_buckets (bucket) { bucket -> Uuid, full_at -> Timestamptz, } }
diesel::table! { role_mappings (id) {
    id -> Uuid, name -> Text, issuer -> Text, claim -> Text, value -> Text, role -> Text, system -> Nullable<Text>,
    version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { role_mapping_councils (role_mapping_id, council_id) { role_mapping_id -> Uuid, council_id -> Uuid, } }

diesel::table! { dataset_keys (id) {
    id -> Uuid, name -> Text, expires_at -> Timestamptz, last_used_on -> Nullable<Date>, secret_hash -> Binary,
    version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz, revoked_at -> Nullable<Timestamptz>,
} }

diesel::table! { webhooks (id) {
    id -> Uuid, name -> Text, url -> Text, event_types -> Array<Text>, enabled -> Bool, disabled_reason -> Nullable<Text>,
    secret_generation -> Integer, signs_from_generation -> Integer, secret_made_at -> Timestamptz,
    created_snapshot -> Text,
    version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { webhook_events (id) {
    id -> Uuid, event_type -> Text, occurred_at -> Timestamptz, content -> Text,
} }
diesel::table! { webhook_deliveries (id) {
    id -> Uuid, webhook_id -> Uuid, event_id -> Uuid, status -> Text, attempts -> Integer,
    last_attempt_at -> Nullable<Timestamptz>, last_status_code -> Nullable<Integer>, last_fault -> Nullable<Text>,
    next_attempt_at -> Nullable<Timestamptz>, delivered_at -> Nullable<Timestamptz>,
    version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { use diesel::sql_types::*; use crate::db::snapshot::PgSnapshot; webhook_progress (only_row) {
    only_row -> Bool, processed -> PgSnapshot, restored_line -> BigInt, compared_on -> Nullable<Date>,
    processing_until -> Nullable<PgSnapshot>, processed_line -> BigInt,
} }
diesel::table! { webhook_key (only_row) { only_row -> Bool, fingerprint -> Text, } }
diesel::table! { target_snapshots (target_id) { target_id -> Uuid, status -> Text, overdue -> Array<Text>, } }

diesel::table! { idempotent_responses (client, key) {
    client -> Text, key -> Text, request_digest -> Binary, location -> Nullable<Text>,
    etag -> Nullable<Text>, body -> Binary, shows_a_name -> Bool, created_at -> Timestamptz, bytes -> BigInt,
} }
diesel::table! { idempotent_clients (client) { client -> Text, bytes -> BigInt, } }

diesel::table! { observations (resource, key) {
    resource -> Text, key -> Text, observed_at -> Timestamptz, recorded_at -> Timestamptz,
} }

diesel::table! { groups (id) {
    id -> Uuid, code -> Text, name -> Text,
    responsible_from -> Nullable<Date>, responsible_until -> Nullable<Date>, handed_to -> Nullable<Text>,
    notes -> Nullable<Text>, version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { group_external_ids (group_id, system) { group_id -> Uuid, system -> Text, external_id -> Text, } }
diesel::table! { seats (id) {
    id -> Uuid, group_id -> Uuid, council_id -> Uuid, role -> Text, ordinal -> Integer,
    exists_from -> Nullable<Date>, exists_until -> Nullable<Date>,
    version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { seat_external_ids (seat_id, system) { seat_id -> Uuid, system -> Text, external_id -> Text, } }
diesel::table! { seat_terms (seat_id, held_from) {
    seat_id -> Uuid, holder_ref -> Text, holder_name -> Nullable<Text>,
    held_from -> Date, held_until -> Nullable<Date>,
} }

diesel::table! { meetings (id) {
    id -> Uuid, group_id -> Nullable<Uuid>, kind -> Text, title -> Text, held_on -> Date, date_precision -> Text,
    latest_on -> Date, status -> Text, register -> Text, notes -> Nullable<Text>,
    version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz, occurred_on -> Date, one_of_several -> Bool,
    constructed -> Bool,
} }
diesel::table! { meeting_external_ids (meeting_id, system) { meeting_id -> Uuid, system -> Text, external_id -> Text, } }
diesel::table! { meeting_deliverables (meeting_id, deliverable) {
    meeting_id -> Uuid, deliverable -> Text, delivered -> Nullable<Bool>,
} }
diesel::table! { councils_expected (meeting_id, council_id) { meeting_id -> Uuid, council_id -> Uuid, } }
diesel::table! { attendance (id) {
    id -> Uuid, meeting_id -> Uuid, seat_id -> Nullable<Uuid>, council_id -> Nullable<Uuid>,
    delegate_ref -> Nullable<Text>, attendee_name -> Nullable<Text>, status -> Text, note -> Nullable<Text>,
    version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { attendance_external_ids (attendance_id, system) {
    attendance_id -> Uuid, system -> Text, external_id -> Text,
} }
diesel::table! { evaluations (id) {
    id -> Uuid, meeting_id -> Uuid, question -> Text, handed_out -> Nullable<BigInt>,
    version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { evaluation_external_ids (evaluation_id, system) {
    evaluation_id -> Uuid, system -> Text, external_id -> Text,
} }
diesel::table! { evaluation_ratings (evaluation_id, position) {
    evaluation_id -> Uuid, position -> Integer, rating -> Text, forms -> BigInt,
} }

diesel::table! { frameworks (id) {
    id -> Uuid, code -> Text, title -> Text, plan_from -> Date, plan_until -> Date, status -> Text,
    notes -> Nullable<Text>, version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { themes (id) {
    id -> Uuid, framework_id -> Uuid, code -> Text, #[sql_name = "ref"] ref_ -> Nullable<Text>, title -> Text,
    position -> Integer, version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { outcomes (id) {
    id -> Uuid, framework_id -> Uuid, theme_id -> Uuid, code -> Text, #[sql_name = "ref"] ref_ -> Nullable<Text>,
    title -> Text, position -> Integer, version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { actions (id) {
    id -> Uuid, framework_id -> Uuid, outcome_id -> Uuid, code -> Text, #[sql_name = "ref"] ref_ -> Nullable<Text>,
    title -> Text, position -> Integer, source_lines -> Nullable<Text>, quirks -> Array<Text>,
    notes -> Nullable<Text>, version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { action_groups (action_id, group_id) { action_id -> Uuid, group_id -> Uuid, } }
diesel::table! { action_meetings (action_id, meeting_id) { action_id -> Uuid, meeting_id -> Uuid, } }
diesel::table! { meetings_of_actions (action_id, meeting_id) { action_id -> Uuid, meeting_id -> Uuid, } }

diesel::table! { targets (id) {
    id -> Uuid, framework_id -> Uuid, code -> Text, title -> Text, position -> Integer, measure -> Jsonb,
    measure_kind -> Text, area -> Nullable<Text>, valued_kind -> Nullable<Text>, aim -> Text,
    threshold -> Nullable<Numeric>, tolerance -> Nullable<Jsonb>, frequencies -> Array<Text>,
    frequency_printed -> Nullable<Text>, sources -> Array<Text>, baseline -> Nullable<Jsonb>,
    owner -> Nullable<Text>, due_on -> Nullable<Date>, notes -> Nullable<Text>, implied -> Bool,
    council_reported -> Bool, reading_lag -> Nullable<Jsonb>, continues_target_id -> Nullable<Uuid>, baseline_target_id -> Nullable<Uuid>, baseline_publication_id -> Nullable<Uuid>,
    version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { target_actions (target_id, action_id) {
    target_id -> Uuid, action_id -> Uuid, framework_id -> Uuid,
} }
diesel::table! { target_groups (target_id, group_id) { target_id -> Uuid, group_id -> Uuid, } }
diesel::table! { revisions (id) {
    id -> Uuid, target_id -> Uuid, revised_on -> Date, threshold -> Numeric, previous_threshold -> Nullable<Numeric>,
    reason -> Text, reference -> Nullable<Text>,
    version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { progress (id) {
    id -> Uuid, target_id -> Uuid, kind -> Text, valued_kind -> Nullable<Text>, occurred_on -> Date,
    source -> Text, author -> Text, occasion -> Nullable<Text>, note -> Nullable<Text>,
    evidence_url -> Nullable<Text>, supersedes_id -> Nullable<Uuid>, council_id -> Nullable<Uuid>,
    covered -> Nullable<Bool>, count -> Nullable<BigInt>, numerator -> Nullable<BigInt>,
    denominator -> Nullable<BigInt>, reading -> Nullable<Numeric>, provisional -> Bool,
    area -> Nullable<Text>, income_pence -> Nullable<BigInt>,
    cost_pence -> Nullable<BigInt>, milestone_state -> Nullable<Text>, judged_status -> Nullable<Text>,
    text -> Nullable<Text>, claimed_value -> Nullable<Numeric>, claimed_unit -> Nullable<Text>,
    version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { progress_external_ids (progress_id, system) {
    progress_id -> Uuid, system -> Text, external_id -> Text,
} }

diesel::table! { publications (id) {
    id -> Uuid, framework_id -> Uuid, title -> Text, plan_from -> Date, as_at -> Date, last_line -> BigInt,
    rule_version -> Text, content_sha256 -> Text, status -> Text, sealed_by -> Text,
    approved_by -> Nullable<Text>, approved_at -> Nullable<Timestamptz>,
    published_by -> Nullable<Text>, published_at -> Nullable<Timestamptz>,
    reopened_by -> Nullable<Text>, reopened_at -> Nullable<Timestamptz>, reopened_reason -> Nullable<Text>,
    version -> BigInt, created_at -> Timestamptz, updated_at -> Timestamptz,
} }
diesel::table! { publication_parts (publication_id, position) {
    publication_id -> Uuid, position -> Integer, target_id -> Nullable<Uuid>, content -> Text,
} }

diesel::table! { changes (id) {
    id -> BigInt, transaction_id -> BigInt, changed_at -> Timestamptz, actor_kind -> Text, account_id -> Nullable<Uuid>,
    actor -> Text, operation -> Text, request_id -> Nullable<Text>, resource -> Text, part -> Nullable<Text>,
    action -> Text, ids -> Array<Uuid>, before -> Nullable<Json>, after -> Nullable<Json>,
} }
diesel::table! { disclosures (id) {
    id -> Uuid, disclosed_at -> Timestamptz, actor_kind -> Text, account_id -> Nullable<Uuid>, actor -> Text,
    operation -> Text, request_id -> Nullable<Text>, resource -> Text, row_ids -> Array<Uuid>,
} }
diesel::table! { changed_rows (id) {
    id -> Uuid, change_id -> BigInt, transaction_id -> BigInt, changed_at -> Timestamptz, actor_kind -> Text,
    account_id -> Nullable<Uuid>, actor -> Text, operation -> Text, request_id -> Nullable<Text>, resource -> Text,
    part -> Nullable<Text>, action -> Text, ids -> Array<Uuid>, resource_id -> Uuid, before -> Nullable<Json>,
    after -> Nullable<Json>,
} }

diesel::joinable!(attendance -> meetings (meeting_id));
diesel::joinable!(progress -> targets (target_id));

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    account_councils,
    role_mappings,
    role_mapping_councils,
    councils,
    council_gss_codes,
    council_memberships,
    council_successions,
    groups,
    group_external_ids,
    seats,
    seat_external_ids,
    seat_terms,
    meetings,
    meeting_external_ids,
    meeting_deliverables,
    councils_expected,
    attendance,
    attendance_external_ids,
    evaluations,
    evaluation_external_ids,
    evaluation_ratings,
    frameworks,
    themes,
    outcomes,
    actions,
    action_groups,
    action_meetings,
    meetings_of_actions,
    targets,
    target_actions,
    target_groups,
    revisions,
    progress,
    progress_external_ids,
    publications,
    publication_parts,
    webhook_deliveries,
    webhook_events,
);
