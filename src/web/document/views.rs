//! Rewrites the schemas of responses. In a response every property is present, null stands for an
//! absent value, and an instant is in UTC.
//!
//! A schema that requests and responses share is published twice. Requests use the original name,
//! and responses use the name with the suffix `Read`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::references::{collect_schemas, schema_name};
use crate::values::Instant;

pub(super) fn complete_responses(document: &mut Value) {
    let schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let (in_requests, in_responses) = schemas_by_use(document, &schemas);
    let renamed: BTreeMap<String, String> = in_responses
        .iter()
        .filter(|name| in_requests.contains(*name) && differs(name, &schemas))
        .map(|name| (name.clone(), format!("{name}Read")))
        .collect();
    let mut rewritten = schemas.clone();
    for name in &in_responses {
        let mut schema = schemas[name].clone();
        require_all(&mut schema, &renamed);
        rewritten.insert(renamed.get(name).unwrap_or(name).clone(), schema);
    }
    rewritten.retain(|name, _| {
        in_requests.contains(name) || in_responses.contains(name) || renamed.values().any(|r| r == name)
    });
    rewritten.sort_keys();
    document["components"]["schemas"] = Value::Object(rewritten);
    for_each_response(document, |response| rename(response, &renamed));
}

/// Returns the schemas that requests reference and the schemas that responses reference.
fn schemas_by_use(
    document: &mut Value,
    schemas: &Map<String, Value>,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut in_responses = BTreeSet::new();
    for_each_response(document, |response| collect_schemas(response, schemas, &mut in_responses));
    let mut in_requests = BTreeSet::new();
    for operation in operations(&mut document["paths"]) {
        collect_schemas(&operation["requestBody"], schemas, &mut in_requests);
        collect_schemas(&operation["parameters"], schemas, &mut in_requests);
    }
    (in_requests, in_responses)
}

fn operations(paths: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = paths.as_object_mut().into_iter().flatten();
    paths.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten().map(|(_, operation)| operation))
}

fn for_each_response(document: &mut Value, mut each: impl FnMut(&mut Value)) {
    for operation in operations(&mut document["paths"]) {
        each(&mut operation["responses"]);
    }
    // A webhook message has the same form as a response.
    for sent in operations(&mut document["webhooks"]) {
        each(&mut sent["requestBody"]);
    }
    each(&mut document["components"]["responses"]);
}

/// Returns whether a schema must differ between requests and responses. This is true for a schema
/// with properties or branches, and for an instant.
fn differs(name: &str, schemas: &Map<String, Value>) -> bool {
    let schema = &schemas[name];
    ["properties", "oneOf", "anyOf"].iter().any(|part| schema.get(part).is_some()) || is_instant(schema)
}

fn is_instant(schema: &Value) -> bool {
    schema["format"] == "date-time"
}

/// Changes the schema of an instant to the UTC form that responses contain.
fn send_utc(instant: &mut Map<String, Value>) {
    instant.insert("description".into(), "An instant in UTC (RFC 3339, with `Z` and microseconds).".into());
    instant.insert("minLength".into(), 27.into());
    instant.insert("maxLength".into(), 27.into());
    instant.insert("pattern".into(), Instant::SENT_PATTERN.into());
}

/// Makes every property of a schema required, describes instants in UTC, and renames references.
fn require_all(value: &mut Value, renamed: &BTreeMap<String, String>) {
    let is_instant = is_instant(value);
    match value {
        Value::Object(object) => {
            if let Some(name) = object.get("$ref").and_then(schema_name).map(str::to_owned) {
                if let Some(new) = renamed.get(&name) {
                    object.insert("$ref".into(), format!("#/components/schemas/{new}").into());
                }
                return;
            }
            if is_instant {
                send_utc(object);
            }
            if let Some(properties) = object.get("properties").and_then(Value::as_object) {
                let every: Vec<Value> = properties.keys().cloned().map(Value::String).collect();
                object.insert("required".into(), Value::Array(every));
            }
            if let Some(mapping) = object.get_mut("discriminator").and_then(|d| d.get_mut("mapping")) {
                rename_mapping(mapping, renamed);
            }
            object.values_mut().for_each(|inner| require_all(inner, renamed));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| require_all(inner, renamed)),
        _ => {}
    }
}

fn rename(value: &mut Value, renamed: &BTreeMap<String, String>) {
    match value {
        Value::Object(object) => {
            if let Some(new) = object.get("$ref").and_then(schema_name).and_then(|name| renamed.get(name)) {
                object.insert("$ref".into(), format!("#/components/schemas/{new}").into());
            }
            object.values_mut().for_each(|inner| rename(inner, renamed));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| rename(inner, renamed)),
        _ => {}
    }
}

fn rename_mapping(mapping: &mut Value, renamed: &BTreeMap<String, String>) {
    for (_, target) in mapping.as_object_mut().into_iter().flatten() {
        if let Some(new) = schema_name(target).and_then(|name| renamed.get(name)) {
            *target = format!("#/components/schemas/{new}").into();
        }
    }
}
