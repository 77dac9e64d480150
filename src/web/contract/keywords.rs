//! The document's own keywords: what they mean to the server that enforces them.

use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError};
use serde_json::{Map, Value};

use crate::values::{Number, TextForm, number};

/// A keyword, or why its value is none.
type Made<'a> = Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>>;

/// A number of at most so many decimal places.
struct DecimalPlaces;

impl<'i> Keyword<'i> for DecimalPlaces {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        let text = format!("This must be a number of at most {} decimal places.", Number::PLACES);
        if self.is_valid(instance) { Ok(()) } else { Err(ValidationError::custom(text)) }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        instance.as_f64().is_none_or(|value| number::places(value) <= Number::PLACES)
    }
}

/// Makes the keyword for decimal places.
pub(super) fn decimal_places<'a>(_: &'a Map<String, Value>, _: &'a Value, _: Location) -> Made<'a> {
    Ok(Box::new(DecimalPlaces))
}

/// A text in which what has to be seen can be seen.
struct Visible(TextForm);

impl<'i> Keyword<'i> for Visible {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        match instance.as_str().and_then(|text| self.0.flaw(text)) {
            Some(flaw) => Err(ValidationError::custom(flaw)),
            None => Ok(()),
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        instance.as_str().is_none_or(|text| self.0.flaw(text).is_none())
    }
}

/// Makes the keyword for the form of a text.
pub(super) fn text_form<'a>(_: &'a Map<String, Value>, form: &'a Value, _: Location) -> Made<'a> {
    match form.as_str().and_then(TextForm::find) {
        Some(form) => Ok(Box::new(Visible(form))),
        None => Err(ValidationError::schema("no form of a text has this name")),
    }
}
