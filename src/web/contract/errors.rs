//! Converts schema validation errors to field errors.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;

use super::messages::{sentence, type_names};
use crate::values::{FieldError, Number, TextForm};
use crate::web::json::step;

/// Removes field errors that repeat a location and a code. If a value violates both a format and a
/// pattern, the remaining field error has the pattern.
pub(super) fn distinct(field_errors: Vec<FieldError>) -> Vec<FieldError> {
    let mut places: HashMap<(String, Cow<'static, str>), usize> = HashMap::new();
    let mut kept: Vec<FieldError> = Vec::new();
    for field_error in field_errors {
        match places.entry((field_error.location().to_owned(), field_error.code.clone())) {
            Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push(field_error);
            }
            Entry::Occupied(place) => {
                let first = &mut kept[*place.get()];
                first.pattern = first.pattern.take().or(field_error.pattern);
            }
        }
    }
    kept
}

pub(super) fn body_field_errors(error: &ValidationError<'_>) -> Vec<FieldError> {
    let path = error.instance_path().as_str();
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let pointer = step(path, property.as_str().unwrap_or_default());
            vec![FieldError::body(pointer, "required", "This field is required.")]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| {
                FieldError::body(step(path, name), "unknown_field", "This field is unknown. Leave it out.")
            })
            .collect(),
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            branch_field_errors(path, context).unwrap_or_else(|| vec![plain_field_error(error)])
        }
        _ => vec![plain_field_error(error)],
    }
}

fn plain_field_error(error: &ValidationError<'_>) -> FieldError {
    FieldError::body(error.instance_path().as_str(), code(error.kind()), sentence(error))
        .with_pattern(pattern(error))
}

pub(super) fn parameter_field_error(name: &str, error: &ValidationError<'_>) -> FieldError {
    FieldError::parameter(name, code(error.kind()), sentence(error)).with_pattern(pattern(error))
}

fn pattern<'e>(error: &'e ValidationError<'_>) -> Option<&'e str> {
    match error.kind() {
        ValidationErrorKind::Pattern { pattern } => Some(pattern),
        _ => None,
    }
}

/// Returns the field errors of the `oneOf` or `anyOf` branch that the client meant. This branch
/// allows the type of the value and the `kind` of the value.
fn branch_field_errors(path: &str, branches: &[Vec<ValidationError<'_>>]) -> Option<Vec<FieldError>> {
    let fits = |branch: &&Vec<ValidationError<'_>>| {
        !branch.iter().any(|e| {
            e.instance_path().as_str() == path && matches!(e.kind(), ValidationErrorKind::Type { .. })
        })
    };
    let fitting: Vec<_> = branches.iter().filter(fits).collect();
    let tagged: Vec<_> =
        fitting.iter().filter(|branch| !branch.iter().any(|e| misses_tag(path, e))).collect();
    match (tagged.as_slice(), fitting.as_slice()) {
        ([meant], _) => Some(meant.iter().flat_map(body_field_errors).collect()),
        ([], [only]) => Some(only.iter().flat_map(body_field_errors).collect()),
        ([], [first, ..]) => {
            let tag = first.iter().find(|e| misses_tag(path, e))?;
            if let ValidationErrorKind::Required { .. } = tag.kind() {
                return Some(body_field_errors(tag));
            }
            let known: Vec<String> =
                fitting.iter().flat_map(|branch| branch.iter()).filter_map(tag_wanted).collect();
            let detail = format!("Send one of {}.", known.join(", "));
            Some(vec![FieldError::body(tag.instance_path().as_str(), "unknown_value", detail)])
        }
        ([], []) if !branches.is_empty() => {
            let kinds: Vec<String> = branches.iter().flatten().filter_map(type_wanted).collect();
            Some(vec![FieldError::body(path, "wrong_type", format!("Send {}.", kinds.join(" or ")))])
        }
        _ => None,
    }
}

/// Returns whether the error says that the field `kind`, which selects the branch, is missing or
/// names another branch.
fn misses_tag(path: &str, error: &ValidationError<'_>) -> bool {
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            error.instance_path().as_str() == path && property == "kind"
        }
        ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. } => {
            error.instance_path().as_str() == step(path, "kind")
        }
        _ => false,
    }
}

fn tag_wanted(error: &ValidationError<'_>) -> Option<String> {
    match error.kind() {
        ValidationErrorKind::Enum { options } => options.get(0)?.as_str().map(str::to_owned),
        ValidationErrorKind::Constant { expected_value } => expected_value.as_str().map(str::to_owned),
        _ => None,
    }
}

fn type_wanted(error: &ValidationError<'_>) -> Option<String> {
    match error.kind() {
        ValidationErrorKind::Type { kind } => Some(type_names(kind)),
        _ => None,
    }
}

fn code(kind: &ValidationErrorKind) -> &'static str {
    match kind.keyword() {
        "type" => "wrong_type",
        "enum" | "const" => "unknown_value",
        "minLength" => "too_short",
        "maxLength" => "too_long",
        "pattern" | "format" => "bad_format",
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => "out_of_range",
        Number::PLACES_KEYWORD => "too_precise",
        TextForm::KEYWORD => "invisible_text",
        "minItems" => "too_few",
        "maxItems" => "too_many",
        "uniqueItems" => "duplicate",
        "required" => "required",
        "additionalProperties" => "unknown_field",
        _ => "invalid",
    }
}
