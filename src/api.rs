//! The table of contents: every operation, and the head of the document that lists them.

use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::web::problem::ProblemBody;
use crate::web::{Endpoint, document, endpoints};

/// Every operation.
pub fn operations() -> Vec<Endpoint> {
    let mut list = Vec::new();
    endpoints!(list, [crate::councils::routes]: list_councils, get_council, create_council, update_council, delete_council);
    list
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Outturn",
        description = "The yearly performance framework of a regional association of councils. Every figure is derived from the records below it: nobody types a percentage or a status that the server can work out.\n\nAccess tokens are JSON Web Tokens that follow RFC 8725: signed with EdDSA alone, typed `at+jwt`, with issuer, audience and times checked.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        contact(name = "Outturn", url = "https://github.com/outturn/outturn")
    ),
    servers((url = "/", description = "This server")),
    components(schemas(ProblemBody)),
    tags(
        (name = "councils", description = "Local authorities, past and present."),
    ),
    modifiers(&AccessToken)
)]
struct Head;

struct AccessToken;

impl utoipa::Modify for AccessToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("An access token (RFC 9068, within the limits of RFC 8725)."))
            .build();
        if let Some(components) = &mut document.components {
            components.add_security_scheme("access_token", SecurityScheme::Http(scheme));
        }
    }
}

/// The document of all operations.
pub fn document() -> Value {
    document::build(Head::openapi(), &operations())
}
