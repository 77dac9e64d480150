//! Sentences for field errors of values that violate a schema. A sentence never contains a regular
//! expression.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use crate::values::{Code, Day, Email, GssCode, Instant, Issuer, Prose, ShortText, Slug, Url};

/// Sentences that explain the regular expressions of the OpenAPI document. A test checks that every
/// published pattern is in this list.
const PATTERNS: &[(&str, &str)] = &[
    (ShortText::PATTERN, "Send one line of text without tabs, line breaks and other control characters."),
    (r"^[^\x00]*$", "Send a text without the character U+0000."),
    (Prose::PATTERN, "Send a text without the character U+0000."),
    (Code::PATTERN, "Send only letters, digits and . _ + -, such as 2017-18. Begin with a letter or digit."),
    (Slug::PATTERN, "Send only lower-case letters, digits and _, such as lead_member. Begin with a letter."),
    (GssCode::PATTERN, "Send a GSS code such as E10000020."),
    (Email::PATTERN, "Send an e-mail address such as name@example.org."),
    (Url::PATTERN, "Send a web address such as https://example.org/minutes/2017-07-05."),
    (Issuer::PATTERN, "Send an issuer such as https://login.example.org/v2.0, without spaces and braces."),
    (Day::PATTERN, DATE),
    ("^[A-Za-z0-9_-]+$", "Send base64url text (letters, digits, - and _ only) such as a next_cursor."),
    ("^[A-Za-z0-9._-]+$", "Send a request id such as 0198c5b0-0000-7000-8000-000000000000."),
    ("^[!-~]+$", "Send visible ASCII text without spaces, such as 2026-11."),
    ("^[!-~]*$", "Send visible ASCII text without spaces."),
    ("^[ -~]*$", "Send visible ASCII text."),
    ("^sig$", "Send the text sig."),
    ("^AQAB$", "Send the text AQAB, which is the exponent 65537."),
    ("^[a-z_:.-]+$", "Send a grant type such as client_credentials."),
    ("^[A-Za-z0-9_.-]*$", "Send a signed assertion, which is base64url texts with full stops between them."),
];

const DATE: &str = "Send a date such as 2018-03-20, in the years 1900 to 2100.";

/// Returns the sentence for a schema violation, without the invalid value. For an enumeration, the
/// sentence lists all values.
pub(super) fn sentence(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Enum { options } => {
            let words = options.as_array().into_iter().flatten().map(plain);
            format!("Send one of {}.", words.collect::<Vec<_>>().join(", "))
        }
        ValidationErrorKind::Constant { expected_value } => {
            format!("Send the value {}.", plain(expected_value))
        }
        ValidationErrorKind::Type { kind } => format!("Send {}.", type_names(kind)),
        ValidationErrorKind::Pattern { pattern } => by_pattern(pattern, error.instance()).to_owned(),
        ValidationErrorKind::Format { format } => by_format(format, error.instance()).to_owned(),
        ValidationErrorKind::Custom { message, .. } => message.clone(),
        kind => bound(kind, error.instance()),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn by_pattern(pattern: &str, value: &Value) -> &'static str {
    if pattern == Instant::PATTERN {
        return Instant::refusal(value.as_str().unwrap_or_default());
    }
    let known = PATTERNS.iter().find(|(known, _)| *known == pattern);
    known.map_or("The text does not have the expected form.", |(_, sentence)| sentence)
}

fn by_format(format: &str, value: &Value) -> &'static str {
    match format {
        "date-time" => Instant::refusal(value.as_str().unwrap_or_default()),
        "date" => DATE,
        "uuid" => "Send an id such as 0198c5b0-0000-7000-8000-000000000000.",
        "uri" => "Send a web address such as https://example.org/minutes/2017-07-05.",
        _ => "The text does not have the expected form.",
    }
}

/// Returns the sentence for a text, a list or a number that is out of bounds.
fn bound(kind: &ValidationErrorKind, value: &Value) -> String {
    let length = value.as_str().map_or(0, |text| text.chars().count());
    let items = value.as_array().map_or(0, Vec::len);
    match kind {
        ValidationErrorKind::MinLength { .. } if length == 0 => {
            "The text is empty or has only white space. Send a text with a visible character.".to_owned()
        }
        ValidationErrorKind::MinLength { limit } => {
            format!("The text has {length} characters and must have at least {limit}.")
        }
        ValidationErrorKind::MaxLength { limit } => {
            format!("The text has {length} characters and must have at most {limit}.")
        }
        ValidationErrorKind::Minimum { limit } => format!("The value must be at least {limit}."),
        ValidationErrorKind::Maximum { limit } => format!("The value must be at most {limit}."),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("The value must be more than {limit}."),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("The value must be less than {limit}."),
        ValidationErrorKind::MinItems { limit } => {
            format!("The list has {items} items and must have at least {limit}.")
        }
        ValidationErrorKind::MaxItems { limit } => {
            format!("The list has {items} items and must have at most {limit}.")
        }
        ValidationErrorKind::UniqueItems => "The list must not contain the same item twice.".to_owned(),
        _ => "The value matches none of the allowed forms. See the schema of the operation.".to_owned(),
    }
}

/// Returns the names of the JSON types that a schema allows, with articles.
pub(super) fn type_names(kind: &TypeKind) -> String {
    let name = |name: &str| match name {
        "string" => "a text",
        "array" => "a list",
        "object" => "an object",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        _ => "null",
    };
    match kind {
        TypeKind::Single(one) => name(&one.to_string()).to_owned(),
        TypeKind::Multiple(several) => {
            several.iter().map(|one| name(&one.to_string())).collect::<Vec<_>>().join(" or ")
        }
    }
}
