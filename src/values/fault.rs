//! One thing that is wrong with what was sent.

use std::borrow::Cow;

/// Where the fault lies: exactly one of the three.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
}

impl Fault {
    /// A fault in the body, `pointer` being a JSON pointer such as `/name` (empty for the whole body).
    pub fn body(pointer: impl AsRef<str>, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self { place: Place::Pointer(format!("#{}", pointer.as_ref())), code: code.into(), detail: detail.into() }
    }

    /// A fault in a path or query parameter.
    pub fn parameter(
        name: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self { place: Place::Parameter(name.into()), code: code.into(), detail: detail.into() }
    }

    /// A fault in a header.
    pub fn header(name: &str, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self { place: Place::Header(name.into()), code: code.into(), detail: detail.into() }
    }
}
