//! The OpenAPI document: it equals what the code serves and follows the API's conventions.

use std::collections::{BTreeMap, BTreeSet};

use outturn::web::Contracts;
use outturn::web::document::to_bytes;
use outturn::{openapi, policy};
use serde_json::{Map, Value};

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, item): (&String, &'_ Value)| -> Vec<(String, String, Value)> {
        let item = item.as_object().expect("an item");
        item.iter().map(|(method, operation)| (path.clone(), method.clone(), operation.clone())).collect()
    };
    let all: Vec<_> = paths.iter().flat_map(of_path).collect();
    all.into_iter()
        .map(|(path, method, _)| (path.clone(), method.clone(), &document["paths"][path][method]))
        .collect()
}

fn schemas(document: &Value) -> &Map<String, Value> {
    document["components"]["schemas"].as_object().expect("schemas")
}

fn walk<'v>(value: &'v Value, path: &str, visit: &mut dyn FnMut(&str, &'v Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            visit(path, object);
            for (name, inner) in object {
                walk(inner, &format!("{path}/{name}"), visit);
            }
        }
        Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                walk(inner, &format!("{path}/{i}"), visit);
            }
        }
        _ => {}
    }
}

fn has_type(object: &Map<String, Value>, name: &str) -> bool {
    match object.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}

#[test]
fn the_committed_document_equals_the_served_one() {
    let committed = std::fs::read("openapi/openapi.json").expect("openapi/openapi.json");
    let served = to_bytes(&openapi::document());
    assert!(
        committed == served,
        "the document has changed: run `cargo run -- openapi --write` and review the diff"
    );
}

#[test]
fn every_operation_has_an_id_a_tag_a_summary_a_description_and_examples() {
    let document = openapi::document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let id = operation["operationId"].as_str().expect("an operationId");
        assert!(ids.insert(id.to_owned()), "the operationId {id} is not unique");
        assert!(
            id.chars().next().is_some_and(char::is_lowercase) && id.chars().all(char::is_alphanumeric),
            "{id}"
        );
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{id} must have exactly one tag");
        for member in ["summary", "description"] {
            assert!(
                operation[member].as_str().is_some_and(|text| !text.is_empty()),
                "{id} must have a {member}"
            );
        }
        let body = operation["requestBody"]["content"].as_object().into_iter().flatten();
        let responses = operation["responses"].as_object().expect("responses").values();
        let contents = responses.flat_map(|response| response["content"].as_object().into_iter().flatten());
        for (media_type, content) in body.chain(contents) {
            assert!(content.get("example").is_some(), "{method} {path} must have an example of {media_type}");
        }
    }
}

#[test]
fn paths_are_kebab_case_and_at_most_three_levels_below_the_version() {
    let document = openapi::document();
    for (path, _, _) in operations(&document) {
        let levels: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        // The explanation belongs to the metric, which belongs to the target.
        let max_levels = if path == "/v1/targets/{id}/metric/explanation" { 4 } else { 3 };
        assert!(path.starts_with("/v1/") && !path.ends_with('/') && levels.len() <= max_levels, "{path}");
        let is_kebab = |level: &&str| {
            matches!(*level, "{id}" | "{dataset}")
                || level.trim_end_matches(".csv").chars().all(|c| c.is_ascii_lowercase() || c == '-')
        };
        assert!(levels.iter().all(is_kebab), "{path}");
    }
}

#[test]
fn every_string_number_and_array_is_bounded() {
    let document = openapi::document();
    walk(&document, "", &mut |path, object| {
        let is_schema = path.contains("/schema") && !path.contains("/example");
        if !is_schema {
            return;
        }
        if has_type(object, "string") {
            let is_enumeration = object.contains_key("enum") || object.contains_key("const");
            assert!(is_enumeration || object.contains_key("maxLength"), "{path}: a string without maxLength");
            let has_pattern_or_format =
                is_enumeration || object.contains_key("pattern") || object.contains_key("format");
            assert!(has_pattern_or_format, "{path}: a string without a pattern");
        }
        if has_type(object, "array") {
            assert!(object.contains_key("maxItems"), "{path}: an array without maxItems");
        }
        if has_type(object, "integer") || has_type(object, "number") {
            let is_bounded = object.contains_key("minimum") && object.contains_key("maximum");
            assert!(is_bounded, "{path}: a number without bounds");
        }
    });
}

/// The names of the schemas that responses and webhook messages reference.
fn response_schemas(document: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut pending: Vec<&Value> = vec![&document["components"]["responses"]];
    pending.extend(operations(document).into_iter().map(|(_, _, operation)| &operation["responses"]));
    let messages = document["webhooks"].as_object().expect("webhooks").values();
    pending.extend(messages.map(|item| &item["post"]["requestBody"]));
    while let Some(part) = pending.pop() {
        let mut references = Vec::new();
        walk(part, "", &mut |_, object| {
            let name = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|r| r.strip_prefix("#/components/schemas/"));
            references.extend(name.map(str::to_owned));
        });
        for name in references {
            if names.insert(name.clone()) {
                pending.push(&document["components"]["schemas"][name]);
            }
        }
    }
    names
}

#[test]
fn response_schemas_require_every_property_and_have_no_inline_objects() {
    let document = openapi::document();
    for name in response_schemas(&document) {
        let schema = &schemas(&document)[&name];
        let Some(properties) = schema["properties"].as_object() else { continue };
        let required: BTreeSet<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let known: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
        assert_eq!(required, known, "{name}");
        for (property, inner) in properties {
            walk(inner, "", &mut |_, object| {
                assert!(!object.contains_key("properties"), "{name}.{property} is an inline object");
            });
        }
    }
}

#[test]
fn request_schemas_refuse_unknown_fields() {
    let document = openapi::document();
    for (path, method, operation) in operations(&document) {
        let content = operation["requestBody"]["content"].as_object().into_iter().flatten();
        for (_, media) in content.filter(|(media_type, _)| media_type.ends_with("json")) {
            let name =
                media["schema"]["$ref"].as_str().expect("a named body").rsplit('/').next().expect("a name");
            assert_eq!(schemas(&document)[name]["additionalProperties"], false, "{method} {path}: {name}");
        }
    }
}

#[test]
fn requests_and_responses_share_one_closed_schema_per_enumeration() {
    let document = openapi::document();
    let kind = |schema: &str| schemas(&document)[schema]["properties"]["kind"]["$ref"].clone();
    assert_eq!(kind("NewCouncil"), "#/components/schemas/CouncilKind");
    assert_eq!(kind("Council"), "#/components/schemas/CouncilKind");
    walk(&document, "", &mut |path, object| {
        let mut branches = object.get("anyOf").and_then(Value::as_array).into_iter().flatten();
        let has_string_branch = branches.any(|branch| branch["type"] == "string");
        assert!(
            !has_string_branch,
            "{path}: client generators turn an enumeration in `anyOf` with a string into a string"
        );
    });
    let description = document["info"]["description"].as_str().expect("a description");
    assert!(description.contains("may add values to enumerations"), "{description}");
}

/// The media types of a body or a response.
fn media_types(part: &Value) -> Vec<&str> {
    part["content"].as_object().into_iter().flatten().map(|(media_type, _)| media_type.as_str()).collect()
}

#[test]
fn json_responses_have_no_other_media_type_and_patches_accept_json_only() {
    let document = openapi::document();
    for (path, method, operation) in operations(&document) {
        if method == "patch" {
            assert_eq!(media_types(&operation["requestBody"]), ["application/json"], "{path}");
        }
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            let types = media_types(response);
            // A dataset is a file, and the client names its format.
            let is_one =
                types.len() < 2 || !types.contains(&"application/json") || path.ends_with("{dataset}");
            assert!(is_one, "{method} {path}: {status} is {types:?}");
        }
    }
}

#[test]
fn an_integer_that_fits_a_double_has_no_format() {
    let document = openapi::document();
    walk(&document, "", &mut |path, object| {
        let is_safe = object.get("maximum").and_then(Value::as_i64) == Some(9_007_199_254_740_991);
        assert!(!is_safe || object.get("format").is_none(), "{path}");
    });
}

#[test]
fn webhook_messages_have_their_own_tag() {
    let document = openapi::document();
    let operation_tags: BTreeSet<&str> =
        operations(&document).iter().flat_map(|(_, _, operation)| operation["tags"][0].as_str()).collect();
    for (name, item) in document["webhooks"].as_object().expect("webhooks") {
        let tag = item["post"]["tags"][0].as_str().expect("a tag");
        assert!(!operation_tags.contains(tag), "{name}: operations already use the tag {tag}");
        let is_described =
            document["tags"].as_array().expect("tags").iter().any(|known| known["name"] == tag);
        assert!(is_described, "the document describes no tag {tag}");
    }
}

#[test]
fn a_union_lists_its_variants_in_a_discriminator() {
    let document = openapi::document();
    for (name, schema) in schemas(&document) {
        let branches = schema["oneOf"].as_array().map_or(0, Vec::len);
        if branches > 1 {
            assert_eq!(schema["discriminator"]["propertyName"], "kind", "{name}");
            assert_eq!(
                schema["discriminator"]["mapping"].as_object().map(Map::len),
                Some(branches),
                "{name}"
            );
        }
    }
}

#[test]
fn no_two_schemas_share_a_name() {
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    for endpoint in policy::operations() {
        for (name, schema) in endpoint.documentation().1 {
            let schema = serde_json::to_value(schema).expect("a schema");
            if let Some(other) = known.insert(name.clone(), schema.clone()) {
                assert_eq!(other, schema, "two types have the schema name {name}");
            }
        }
    }
}

#[test]
fn every_schema_is_used() {
    let document = openapi::document();
    let text = document.to_string();
    for name in schemas(&document).keys() {
        let uses = text.matches(&format!("\"#/components/schemas/{name}\"")).count();
        assert!(uses > 0, "no schema references {name}");
    }
}

#[test]
fn the_examples_of_request_bodies_satisfy_their_contracts() {
    let document = openapi::document();
    let contracts = Contracts::compile(&document).expect("contracts");
    for (_, _, operation) in operations(&document) {
        let Some(example) = operation["requestBody"]["content"]["application/json"].get("example") else {
            continue;
        };
        let id = operation["operationId"].as_str().expect("an id");
        assert_eq!(contracts.of(id).expect("a contract").check_body(&mut example.clone()), [], "{id}");
    }
}

#[test]
fn property_names_have_the_suffix_of_their_type() {
    let document = openapi::document();
    let is = |schema: &Value, name: &str| -> bool {
        let branches = schema["oneOf"].as_array().into_iter().flatten().chain([schema]);
        branches.into_iter().any(|branch| branch["$ref"] == format!("#/components/schemas/{name}"))
    };
    let mut types_seen = BTreeSet::new();
    for (schema, definition) in schemas(&document) {
        for (name, property) in definition["properties"].as_object().into_iter().flatten() {
            let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| name.ends_with(suffix));
            let property_path = format!("{schema}.{name}");
            if is(property, "Day") {
                assert!(
                    ends(&["_on", "_from", "_until"]) || name == "as_at",
                    "{property_path} is a day, so its name must end in _on, _from or _until"
                );
                types_seen.insert("day");
            }
            if is(property, "Instant") || is(property, "InstantRead") {
                // Standard Webhooks defines the name of a message's timestamp.
                let is_message_timestamp = schema.ends_with("Message") && name == "timestamp";
                assert!(
                    ends(&["_at"]) || is_message_timestamp,
                    "{property_path} is an instant, so its name must end in _at"
                );
                types_seen.insert("instant");
            }
            if ends(&["_percent"]) {
                assert!(is(property, "Percent"), "{property_path} is not a percentage");
                types_seen.insert("percent");
            }
            if ends(&["_pence"]) {
                assert!(
                    has_type(property.as_object().expect("a schema"), "integer"),
                    "{property_path} is not in whole pence"
                );
                types_seen.insert("pence");
            }
        }
    }
    assert_eq!(types_seen.len(), 4, "{types_seen:?}");
}
