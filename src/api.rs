//! The list of all operations, and the head of the OpenAPI document.

use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::policy::{ADMINS, ALL_ROLES, PUBLIC, Rules, STAFF, STAFF_AND_OWN};
use crate::publications::check;
use crate::web::problem::ProblemBody;
use crate::web::{BeforeCommit, Endpoint, document, endpoints};

/// The check that every write must pass before the transaction commits: the figures of published
/// periods must not change.
pub const BEFORE_COMMIT: BeforeCommit =
    BeforeCommit { condition: check::CAN_BE_PUBLISHED, check: |conn| Box::pin(check::check(conn)) };

/// Lists the endpoints of a resource with the operations list, get, create, update and delete.
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
        endpoints!([crate::publications::sealed]:
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
        resource!([crate::datasets::keys::routes]:
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

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Outturn",
        description = "The yearly performance framework of a regional association of councils. The server derives every figure from its records: nobody enters a percentage or a status that the server can compute.\n\nWithin v1 the server may add properties to responses and may add values to enumerations. A client must accept properties and values that it does not know. Nothing else changes within v1.\n\nThe body of a PATCH is a JSON merge patch (RFC 7396): an absent member keeps its value and null clears it. Its media type is `application/json` or `application/merge-patch+json`.\n\nAccess tokens are JSON Web Tokens that follow RFC8725: they are signed with EdDSA only and typed `at+jwt`, and the server checks issuer, audience and times. If an external OpenID Connect provider is configured, the server also accepts its access tokens, signed with RS256 or ES256 according to the provider's keys.",
        license(name = "MIT OR Apache-2.0", url = "https://spdx.org/licenses/MIT.html"),
        contact(name = "The operator of this server", url = "https://outturn.example/contact", email = "contact@outturn.example")
    ),
    servers((url = "/", description = "The server that serves this document, in production and in tests.")),
    components(schemas(ProblemBody)),
    tags(
        (name = "accounts", description = "Accounts of clients and users, and the roles of groups and app roles of an external identity provider."),
        (name = "audit", description = "The change log (what was changed, by whom and when), the change feed, and the disclosures of names."),
        (name = "auth", description = "Obtaining and refreshing access tokens, and ending sessions."),
        (name = "councils", description = "Local authorities, past and present, and their reorganisations."),
        (name = "datasets", description = "Datasets (flat tables for analysts), and the dataset keys with which programs read them."),
        (name = "events", description = "The messages that the server sends to webhooks (Standard Webhooks)."),
        (name = "frameworks", description = "Action plans of one year: frameworks with their themes, outcomes, actions, targets and revisions."),
        (name = "groups", description = "Bodies that meet, their seats, and the terms of each seat's holders."),
        (name = "me", description = "The caller."),
        (name = "meetings", description = "Meetings, their registers and their evaluation forms."),
        (name = "metrics", description = "Values, statuses and roll-ups that the server derives from the records."),
        (name = "progress", description = "Dated progress entries for targets."),
        (name = "publications", description = "Sealed metrics, their approval and publication, and their drift since."),
        (name = "webhooks", description = "Webhooks, to which the server sends events, and the deliveries of each event."),
    ),
    modifiers(&ServersAndTokens)
)]
struct Head;

struct ServersAndTokens;

impl utoipa::Modify for ServersAndTokens {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for server in document.servers.iter_mut().flatten() {
            server.extensions = Some(Extensions::builder().add("x-internal", false).build());
        }
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("An access token (RFC9068, within the limits of RFC8725), issued by this server or by an external identity provider that it accepts."))
            .build();
        if let Some(components) = &mut document.components {
            components.add_security_scheme("access_token", SecurityScheme::Http(scheme));
            let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(
                "A dataset key: the id is the user name and the secret is the password. It reads datasets until it expires. All other operations refuse it.",
            ));
            components.add_security_scheme("dataset_key", SecurityScheme::Http(basic.build()));
        }
    }
}

pub fn rules() -> Rules {
    operations().as_slice().into()
}

/// Builds the OpenAPI document with all operations and webhook events.
pub fn document() -> Value {
    document::build(Head::openapi(), &operations(), &crate::webhooks::events::documented())
}
