//! References (`$ref`) between the schemas of a document.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

pub(super) fn schema_name(reference: &Value) -> Option<&str> {
    reference.as_str()?.strip_prefix("#/components/schemas/")
}

/// Adds the names of all schemas that a part of the document references directly or indirectly.
pub(in crate::web) fn collect_schemas(
    value: &Value,
    schemas: &Map<String, Value>,
    reached: &mut BTreeSet<String>,
) {
    match value {
        Value::Object(object) => {
            if let Some(name) = object.get("$ref").and_then(schema_name)
                && let Some(schema) = schemas.get(name)
                && reached.insert(name.to_owned())
            {
                collect_schemas(schema, schemas, reached);
            }
            object.values().for_each(|inner| collect_schemas(inner, schemas, reached));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect_schemas(inner, schemas, reached)),
        _ => {}
    }
}
