//! Descriptions of the webhook events in the OpenAPI document.

use serde_json::json;
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::values::Instant;
use crate::web::document::Outgoing;

/// Returns the entry that describes an event type in the document's `webhooks`.
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
            "2XX": { "description": "The event was delivered and is not sent again." },
            "410": { "description": "The receiver wants no more events. The server disables the webhook." },
            "default": { "description": "The delivery failed. The server sends the event again later." }
        }
    });
    Outgoing { name: word, operation, schemas }
}

fn header(name: &str) -> serde_json::Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// Returns the operationId of an event type. For `attendance.accepted` it is
/// `onAttendanceAccepted`.
fn operation_id(word: &str) -> String {
    let words = word.split(['.', '_']).map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    format!("on{}", words.collect::<String>())
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
