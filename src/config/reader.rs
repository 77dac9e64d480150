//! Reads configuration variables and collects all errors.

use super::parsers::Parser;

/// A reader of configuration variables. They come from the environment or, in tests, from another
/// source.
pub(super) struct Reader<'v> {
    pub(super) get: &'v dyn Fn(&str) -> Option<String>,
    pub(super) errors: Vec<String>,
}

impl Reader<'_> {
    /// Returns the text of a configuration variable. Returns `None` if the variable is unset or
    /// empty.
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

    /// Reads a configuration variable that may be unset. Returns `None` if the value is invalid.
    pub(super) fn optional<T>(&mut self, name: &str, parser: &Parser<T>) -> Option<Option<T>> {
        match self.text(name) {
            Some(text) => self.parse(name, &text, parser).map(Some),
            None => Some(None),
        }
    }

    /// Reads a configuration variable. If the variable is unset, parses the default text.
    pub(super) fn with_default<T>(&mut self, name: &str, parser: &Parser<T>, default: &str) -> Option<T> {
        let text = self.text(name).unwrap_or_else(|| default.to_owned());
        self.parse(name, &text, parser)
    }

    /// Reads a configuration variable. If the variable is unset, computes the default.
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
