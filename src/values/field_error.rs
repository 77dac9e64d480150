//! One thing that is wrong with what was sent.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use utoipa::ToSchema;

/// One fault, and where it lies: exactly one of `pointer`, `parameter` and `header` is not null.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Fault {
    /// The place in the body: a JSON pointer as a URI fragment.
    #[schema(max_length = 2000, pattern = "^#[^\\x00]*$", example = "#/exists_until")]
    pub pointer: Option<String>,
    /// The name of the path or query parameter.
    #[schema(max_length = 2000, pattern = "^[^\\x00]*$")]
    pub parameter: Option<String>,
    /// The name of the header.
    #[schema(max_length = 100, pattern = "^[!-~]+$")]
    pub header: Option<String>,
    /// A stable code for programs, in snake case.
    #[schema(value_type = String, max_length = 64, pattern = "^[a-z_]+$", example = "out_of_order")]
    pub code: Cow<'static, str>,
    /// What is wrong and what to do, in one sentence for people that repeats no secret.
    #[schema(
        max_length = 2000,
        pattern = "^[^\\x00]*$",
        example = "The end must be later than the start; ranges are half-open."
    )]
    pub detail: String,
    /// The regular expression that the text does not match, for programs; null where the fault is another.
    #[schema(max_length = 2000, pattern = "^\\^[ -~]*$")]
    pub pattern: Option<String>,
}

/// What a URI fragment may not hold as it is (RFC 3986, RFC 6901 section 6).
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

/// The most faults that one answer lists; nobody mends more at once.
pub const MOST: usize = 1000;

/// The longest place and the longest sentence, in characters: both can quote what was sent.
const LONGEST: usize = 2000;

impl Fault {
    /// A fault in the body, `pointer` being a JSON pointer such as `/name` (empty for the whole body).
    pub fn body(
        pointer: impl AsRef<str>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        let fragment = utf8_percent_encode(pointer.as_ref(), NOT_IN_A_FRAGMENT);
        Self { pointer: Some(quotable(format!("#{fragment}"))), ..Self::nowhere(code, detail) }
    }

    /// A fault in a path or query parameter.
    pub fn parameter(
        name: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self { parameter: Some(quotable(name.into())), ..Self::nowhere(code, detail) }
    }

    /// A fault in a header.
    pub fn header(name: &str, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self { header: Some(name.chars().take(100).collect()), ..Self::nowhere(code, detail) }
    }

    /// The pointer, or the name of the parameter or header.
    pub fn location(&self) -> &str {
        let names = [&self.pointer, &self.parameter, &self.header];
        names.into_iter().flatten().next().map_or("", String::as_str)
    }

    /// The same fault of a text that does not match this pattern.
    pub fn with_pattern(self, pattern: Option<&str>) -> Self {
        Self { pattern: pattern.map(str::to_owned), ..self }
    }

    /// The same fault where its body is a part of a larger one, at the JSON pointer `parent`.
    pub fn within(self, parent: &str) -> Self {
        let pointer = self.pointer.map(|pointer| quotable(pointer.replacen('#', &format!("#{parent}"), 1)));
        Self { pointer, ..self }
    }

    fn nowhere(code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        let (code, detail) = (code.into(), quotable(detail.into()));
        Self { pointer: None, parameter: None, header: None, code, detail, pattern: None }
    }
}

/// Text that may quote what was sent, within what a problem may say.
fn quotable(text: String) -> String {
    if text.len() <= LONGEST && !text.contains('\0') {
        return text;
    }
    text.chars().take(LONGEST).map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
