//! Validators for the schema keywords that JSON Schema does not define.

use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError};
use serde_json::{Map, Value};

use crate::values::{TextForm, number};

/// A validator, or an error if the value of the keyword is invalid.
type CompiledKeyword<'a> = Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>>;

/// A validator that accepts numbers with at most this many decimal places.
struct DecimalPlaces(usize);

impl<'i> Keyword<'i> for DecimalPlaces {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        let text = format!("The value must be a number with at most {} decimal places.", self.0);
        if self.is_valid(instance) { Ok(()) } else { Err(ValidationError::custom(text)) }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        instance.as_f64().is_none_or(|value| number::places(value) <= self.0)
    }
}

pub(super) fn decimal_places<'a>(
    _: &'a Map<String, Value>,
    places: &'a Value,
    _: Location,
) -> CompiledKeyword<'a> {
    match places.as_u64().and_then(|places| usize::try_from(places).ok()) {
        Some(places) => Ok(Box::new(DecimalPlaces(places))),
        None => {
            Err(ValidationError::schema("the value of the keyword x-decimal-places is not a whole number"))
        }
    }
}

/// A validator that refuses texts with invisible characters. It accepts those that the text form
/// allows.
struct Visible(TextForm);

impl<'i> Keyword<'i> for Visible {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        match instance.as_str().and_then(|text| self.0.refusal(text)) {
            Some(refusal) => Err(ValidationError::custom(refusal)),
            None => Ok(()),
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        instance.as_str().is_none_or(|text| self.0.refusal(text).is_none())
    }
}

pub(super) fn text_form<'a>(_: &'a Map<String, Value>, form: &'a Value, _: Location) -> CompiledKeyword<'a> {
    match form.as_str().and_then(TextForm::from_name) {
        Some(form) => Ok(Box::new(Visible(form))),
        None => {
            Err(ValidationError::schema("the value of the keyword x-text is not the name of a text form"))
        }
    }
}
