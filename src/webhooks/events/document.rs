//! How the document describes what is sent.

use serde_json::json;
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::values::Instant;
use crate::web::document::Outgoing;
use crate::web::route::lower_camel;

/// A kind of event, as the document's `webhooks` has it.
pub(super) fn outgoing<D: ToSchema>(
    word: &'static str,
    message: &'static str,
    summary: &'static str,
    description: &'static str,
) -> Outgoing {
    let mut schemas = vec![
        (message.to_owned(), message_of::<D>(word, description)),
        (D::name().into_owned(), D::schema()),
        (Instant::name().into_owned(), Instant::schema()),
    ];
    D::schemas(&mut schemas);
    let operation = json!({
        "tags": ["events"],
        "summary": summary,
        "description": description,
        "operationId": operation_id(word),
        "security": [],
        "parameters": [
            header("WebhookId"), header("WebhookTimestamp"), header("WebhookSignature")
        ],
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{message}") } } }
        },
        "responses": {
            "2XX": { "description": "It has arrived: it is not sent again." },
            "410": { "description": "Nothing is wanted here any more: the webhook is disabled." },
            "default": { "description": "It is sent again later." }
        }
    });
    Outgoing { name: word, operation, schemas }
}

fn header(name: &str) -> serde_json::Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// `attendance.accepted` is told by `onAttendanceAccepted`.
fn operation_id(word: &str) -> String {
    lower_camel(&format!("on_{}", word.replace('.', "_")))
}

fn message_of<D: ToSchema>(word: &str, description: &str) -> RefOr<Schema> {
    let event = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([word]));
    ObjectBuilder::new()
        .description(Some(description))
        .property("type", event)
        .property("timestamp", Ref::from_schema_name(Instant::name()))
        .property("data", Ref::from_schema_name(D::name()))
        .into()
}
