//! The policy: every operation of the API, and which roles may call it. The routes, the limits, the
//! OpenAPI document and `docs/policy.md` are derived from this list. A test calls every operation
//! of the document with every role.

use crate::access::{ADMINS, ALL_ROLES, PUBLIC, Rules, STAFF, STAFF_AND_OWN};
use crate::web::{Endpoint, endpoints};

/// Lists the endpoints of a resource that has the operations list, get, create, update and delete.
/// `creates` is only needed if the access for creating differs from the access for updating and
/// deleting.
macro_rules! resource {
    ($module:tt: $list:ident, $get:ident, $create:ident, $update:ident, $delete:ident; reads $read:ident, writes $write:ident) => {
        resource!($module: $list, $get, $create, $update, $delete; reads $read, creates $write, writes $write)
    };
    ($module:tt: $list:ident, $get:ident, $create:ident, $update:ident, $delete:ident; reads $read:ident, creates $new:expr, writes $write:ident) => {
        endpoints!($module: $list: $read, $get: $read.row(), $create: $new, $update: $write, $delete: $write)
    };
}

pub fn operations() -> Vec<Endpoint> {
    let every = [
        endpoints!([crate::me::routes]:
            get_me: ALL_ROLES,
        ),
        endpoints!([crate::accounts::token::routes]:
            issue_token: PUBLIC.secret(),
        ),
        endpoints!([crate::accounts::sessions::routes]:
            create_session: PUBLIC.secret(),
            delete_session: PUBLIC,
        ),
        resource!([crate::accounts::routes]:
            list_accounts, get_account, create_account, update_account, delete_account;
            reads ADMINS, creates ADMINS.secret(), writes ADMINS
        ),
        endpoints!([crate::audit::routes]:
            list_audit: ADMINS,
        ),
        endpoints!([crate::audit::disclosures::routes]:
            list_disclosures: ADMINS,
        ),
        endpoints!([crate::audit::feed::routes]:
            list_changes: ALL_ROLES,
        ),
        resource!([crate::accounts::mappings::routes]:
            list_role_mappings, get_role_mapping, create_role_mapping, update_role_mapping, delete_role_mapping;
            reads ADMINS, writes ADMINS
        ),
        resource!([crate::councils::routes]:
            list_councils, get_council, create_council, update_council, delete_council;
            reads ALL_ROLES, writes STAFF
        ),
        endpoints!([crate::reorganisations::routes]:
            create_reorganisation: STAFF,
        ),
        resource!([crate::groups::routes]:
            list_groups, get_group, create_group, update_group, delete_group;
            reads ALL_ROLES, writes STAFF
        ),
        resource!([crate::groups::seats::routes]:
            list_seats, get_seat, create_seat, update_seat, delete_seat;
            reads ALL_ROLES, writes STAFF
        ),
        resource!([crate::meetings::routes]:
            list_meetings, get_meeting, create_meeting, update_meeting, delete_meeting;
            reads ALL_ROLES, writes STAFF
        ),
        resource!([crate::meetings::attendance::routes]:
            list_attendance, get_attendance, create_attendance, update_attendance, delete_attendance;
            reads ALL_ROLES, writes STAFF_AND_OWN
        ),
        endpoints!([crate::meetings::attendance::bulk::routes]:
            bulk_attendance: STAFF_AND_OWN.bulk(),
        ),
        resource!([crate::meetings::evaluations::routes]:
            list_evaluations, get_evaluation, create_evaluation, update_evaluation, delete_evaluation;
            reads ALL_ROLES, writes STAFF
        ),
        endpoints!([crate::meetings::evaluations::bulk::routes]:
            bulk_evaluations: STAFF.bulk(),
        ),
        resource!([crate::frameworks::routes]:
            list_frameworks, get_framework, create_framework, update_framework, delete_framework;
            reads ALL_ROLES, writes STAFF
        ),
        resource!([crate::frameworks::themes::routes]:
            list_themes, get_theme, create_theme, update_theme, delete_theme;
            reads ALL_ROLES, writes STAFF
        ),
        resource!([crate::frameworks::outcomes::routes]:
            list_outcomes, get_outcome, create_outcome, update_outcome, delete_outcome;
            reads ALL_ROLES, writes STAFF
        ),
        resource!([crate::actions::routes]:
            list_actions, get_action, create_action, update_action, delete_action;
            reads ALL_ROLES, writes STAFF
        ),
        resource!([crate::targets::routes]:
            list_targets, get_target, create_target, update_target, delete_target;
            reads ALL_ROLES, writes STAFF
        ),
        resource!([crate::targets::revisions::routes]:
            list_revisions, get_revision, create_revision, update_revision, delete_revision;
            reads ALL_ROLES, writes STAFF
        ),
        endpoints!([crate::framework_successor::routes]:
            create_framework_successor: STAFF,
        ),
        resource!([crate::progress::routes]:
            list_progress, get_progress, create_progress, update_progress, delete_progress;
            reads ALL_ROLES, writes STAFF_AND_OWN
        ),
        endpoints!([crate::progress::bulk::routes]:
            bulk_progress: STAFF_AND_OWN.bulk(),
        ),
        endpoints!([crate::metrics::explain::routes]:
            explain_target_metric: ALL_ROLES.export(),
        ),
        endpoints!([crate::metrics::routes]:
            get_target_metric: ALL_ROLES,
            get_framework_metrics: ALL_ROLES.export(),
            get_framework_metrics_csv: ALL_ROLES.export(),
            get_framework_summary: ALL_ROLES.export(),
            get_framework_tree: ALL_ROLES.export(),
            get_meeting_turnout: ALL_ROLES,
        ),
        endpoints!([crate::metrics::series::routes]:
            get_target_series: ALL_ROLES.export(),
            get_framework_series: ALL_ROLES.export(),
            get_framework_series_csv: ALL_ROLES.export(),
        ),
        endpoints!([crate::metrics::overdue::routes]:
            get_framework_overdue: ALL_ROLES.export(),
        ),
        endpoints!([crate::metrics::engagement::routes]:
            get_council_engagement: ALL_ROLES.export(),
            list_engagement: ALL_ROLES,
        ),
        resource!([crate::publications::routes]:
            list_publications, get_publication, create_publication, update_publication, delete_publication;
            reads ALL_ROLES, creates STAFF.export(), writes STAFF
        ),
        endpoints!([crate::publications::sealed::routes]:
            get_publication_metrics: ALL_ROLES.export(),
            get_publication_metrics_csv: ALL_ROLES.export(),
            get_publication_summary: ALL_ROLES.export(),
            explain_published_metric: ALL_ROLES.export(),
            get_publication_content: ALL_ROLES.export(),
        ),
        endpoints!([crate::publications::drift::routes]:
            get_publication_drift: ALL_ROLES.export(),
        ),
        endpoints!([crate::datasets::routes]:
            list_datasets: ALL_ROLES.dataset_keys(),
            get_dataset: ALL_ROLES.export().dataset_keys(),
        ),
        resource!([crate::datasets::dataset_keys::routes]:
            list_dataset_keys, get_dataset_key, create_dataset_key, update_dataset_key, delete_dataset_key;
            reads ADMINS, creates ADMINS.secret(), writes ADMINS
        ),
        endpoints!([crate::framework_report::routes]:
            get_framework_report: ALL_ROLES.export(),
            get_publication_report: ALL_ROLES.export(),
        ),
        resource!([crate::webhooks::routes]:
            list_webhooks, get_webhook, create_webhook, update_webhook, delete_webhook;
            reads ADMINS, creates ADMINS.secret(), writes ADMINS
        ),
        endpoints!([crate::webhooks::routes]:
            create_webhook_secret: ADMINS.secret(),
            create_webhook_ping: ADMINS,
            create_webhook_replay: ADMINS,
        ),
        endpoints!([crate::webhooks::deliveries::routes]:
            list_webhook_deliveries: ADMINS,
            get_webhook_delivery: ADMINS.row(),
        ),
    ];
    every.into_iter().flatten().collect()
}

pub fn rules() -> Rules {
    operations().as_slice().into()
}
