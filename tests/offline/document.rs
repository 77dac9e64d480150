//! The document is what the code serves, and keeps the house's rules.

use std::collections::{BTreeMap, BTreeSet};

use outturn::api;
use outturn::web::Contracts;
use outturn::web::document::to_bytes;
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
fn the_committed_document_is_what_the_code_serves() {
    let committed = std::fs::read("openapi/openapi.json").expect("openapi/openapi.json");
    let served = to_bytes(&api::document());
    assert!(
        committed == served,
        "the document has changed: run `cargo run -- openapi --write` and look at the diff"
    );
}

#[test]
fn every_operation_has_an_id_a_tag_a_summary_a_description_and_examples() {
    let document = api::document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let id = operation["operationId"].as_str().expect("an operationId");
        assert!(ids.insert(id.to_owned()), "{id} stands twice");
        assert!(
            id.chars().next().is_some_and(char::is_lowercase) && id.chars().all(char::is_alphanumeric),
            "{id}"
        );
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{id} has one tag");
        for member in ["summary", "description"] {
            assert!(operation[member].as_str().is_some_and(|text| !text.is_empty()), "{id} has a {member}");
        }
        let body = operation["requestBody"]["content"].as_object().into_iter().flatten();
        let answers = operation["responses"].as_object().expect("responses").values();
        let contents = answers.flat_map(|answer| answer["content"].as_object().into_iter().flatten());
        for (media_type, content) in body.chain(contents) {
            assert!(content.get("example").is_some(), "{method} {path} has an example of {media_type}");
        }
    }
}

#[test]
fn paths_are_kebab_case_and_at_most_three_levels_below_the_version() {
    let document = api::document();
    for (path, _, _) in operations(&document) {
        let levels: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        // An explanation is of the metric, which is itself of a target.
        let deepest = if path == "/v1/targets/{id}/metric/explanation" { 4 } else { 3 };
        assert!(path.starts_with("/v1/") && !path.ends_with('/') && levels.len() <= deepest, "{path}");
        let is_kebab = |level: &&str| {
            matches!(*level, "{id}" | "{dataset}")
                || level.trim_end_matches(".csv").chars().all(|c| c.is_ascii_lowercase() || c == '-')
        };
        assert!(levels.iter().all(is_kebab), "{path}");
    }
}

#[test]
fn every_string_number_and_array_is_bounded() {
    let document = api::document();
    walk(&document, "", &mut |path, object| {
        let is_schema = path.contains("/schema") && !path.contains("/example");
        if !is_schema {
            return;
        }
        if has_type(object, "string") {
            let is_closed = object.contains_key("enum") || object.contains_key("const");
            assert!(is_closed || object.contains_key("maxLength"), "{path}: a string without maxLength");
            let is_formed = is_closed || object.contains_key("pattern") || object.contains_key("format");
            assert!(is_formed, "{path}: a string without a pattern");
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

/// The schemas that answers reach.
fn answered(document: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut open: Vec<&Value> = vec![&document["components"]["responses"]];
    open.extend(operations(document).into_iter().map(|(_, _, operation)| &operation["responses"]));
    let sent = document["webhooks"].as_object().expect("webhooks").values();
    open.extend(sent.map(|item| &item["post"]["requestBody"]));
    while let Some(part) = open.pop() {
        let mut found = Vec::new();
        walk(part, "", &mut |_, object| {
            let name = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|r| r.strip_prefix("#/components/schemas/"));
            found.extend(name.map(str::to_owned));
        });
        for name in found {
            if names.insert(name.clone()) {
                open.push(&document["components"]["schemas"][name]);
            }
        }
    }
    names
}

#[test]
fn in_an_answer_every_property_is_required_and_nothing_is_an_inline_object() {
    let document = api::document();
    for name in answered(&document) {
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
fn a_request_refuses_unknown_fields() {
    let document = api::document();
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
fn an_enumeration_is_one_plain_schema_in_requests_and_responses() {
    let document = api::document();
    let kind = |schema: &str| schemas(&document)[schema]["properties"]["kind"]["$ref"].clone();
    assert_eq!(kind("NewCouncil"), "#/components/schemas/CouncilKind");
    assert_eq!(kind("Council"), "#/components/schemas/CouncilKind");
    walk(&document, "", &mut |path, object| {
        let mut branches = object.get("anyOf").and_then(Value::as_array).into_iter().flatten();
        let is_open = branches.any(|branch| branch["type"] == "string");
        assert!(!is_open, "{path}: of an enumeration or a string generators make a string");
    });
    let description = document["info"]["description"].as_str().expect("a description");
    assert!(description.contains("may add values to enumerations"), "{description}");
}

/// The media types of a body or a response.
fn media_types(part: &Value) -> Vec<&str> {
    part["content"].as_object().into_iter().flatten().map(|(media_type, _)| media_type.as_str()).collect()
}

#[test]
fn a_response_that_is_json_has_no_other_media_type_and_a_patch_takes_one() {
    let document = api::document();
    for (path, method, operation) in operations(&document) {
        if method == "patch" {
            assert_eq!(media_types(&operation["requestBody"]), ["application/json"], "{path}");
        }
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            let types = media_types(response);
            // A dataset is a file, and each form of it is asked for by name.
            let is_one =
                types.len() < 2 || !types.contains(&"application/json") || path.ends_with("{dataset}");
            assert!(is_one, "{method} {path}: {status} is {types:?}");
        }
    }
}

#[test]
fn an_integer_that_every_reader_keeps_exactly_has_no_format_for_larger_ones() {
    let document = api::document();
    walk(&document, "", &mut |path, object| {
        let is_safe = object.get("maximum").and_then(Value::as_i64) == Some(9_007_199_254_740_991);
        assert!(!is_safe || object.get("format").is_none(), "{path}");
    });
}

#[test]
fn messages_have_a_tag_of_their_own() {
    let document = api::document();
    let own: BTreeSet<&str> =
        operations(&document).iter().flat_map(|(_, _, operation)| operation["tags"][0].as_str()).collect();
    for (name, item) in document["webhooks"].as_object().expect("webhooks") {
        let tag = item["post"]["tags"][0].as_str().expect("a tag");
        assert!(!own.contains(tag), "{name}: the operations of a resource have the tag {tag}");
        let is_described =
            document["tags"].as_array().expect("tags").iter().any(|known| known["name"] == tag);
        assert!(is_described, "{tag}");
    }
}

#[test]
fn a_union_names_its_variants_in_a_discriminator() {
    let document = api::document();
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
    for endpoint in api::operations() {
        for (name, schema) in endpoint.schemas {
            let schema = serde_json::to_value(schema).expect("a schema");
            if let Some(other) = known.insert(name.clone(), schema.clone()) {
                assert_eq!(other, schema, "two types are called {name}");
            }
        }
    }
}

#[test]
fn every_schema_is_used() {
    let document = api::document();
    let text = document.to_string();
    for name in schemas(&document).keys() {
        let uses = text.matches(&format!("\"#/components/schemas/{name}\"")).count();
        assert!(uses > 0, "{name} is not used");
    }
}

#[test]
fn the_examples_of_bodies_keep_their_own_contracts() {
    let document = api::document();
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
fn names_say_what_they_hold() {
    let document = api::document();
    let is = |schema: &Value, name: &str| -> bool {
        let branches = schema["oneOf"].as_array().into_iter().flatten().chain([schema]);
        branches.into_iter().any(|branch| branch["$ref"] == format!("#/components/schemas/{name}"))
    };
    let mut seen = BTreeSet::new();
    for (schema, whole) in schemas(&document) {
        for (name, property) in whole["properties"].as_object().into_iter().flatten() {
            let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| name.ends_with(suffix));
            let what = format!("{schema}.{name}");
            if is(property, "Day") {
                assert!(ends(&["_on", "_from", "_until"]) || name == "as_at", "{what} is a day");
                seen.insert("day");
            }
            if is(property, "Instant") || is(property, "InstantRead") {
                // What is sent says so as Standard Webhooks has it.
                let is_sent = schema.ends_with("Message") && name == "timestamp";
                assert!(ends(&["_at"]) || is_sent, "{what} is an instant");
                seen.insert("instant");
            }
            if ends(&["_percent"]) {
                assert!(is(property, "Percent"), "{what} is 0 to 100");
                seen.insert("percent");
            }
            if ends(&["_pence"]) {
                assert!(
                    has_type(property.as_object().expect("a schema"), "integer"),
                    "{what} is whole pence"
                );
                seen.insert("pence");
            }
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}
