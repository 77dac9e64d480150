//! Parses JSON strictly. A repeated key in an object is an error, although serde_json would keep
//! the last value.

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::values::{FieldError, field_error};

/// Maximum number of values in a JSON body. Each value can have a field error.
const MAX_VALUES: usize = 50_000;

/// Parses a JSON body. Fails with a field error for invalid JSON, or with a field error for each
/// repeated key.
pub fn parse(bytes: &[u8]) -> Result<Value, Vec<FieldError>> {
    let mut found = Parsed::default();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let strict = Strict { path: None, found: &mut found };
    let parsed = strict.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    match parsed {
        Err(_) if found.values > MAX_VALUES => {
            let detail = format!("The JSON body has more than {MAX_VALUES} values. Send fewer values.");
            Err(vec![FieldError::body("", "too_many_values", detail)])
        }
        Err(error) => {
            let detail = format!("The body is not valid JSON (RFC 8259): {error}.");
            Err(vec![FieldError::body("", "not_json", detail)])
        }
        Ok(_) if !found.repeated.is_empty() => Err(found.repeated),
        Ok(value) => Ok(value),
    }
}

/// The number of JSON values and the repeated keys that the parser has found so far.
#[derive(Default)]
struct Parsed {
    values: usize,
    repeated: Vec<FieldError>,
}

/// Appends an object key or array index to a JSON pointer (RFC 6901).
pub fn step(path: &str, key: &str) -> String {
    let end = key.floor_char_boundary(MAX_STEP_LENGTH);
    format!("{path}/{}", key[..end].replace('~', "~0").replace('/', "~1"))
}

/// Maximum length of a key in a JSON pointer, in bytes. A longer key is truncated.
const MAX_STEP_LENGTH: usize = 2000;

/// The location of a value in a JSON body. A JSON pointer is built from the location only for a
/// field error.
#[derive(Clone, Copy)]
struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

impl Path<'_> {
    fn pointer(&self) -> String {
        let parent = self.parent.map(Self::pointer).unwrap_or_default();
        match self.step {
            Step::Key(key) => step(&parent, key),
            Step::Index(index) => format!("{parent}/{index}"),
        }
    }
}

struct Strict<'p, 'r> {
    path: Option<&'p Path<'p>>,
    found: &'r mut Parsed,
}

impl<'de> DeserializeSeed<'de> for Strict<'_, '_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.found.values += 1;
        if self.found.values > MAX_VALUES {
            return Err(D::Error::custom("too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    /// Converts a number without a fraction to an integer, so that 1.0 equals 1.
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() < EXACT {
            return Ok(Value::Number((value as i64).into()));
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        let Self { path: parent, found } = self;
        loop {
            let path = Path { parent, step: Step::Index(array.len()) };
            let seed = Strict { path: Some(&path), found: &mut *found };
            match items.next_element_seed(seed)? {
                Some(item) => array.push(item),
                None => return Ok(Value::Array(array)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let Self { path: parent, found } = self;
        while let Some(key) = entries.next_key::<String>()? {
            let path = Path { parent, step: Step::Key(&key) };
            let value = entries.next_value_seed(Strict { path: Some(&path), found: &mut *found })?;
            if object.contains_key(&key) && found.repeated.len() < field_error::MAX_FIELD_ERRORS {
                found.repeated.push(FieldError::body(
                    path.pointer(),
                    "duplicate",
                    "This key of the JSON object appears more than once.",
                ));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
