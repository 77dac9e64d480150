//! Builds the OpenAPI document from the endpoints, and adds the parts that all operations share.

mod examples;
mod links;
pub(super) mod references;
mod responses;
mod views;

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use super::Endpoint;
use super::route::NamedSchema;

pub struct Outgoing {
    pub name: &'static str,
    /// The operation that a receiver implements to accept the message.
    pub operation: Value,
    pub schemas: Vec<NamedSchema>,
}

/// Builds the OpenAPI document from `head`, the operations of `endpoints`, the webhook messages in
/// `sent` and all schemas.
pub fn build(head: OpenApi, endpoints: &[Endpoint], sent: &[Outgoing]) -> Value {
    let mut document = to_value(&head);
    let mut paths = Map::new();
    let mut schemas = named_schemas(&document);
    for endpoint in endpoints {
        let item = paths.entry(endpoint.path.clone()).or_insert_with(|| json!({}));
        let method = endpoint.http_method().as_str().to_ascii_lowercase();
        let (operation, referenced) = endpoint.documentation();
        item[method] = responses::complete(to_value(&operation), endpoint);
        schemas.extend(referenced.iter().map(|(name, schema)| (name.clone(), to_value(schema))));
    }
    let mut webhooks = Map::new();
    for outgoing in sent {
        webhooks.insert(outgoing.name.into(), json!({ "post": outgoing.operation }));
        schemas.extend(outgoing.schemas.iter().map(|(name, schema)| (name.clone(), to_value(schema))));
    }
    if let Some(problem) = schemas.get("Problem") {
        schemas.insert("BulkProblem".into(), responses::bulk_problem(problem));
    }
    schemas.sort_keys();
    document["paths"] = Value::Object(paths);
    document["webhooks"] = Value::Object(webhooks);
    document["components"]["schemas"] = Value::Object(schemas);
    document["components"]["responses"] = responses::shared();
    document["components"]["headers"] = responses::headers();
    document["components"]["parameters"] = responses::parameters();
    links::add(&mut document);
    bound(&mut document);
    views::complete_responses(&mut document);
    examples::add(&mut document);
    document
}

pub fn to_bytes(document: &Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn to_value<T: serde::Serialize>(part: &T) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}

fn named_schemas(document: &Value) -> Map<String, Value> {
    document["components"]["schemas"].as_object().cloned().unwrap_or_default()
}

/// The largest integer that every JSON parser represents exactly.
const SAFE_INTEGER: i64 = 9_007_199_254_740_991;

/// Adds lengths to the schemas of UUIDs and bounds to the schemas of integers.
///
/// An integer within the bounds gets no `format: int64`, because some code generators then use a
/// type for larger numbers.
fn bound(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.get("format").is_some_and(|format| format == "uuid") {
                object.insert("minLength".into(), 36.into());
                object.insert("maxLength".into(), 36.into());
            }
            if is_type(object, "integer") {
                object.entry("minimum").or_insert_with(|| (-SAFE_INTEGER).into());
                object.entry("maximum").or_insert_with(|| SAFE_INTEGER.into());
                if object["maximum"] == SAFE_INTEGER {
                    object.remove("format");
                }
            }
            object.values_mut().for_each(bound);
        }
        Value::Array(items) => items.iter_mut().for_each(bound),
        _ => {}
    }
}

fn is_type(object: &Map<String, Value>, name: &str) -> bool {
    match object.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}
