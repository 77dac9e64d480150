//! Field errors: descriptions of what is wrong with one field, parameter or header of a request.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use utoipa::ToSchema;

/// One field error and its location in the request. Exactly one of `pointer`, `parameter` and
/// `header` is not null.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct FieldError {
    /// The location in the request body, as a JSON pointer in a URI fragment.
    #[schema(max_length = 2000, pattern = "^#[^\\x00]*$", example = "#/exists_until")]
    pub pointer: Option<String>,
    /// The name of the path parameter or query parameter.
    #[schema(max_length = 2000, pattern = "^[^\\x00]*$")]
    pub parameter: Option<String>,
    /// The name of the request header.
    #[schema(max_length = 100, pattern = "^[!-~]+$")]
    pub header: Option<String>,
    /// A stable code for programs, in snake case.
    #[schema(value_type = String, max_length = 64, pattern = "^[a-z_]+$", example = "out_of_order")]
    pub code: Cow<'static, str>,
    /// What is wrong and what to do, as a sentence for people. The sentence never repeats a secret.
    #[schema(
        max_length = 2000,
        pattern = "^[^\\x00]*$",
        example = "The end must be later than the start. The range does not include the end."
    )]
    pub detail: String,
    /// The regular expression that a text does not match, for programs. Null if no pattern is
    /// violated.
    #[schema(max_length = 2000, pattern = "^\\^[ -~]*$")]
    pub pattern: Option<String>,
}

/// The characters that must be percent-encoded in a URI fragment (RFC 3986, RFC 6901 section 6).
const NOT_IN_A_FRAGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

pub const MAX_FIELD_ERRORS: usize = 1000;

/// The maximum length of a field error's location and of its detail, in characters. Both texts can
/// contain parts of the request.
const MAX_DETAIL_LENGTH: usize = 2000;

impl FieldError {
    /// Creates a field error for a location in the request body. `pointer` is a JSON pointer such
    /// as `/name`, or empty for the whole body.
    pub fn body(
        pointer: impl AsRef<str>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        let fragment = utf8_percent_encode(pointer.as_ref(), NOT_IN_A_FRAGMENT);
        Self { pointer: Some(quotable(format!("#{fragment}"))), ..Self::without_location(code, detail) }
    }

    pub fn parameter(
        name: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self { parameter: Some(quotable(name.into())), ..Self::without_location(code, detail) }
    }

    pub fn header(name: &str, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self { header: Some(name.chars().take(100).collect()), ..Self::without_location(code, detail) }
    }

    /// Returns the location of the field error. It is the JSON pointer, or the name of the
    /// parameter or header.
    pub fn location(&self) -> &str {
        let names = [&self.pointer, &self.parameter, &self.header];
        names.into_iter().flatten().next().map_or("", String::as_str)
    }

    pub fn with_pattern(self, pattern: Option<&str>) -> Self {
        Self { pattern: pattern.map(str::to_owned), ..self }
    }

    /// Prepends the JSON pointer `parent` to the JSON pointer of the field error. Used when a body
    /// is a part of a larger body.
    pub fn within(self, parent: &str) -> Self {
        let pointer = self.pointer.map(|pointer| quotable(pointer.replacen('#', &format!("#{parent}"), 1)));
        Self { pointer, ..self }
    }

    fn without_location(code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        let (code, detail) = (code.into(), quotable(detail.into()));
        Self { pointer: None, parameter: None, header: None, code, detail, pattern: None }
    }
}

/// Truncates a text that may contain parts of the request. Replaces NUL characters, because the
/// schema of a field error does not allow them.
fn quotable(text: String) -> String {
    if text.len() <= MAX_DETAIL_LENGTH && !text.contains('\0') {
        return text;
    }
    text.chars()
        .take(MAX_DETAIL_LENGTH)
        .map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c })
        .collect()
}
