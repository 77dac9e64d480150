//! Normalises the texts of requests before validation. The published schema declares the text form
//! of each key, name and prose text. Instants are converted to UTC. This applies to JSON, CSV and
//! query strings.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::values::{Instant, TextForm};

/// Maximum depth to which references of a schema are followed. No request is nested so deeply.
const MAX_DEPTH: usize = 32;

/// The rules by which the texts in a JSON value, its members and its items are normalised.
#[derive(Debug, Default)]
pub(super) struct Normalisation {
    form: Option<Form>,
    members: BTreeMap<String, Normalisation>,
    items: Option<Box<Normalisation>>,
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Text(TextForm),
    Instant,
}

impl Normalisation {
    pub(super) fn of(schema: &Value, components: &Value) -> Self {
        let mut normalisation = Self::default();
        normalisation.add(schema, components, MAX_DEPTH);
        normalisation
    }

    /// Adds the normalisation rules of a schema and of all branches of a union. A member of an
    /// object has the same text form in every branch.
    fn add(&mut self, schema: &Value, components: &Value, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
            self.add(&components["schemas"][name], components, depth);
        }
        if let Some(form) = schema[TextForm::KEYWORD].as_str().and_then(TextForm::from_name) {
            self.form = Some(Form::Text(form));
        } else if schema["format"] == "date-time" {
            self.form = Some(Form::Instant);
        }
        for joint in ["oneOf", "anyOf", "allOf"] {
            let branches = schema[joint].as_array().into_iter().flatten();
            branches.for_each(|branch| self.add(branch, components, depth));
        }
        for (name, property) in schema["properties"].as_object().into_iter().flat_map(Map::iter) {
            self.members.entry(name.clone()).or_default().add(property, components, depth);
        }
        if schema["items"].is_object() {
            self.items.get_or_insert_default().add(&schema["items"], components, depth);
        }
    }

    pub(super) fn is_instant(&self) -> bool {
        matches!(self.form, Some(Form::Instant))
    }

    pub(super) fn normalise(&self, value: &mut Value) {
        match value {
            Value::String(text) => match self.form {
                Some(Form::Text(form)) => *text = form.normalise(text),
                // Validation refuses a text that is not an instant.
                Some(Form::Instant) => {
                    if let Some(utc) = Instant::normalise(text) {
                        *text = utc;
                    }
                }
                None => {}
            },
            Value::Array(values) => {
                let Some(items) = &self.items else { return };
                values.iter_mut().for_each(|value| items.normalise(value));
            }
            Value::Object(object) => {
                for (name, value) in object {
                    if let Some(member) = self.members.get(name) {
                        member.normalise(value);
                    }
                }
            }
            _ => {}
        }
    }
}
