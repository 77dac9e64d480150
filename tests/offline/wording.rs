//! What a person is told about a value that breaks a published schema.

use std::collections::{BTreeMap, BTreeSet};

use outturn::api;
use outturn::values::FieldError;
use outturn::web::Contracts;
use serde_json::{Map, Value, json};

/// Texts that no pattern or format takes, and numbers outside every bound.
const WRONG: [&str; 4] = ["\u{0}\n", "", "9223372036854775807", "-9223372036854775808"];

/// Everything that requests name: parameters, bodies, and the schemas that these reach.
fn asked(document: &Value) -> Vec<&Value> {
    let operations = document["paths"].as_object().expect("paths").values();
    let operations = operations.flat_map(|path| path.as_object().expect("a path").values());
    let mut open: Vec<&Value> =
        operations.flat_map(|operation| [&operation["parameters"], &operation["requestBody"]]).collect();
    let (mut found, mut names) = (Vec::new(), BTreeSet::new());
    while let Some(value) = open.pop() {
        match value {
            Value::Object(object) => {
                let name = object.get("$ref").and_then(Value::as_str);
                let name = name.and_then(|name| name.strip_prefix("#/components/schemas/"));
                if let Some(name) = name.filter(|name| names.insert(name.to_owned())) {
                    open.push(&document["components"]["schemas"][name]);
                }
                // A header is read by code of its own.
                if object.get("in").is_none_or(|place| place != "header") {
                    open.extend(object.values());
                }
                found.push(value);
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

/// The faults of values that a schema refuses.
fn faults(schema: &Value) -> Vec<FieldError> {
    let document = json!({ "components": {}, "paths": { "/x": { "get": { "operationId": "listCouncils",
        "parameters": [{ "name": "x", "in": "query", "schema": schema }] } } } });
    let contracts = Contracts::compile(&document).expect("contracts");
    let contract = contracts.of("listCouncils").expect("a contract");
    WRONG
        .iter()
        .flat_map(|wrong| {
            contract.read_query(&[("x".to_owned(), (*wrong).to_owned())]).err().unwrap_or_default()
        })
        .collect()
}

/// Whether it is a sentence about the input: it begins and ends as one, and quotes no regular expression and no
/// keyword.
fn is_for_people(detail: &str) -> bool {
    let machine = [
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
    detail.ends_with('.') && !machine.iter().any(|mark| detail.contains(mark))
}

#[test]
fn every_pattern_and_format_that_a_request_can_break_is_told_in_words() {
    let document = api::document();
    let mut patterns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut formats = BTreeSet::new();
    for schema in asked(&document) {
        let word = |name: &str| schema.get(name).and_then(Value::as_str).map(str::to_owned);
        let (pattern, format) = (word("pattern"), word("format"));
        if schema.get("type").is_none() || (pattern.is_none() && format.is_none()) {
            continue;
        }
        let details: BTreeSet<String> = faults(schema).into_iter().map(|fault| fault.detail).collect();
        let is_checked = !matches!(format.as_deref(), Some("int32" | "int64" | "double"));
        assert!(!details.is_empty() || !is_checked, "{schema} refuses nothing");
        for detail in &details {
            assert!(is_for_people(detail), "{schema} is told by {detail:?}");
        }
        if let Some(pattern) = pattern {
            patterns.entry(pattern).or_default().extend(details);
        }
        formats.extend(format);
    }
    assert!(patterns.len() > 15 && formats.len() > 4, "{patterns:?} {formats:?}");
    for (pattern, details) in patterns {
        let unknown = details.iter().any(|detail| detail.contains("expected form"));
        assert!(!unknown, "{pattern} is told by {details:?}");
    }
}

#[test]
fn every_other_bound_of_a_request_is_told_in_words() {
    let document = api::document();
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
    let mut seen = BTreeSet::new();
    for schema in asked(&document) {
        let is_schema = schema.get("type").is_some_and(|kind| kind.is_string() || kind.is_array());
        if !is_schema || schema.get("in").is_some() || schema.get("$ref").is_some() {
            continue;
        }
        let mut bare: Map<String, Value> = schema.as_object().expect("an object").clone();
        bare.retain(|name, _| keywords.contains(&name.as_str()) || name == "x-decimal-places");
        let schema = Value::Object(bare);
        for fault in faults(&schema) {
            assert!(is_for_people(&fault.detail), "{schema} is told by {:?}", fault.detail);
            seen.insert(fault.code.into_owned());
        }
    }
    for code in ["wrong_type", "too_short", "too_long", "out_of_range", "unknown_value"] {
        assert!(seen.contains(code) || code == "too_long", "{code} in {seen:?}");
    }
}

#[test]
fn a_request_may_write_an_instant_with_any_offset_and_an_answer_writes_z() {
    let document = api::document();
    let pattern = |schema: &Value| schema["pattern"].as_str().expect("a pattern").to_owned();
    let name = |schema: &str, property: &str| {
        let reference = document["components"]["schemas"][schema]["properties"][property]["$ref"].clone();
        reference.as_str().expect("a reference").rsplit('/').next().expect("a name").to_owned()
    };
    let of_answers = &document["components"]["schemas"][name("Council", "updated_at")];
    assert!(pattern(of_answers).ends_with("Z$"), "{of_answers}");
    let of_requests = &document["components"]["schemas"][name("NewDatasetKey", "expires_at")];
    assert!(pattern(of_requests).contains("[+-]"), "{of_requests}");
    let parameters = document["paths"]["/v1/councils"]["get"]["parameters"].as_array().expect("parameters");
    let since =
        parameters.iter().find(|parameter| parameter["name"] == "updated_since").expect("a parameter");
    assert_eq!(pattern(&since["schema"]), pattern(of_requests));
}
