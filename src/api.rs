//! The table of contents: every operation, and the head of the document that lists them.

use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::publications::check;
use crate::web::problem::ProblemBody;
use crate::web::{BeforeCommit, Endpoint, document, endpoints};

/// What every operation's write has to pass: what is published stays as it is.
pub const BEFORE_COMMIT: BeforeCommit =
    BeforeCommit { condition: check::CAN_BE_PUBLISHED, check: |conn| Box::pin(check::check(conn)) };

/// Every operation.
pub fn operations() -> Vec<Endpoint> {
    let every = [
        endpoints!([crate::me::routes]: get_me),
        endpoints!([crate::accounts::login]: issue_token),
        endpoints!([crate::accounts::sessions::routes]: create_session, delete_session),
        endpoints!([crate::accounts::routes]: list_accounts, get_account, create_account, update_account, delete_account),
        endpoints!([crate::audit::routes]: list_audit),
        endpoints!([crate::audit::disclosures::routes]: list_disclosures),
        endpoints!([crate::audit::feed::routes]: list_changes),
        endpoints!([crate::accounts::mappings::routes]: list_role_mappings, get_role_mapping, create_role_mapping, update_role_mapping, delete_role_mapping),
        endpoints!([crate::councils::routes]: list_councils, get_council, create_council, update_council, delete_council),
        endpoints!([crate::reorganisations::routes]: create_reorganisation),
        endpoints!([crate::groups::routes]: list_groups, get_group, create_group, update_group, delete_group),
        endpoints!([crate::groups::seats::routes]: list_seats, get_seat, create_seat, update_seat, delete_seat),
        endpoints!([crate::meetings::routes]: list_meetings, get_meeting, create_meeting, update_meeting, delete_meeting),
        endpoints!([crate::meetings::attendance::routes]: list_attendance, get_attendance, create_attendance, update_attendance, delete_attendance),
        endpoints!([crate::meetings::attendance::bulk::routes]: bulk_attendance),
        endpoints!([crate::meetings::evaluations::routes]: list_evaluations, get_evaluation, create_evaluation, update_evaluation, delete_evaluation),
        endpoints!([crate::meetings::evaluations::bulk::routes]: bulk_evaluations),
        endpoints!([crate::frameworks::routes]: list_frameworks, get_framework, create_framework, update_framework, delete_framework),
        endpoints!([crate::frameworks::themes::routes]: list_themes, get_theme, create_theme, update_theme, delete_theme),
        endpoints!([crate::frameworks::outcomes::routes]: list_outcomes, get_outcome, create_outcome, update_outcome, delete_outcome),
        endpoints!([crate::actions::routes]: list_actions, get_action, create_action, update_action, delete_action),
        endpoints!([crate::targets::routes]: list_targets, get_target, create_target, update_target, delete_target),
        endpoints!([crate::targets::revisions::routes]: list_revisions, get_revision, create_revision, update_revision, delete_revision),
        endpoints!([crate::next_year::routes]: create_framework_successor),
        endpoints!([crate::progress::routes]: list_progress, get_progress, create_progress, update_progress, delete_progress),
        endpoints!([crate::progress::bulk::routes]: bulk_progress),
        endpoints!([crate::metrics::explain::routes]: explain_target_metric),
        endpoints!([crate::metrics::routes]: get_target_metric, get_framework_metrics, get_framework_metrics_csv, get_framework_summary, get_framework_tree, get_meeting_turnout),
        endpoints!([crate::metrics::series::routes]: get_target_series, get_framework_series, get_framework_series_csv),
        endpoints!([crate::metrics::overdue::routes]: get_framework_overdue),
        endpoints!([crate::metrics::engagement::routes]: get_council_engagement, list_engagement),
        endpoints!([crate::publications::routes]: list_publications, get_publication, create_publication, update_publication, delete_publication),
        endpoints!([crate::publications::sealed]: get_publication_metrics, get_publication_metrics_csv, get_publication_summary, explain_published_metric, get_publication_content),
        endpoints!([crate::publications::drift::routes]: get_publication_drift),
        endpoints!([crate::reports::routes]: list_reports, get_report),
        endpoints!([crate::reports::keys::routes]: list_report_keys, get_report_key, create_report_key, update_report_key, delete_report_key),
        endpoints!([crate::printed::routes]: get_framework_report, get_publication_report),
        endpoints!([crate::webhooks::routes]: list_webhooks, get_webhook, create_webhook, update_webhook, delete_webhook, create_webhook_secret, create_webhook_ping, create_webhook_replay),
        endpoints!([crate::webhooks::deliveries::routes]: list_webhook_deliveries, get_webhook_delivery),
    ];
    every.into_iter().flatten().collect()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Outturn",
        description = "The yearly performance framework of a regional association of councils. Every figure is derived from the records below it: nobody types a percentage or a status that the server can work out.\n\nWithin v1 the server may add properties to responses and may add values to enumerations. A client must accept a property and a value that it does not know. Nothing else changes within v1.\n\nA PATCH is a JSON merge patch (RFC 7396): an absent member keeps its value and null clears it. It takes `application/merge-patch+json` as well as `application/json`.\n\nAccess tokens are JSON Web Tokens that follow RFC8725: signed with EdDSA alone, typed `at+jwt`, with issuer, audience and times checked. Where the server is set up so, those of an outside OpenID Connect provider count too, signed with RS256 or ES256 as its keys say.",
        license(name = "MIT OR Apache-2.0", url = "https://spdx.org/licenses/MIT.html"),
        contact(name = "The operator of this server", url = "https://outturn.example/contact", email = "contact@outturn.example")
    ),
    servers((url = "/", description = "The server that serves this document, in production as in tests.")),
    components(schemas(ProblemBody)),
    tags(
        (name = "accounts", description = "The clients and users who may ask, and which groups and app roles of an outside identity provider may."),
        (name = "audit", description = "What was changed, by whom and when, and who was shown names."),
        (name = "auth", description = "How one comes by an access token."),
        (name = "councils", description = "Local authorities, past and present."),
        (name = "events", description = "The messages that the server sends to webhooks (Standard Webhooks)."),
        (name = "frameworks", description = "Plan years: themes, outcomes, actions, targets, and revisions of thresholds."),
        (name = "groups", description = "The bodies that meet, the seats on them, and who holds each seat when."),
        (name = "me", description = "The caller."),
        (name = "meetings", description = "Meetings, their registers, and the forms returned after them."),
        (name = "metrics", description = "What the server derives from the records: every value, status and roll-up."),
        (name = "progress", description = "Dated entries against targets."),
        (name = "publications", description = "Metrics as they were sealed, approved and published, and what has changed since."),
        (name = "reports", description = "Flat datasets for analysts, and the keys with which programs fetch them."),
        (name = "webhooks", description = "Where events are sent to, and what became of each delivery."),
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
            .description(Some("An access token (RFC9068, within the limits of RFC8725): one of ours, or of an outside provider that the server accepts."))
            .build();
        if let Some(components) = &mut document.components {
            components.add_security_scheme("access_token", SecurityScheme::Http(scheme));
            let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(
                "A report key: its id as the name, its secret as the password. It reads reports and nothing else, for a time, and is refused everywhere else.",
            ));
            components.add_security_scheme("report_key", SecurityScheme::Http(basic.build()));
        }
    }
}

/// The document of all operations.
pub fn document() -> Value {
    document::build(Head::openapi(), &operations(), &crate::webhooks::events::documented())
}
