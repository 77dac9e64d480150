//! Reads variables, and collects the errors of all of them.

use super::parsers::Parser;

/// Reads variables from a source, which is the environment except in tests.
pub(super) struct Reader<'v> {
    /// Returns the value of a variable.
    pub(super) get: &'v dyn Fn(&str) -> Option<String>,
    /// The errors found so far.
    pub(super) errors: Vec<String>,
}

impl Reader<'_> {
    /// Returns the text of a variable, if it is set and not empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.get)(name).filter(|text| !text.is_empty())
    }

    fn parse<T>(&mut self, name: &str, text: &str, parser: &Parser<T>) -> Option<T> {
        let value = (parser.parse)(text);
        if value.is_none() {
            self.errors.push(format!("{name} must be {}", parser.expected));
        }
        value
    }

    /// Reads a variable that may be unset. Returns `None` if it is invalid.
    pub(super) fn optional<T>(&mut self, name: &str, parser: &Parser<T>) -> Option<Option<T>> {
        match self.text(name) {
            Some(text) => self.parse(name, &text, parser).map(Some),
            None => Some(None),
        }
    }

    /// Reads a variable. If it is unset, parses the default text.
    pub(super) fn with_default<T>(&mut self, name: &str, parser: &Parser<T>, default: &str) -> Option<T> {
        let text = self.text(name).unwrap_or_else(|| default.to_owned());
        self.parse(name, &text, parser)
    }

    /// Reads a variable. If it is unset, computes the default.
    pub(super) fn or_else<T>(
        &mut self,
        name: &str,
        parser: &Parser<T>,
        default: impl FnOnce(&Self) -> T,
    ) -> Option<T> {
        let value = self.optional(name, parser)?;
        Some(value.unwrap_or_else(|| default(self)))
    }
}
