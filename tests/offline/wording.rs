//! The error texts for values that violate a published schema.

use std::collections::{BTreeMap, BTreeSet};

use outturn::openapi;
use outturn::values::FieldError;
use outturn::web::Contracts;
use serde_json::{Map, Value, json};

/// Texts that match no pattern or format, and numbers outside every bound.
const WRONG: [&str; 4] = ["\u{0}\n", "", "9223372036854775807", "-9223372036854775808"];

/// Every schema of a request: parameters, bodies, and the schemas that they reference.
fn request_schemas(document: &Value) -> Vec<&Value> {
    let operations = document["paths"].as_object().expect("paths").values();
    let operations = operations.flat_map(|path| path.as_object().expect("a path").values());
    let mut pending: Vec<&Value> =
        operations.flat_map(|operation| [&operation["parameters"], &operation["requestBody"]]).collect();
    let (mut schemas, mut names) = (Vec::new(), BTreeSet::new());
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(object) => {
                let name = object.get("$ref").and_then(Value::as_str);
                let name = name.and_then(|name| name.strip_prefix("#/components/schemas/"));
                if let Some(name) = name.filter(|name| names.insert(name.to_owned())) {
                    pending.push(&document["components"]["schemas"][name]);
                }
                // Headers are parsed by other code.
                if object.get("in").is_none_or(|location| location != "header") {
                    pending.extend(object.values());
                }
                schemas.push(value);
            }
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    schemas
}

/// The field errors for the [`WRONG`] values that a schema refuses.
fn field_errors(schema: &Value) -> Vec<FieldError> {
    let document = json!({ "components": {}, "paths": { "/x": { "get": { "operationId": "listCouncils",
        "parameters": [{ "name": "x", "in": "query", "schema": schema }] } } } });
    let contracts = Contracts::compile(&document).expect("contracts");
    let contract = contracts.of("listCouncils").expect("a contract");
    WRONG
        .iter()
        .flat_map(|value| {
            contract.read_query(&[("x".to_owned(), (*value).to_owned())]).err().unwrap_or_default()
        })
        .collect()
}

/// Whether an error text is a sentence without a regular expression or a schema keyword.
fn is_sentence(detail: &str) -> bool {
    let technical_marks = [
        "^",
        "\\x",
        "[A-",
        "[0-",
        "[a-",
        "[^",
        "(?",
        "does not match",
        "\"string\"",
        "is not a \"",
        "the value",
        "null\"",
    ];
    detail.ends_with('.') && !technical_marks.iter().any(|mark| detail.contains(mark))
}

#[test]
fn every_violated_pattern_or_format_has_an_error_text_in_words() {
    let document = openapi::document();
    let mut patterns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut formats = BTreeSet::new();
    for schema in request_schemas(&document) {
        let word = |name: &str| schema.get(name).and_then(Value::as_str).map(str::to_owned);
        let (pattern, format) = (word("pattern"), word("format"));
        if schema.get("type").is_none() || (pattern.is_none() && format.is_none()) {
            continue;
        }
        let details: BTreeSet<String> =
            field_errors(schema).into_iter().map(|field_error| field_error.detail).collect();
        let is_checked = !matches!(format.as_deref(), Some("int32" | "int64" | "double"));
        assert!(!details.is_empty() || !is_checked, "{schema} refuses none of the wrong values");
        for detail in &details {
            assert!(is_sentence(detail), "{schema} has the error text {detail:?}");
        }
        if let Some(pattern) = pattern {
            patterns.entry(pattern).or_default().extend(details);
        }
        formats.extend(format);
    }
    assert!(patterns.len() > 15 && formats.len() > 4, "{patterns:?} {formats:?}");
    for (pattern, details) in patterns {
        let is_generic = details.iter().any(|detail| detail.contains("expected form"));
        assert!(!is_generic, "{pattern} has a generic error text: {details:?}");
    }
}

#[test]
fn every_other_violated_bound_has_an_error_text_in_words() {
    let document = openapi::document();
    let keywords = [
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "uniqueItems",
        "enum",
        "type",
    ];
    let mut codes_seen = BTreeSet::new();
    for schema in request_schemas(&document) {
        let is_schema = schema.get("type").is_some_and(|kind| kind.is_string() || kind.is_array());
        if !is_schema || schema.get("in").is_some() || schema.get("$ref").is_some() {
            continue;
        }
        let mut bounds: Map<String, Value> = schema.as_object().expect("an object").clone();
        bounds.retain(|name, _| keywords.contains(&name.as_str()) || name == "x-decimal-places");
        let schema = Value::Object(bounds);
        for field_error in field_errors(&schema) {
            assert!(is_sentence(&field_error.detail), "{schema} has the error text {:?}", field_error.detail);
            codes_seen.insert(field_error.code.into_owned());
        }
    }
    for code in ["wrong_type", "too_short", "out_of_range", "unknown_value"] {
        assert!(codes_seen.contains(code), "{code} in {codes_seen:?}");
    }
}

#[test]
fn requests_accept_instants_with_any_offset_and_responses_use_utc() {
    let document = openapi::document();
    let pattern = |schema: &Value| schema["pattern"].as_str().expect("a pattern").to_owned();
    let name = |schema: &str, property: &str| {
        let reference = document["components"]["schemas"][schema]["properties"][property]["$ref"].clone();
        reference.as_str().expect("a reference").rsplit('/').next().expect("a name").to_owned()
    };
    let response_schema = &document["components"]["schemas"][name("Council", "updated_at")];
    assert!(pattern(response_schema).ends_with("Z$"), "{response_schema}");
    let request_schema = &document["components"]["schemas"][name("NewDatasetKey", "expires_at")];
    assert!(pattern(request_schema).contains("[+-]"), "{request_schema}");
    let parameters = document["paths"]["/v1/councils"]["get"]["parameters"].as_array().expect("parameters");
    let since =
        parameters.iter().find(|parameter| parameter["name"] == "updated_since").expect("a parameter");
    assert_eq!(pattern(&since["schema"]), pattern(request_schema));
}
