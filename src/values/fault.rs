//! One thing that is wrong with what was sent.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Where the fault lies: exactly one of the three.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A JSON pointer into the body as a URI fragment, `#/terms/0/held_from`.
    Pointer(String),
    /// The name of a path or query parameter.
    Parameter(String),
    /// The name of a header.
    Header(String),
}

/// A fault: where, a stable code for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where it lies.
    pub place: Place,
    /// A stable code in snake case.
    pub code: Cow<'static, str>,
    /// What is wrong, in one sentence that repeats no secret.
    pub detail: String,
    /// The regular expression that a text does not match, for programs.
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
        Self::at(Place::Pointer(quotable(format!("#{fragment}"))), code, detail)
    }

    /// A fault in a path or query parameter.
    pub fn parameter(
        name: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self::at(Place::Parameter(quotable(name.into())), code, detail)
    }

    /// A fault in a header.
    pub fn header(name: &str, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::at(Place::Header(name.chars().take(100).collect()), code, detail)
    }

    /// The same fault of a text that does not match this pattern.
    pub fn with_pattern(self, pattern: Option<&str>) -> Self {
        Self { pattern: pattern.map(str::to_owned), ..self }
    }

    /// The same fault where its body is a part of a larger one, at the JSON pointer `parent`.
    pub fn within(self, parent: &str) -> Self {
        match self.place {
            Place::Pointer(pointer) => {
                let whole = pointer.replacen('#', &format!("#{parent}"), 1);
                Self { place: Place::Pointer(quotable(whole)), ..self }
            }
            _ => self,
        }
    }

    fn at(place: Place, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self { place, code: code.into(), detail: quotable(detail.into()), pattern: None }
    }
}

/// Text that may quote what was sent, within what a problem may say.
fn quotable(text: String) -> String {
    if text.len() <= LONGEST && !text.contains('\0') {
        return text;
    }
    text.chars().take(LONGEST).map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
