//! The OpenAPI document: its general information, all operations of the policy, and the messages to
//! webhooks.

use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::policy;
use crate::web::document;
use crate::web::problem::ProblemBody;

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
        (name = "frameworks", description = "Action plans: frameworks with their themes, outcomes, actions, targets and revisions."),
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

pub fn document() -> Value {
    document::build(Head::openapi(), &policy::operations(), &crate::webhooks::event_types::documented())
}
