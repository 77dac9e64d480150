//! Adds examples to request bodies, response bodies and required parameters. The examples are
//! composed from the schemas.

use serde_json::{Map, Value, json};

use super::references::schema_name;

/// Maximum nesting depth of an example. The tree of a framework is the deepest response.
const MAX_DEPTH: usize = 32;

/// Adds examples to the document where none exist. Optional parameters get no example, because
/// Swagger UI sends every example.
pub(super) fn add(document: &mut Value) {
    let schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    add_below(&mut document["paths"], &schemas);
    add_below(&mut document["webhooks"], &schemas);
    add_below(&mut document["components"]["responses"], &schemas);
}

fn add_below(value: &mut Value, schemas: &Map<String, Value>) {
    match value {
        Value::Object(object) => {
            let has_example = object.contains_key("example") || object.contains_key("examples");
            let is_optional = object.contains_key("in") && object["required"] != true;
            if let (false, Some(schema)) = (has_example || is_optional, object.get("schema"))
                && let Some(example) = example(schema, schemas, MAX_DEPTH)
            {
                object.insert("example".into(), example);
            }
            object.values_mut().for_each(|inner| add_below(inner, schemas));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| add_below(inner, schemas)),
        _ => {}
    }
}

/// Returns the schema's own example, or composes an example from the schema's parts.
fn example(schema: &Value, schemas: &Map<String, Value>, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    if let Some(own) = schema.get("example").or_else(|| schema.get("examples").and_then(|all| all.get(0))) {
        return Some(own.clone());
    }
    if let Some(name) = schema.get("$ref").and_then(schema_name) {
        let made = example(schemas.get(name)?, schemas, depth)?;
        return Some(as_created(made, schemas.get(&format!("New{name}"))));
    }
    if let Some(word) = schema.get("const").or_else(|| schema.get("enum").and_then(|words| words.get(0))) {
        return Some(word.clone());
    }
    for joint in ["oneOf", "anyOf", "allOf"] {
        if let Some(branches) = schema.get(joint).and_then(Value::as_array) {
            let none = branches.iter().find(|branch| branch["type"] == "null");
            return example(none.or(branches.first())?, schemas, depth);
        }
    }
    of_type(schema, schemas, depth)
}

fn of_type(schema: &Value, schemas: &Map<String, Value>, depth: usize) -> Option<Value> {
    let types = &schema["type"];
    let is_nullable = types.as_array().is_some_and(|types| types.iter().any(|one| one == "null"));
    let first = if is_nullable { "null" } else { types.as_str()? };
    Some(match first {
        "null" => Value::Null,
        "object" => object(schema, schemas, depth),
        "array" => {
            let unwanted = schema["maxItems"] == 0;
            let item = example(&schema["items"], schemas, depth).filter(|_| !unwanted);
            Value::Array(item.into_iter().collect())
        }
        "string" if schema["format"] == "uuid" => json!("0198c5b0-0000-7000-8000-000000000000"),
        "string" => json!("text"),
        "boolean" => json!(false),
        "integer" => schema["minimum"].as_i64().filter(|low| *low > 0).map_or(json!(1), Value::from),
        _ => json!(1),
    })
}

/// Copies values from the example for the creation of a resource to the example of the resource.
fn as_created(mut made: Value, creation: Option<&Value>) -> Value {
    let entered = creation.and_then(|creation| creation.get("example")).and_then(Value::as_object);
    if let (Some(made), Some(entered)) = (made.as_object_mut(), entered) {
        for (name, value) in entered {
            if made.contains_key(name) && is_plain(value) {
                made.insert(name.clone(), value.clone());
            }
        }
    }
    made
}

/// Returns whether a value is the same in requests and responses. An object may have more
/// properties in a response.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Object(_) => false,
        Value::Array(items) => items.iter().all(is_plain),
        _ => true,
    }
}

fn object(schema: &Value, schemas: &Map<String, Value>, depth: usize) -> Value {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let given =
        properties.filter_map(|(name, property)| Some((name.clone(), example(property, schemas, depth)?)));
    Value::Object(given.collect())
}
