//! Contracts: the schemas of the published OpenAPI document, compiled to check requests.

mod errors;
mod keywords;
mod messages;
mod normalisation;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use self::errors::{body_field_errors, distinct, parameter_field_error};
use self::normalisation::Normalisation;
use super::document::references::collect_schemas;
use crate::values::{FieldError, Instant, Number, TextForm, csv_file, field_error, number};

#[derive(Debug, Default)]
pub struct Contracts(HashMap<String, Arc<Contract>>);

/// The media type of a merge patch (RFC 7396). Every PATCH accepts this type, but the OpenAPI
/// document names only `application/json`. For two media types, code generators create a duplicate
/// method or an unusable union type.
const MERGE_PATCH: &str = "application/merge-patch+json";

#[derive(Debug, Default)]
pub struct Contract {
    query: Vec<Parameter>,
    body: Option<CompiledSchema>,
    line: Option<LineContract>,
    media_types: Vec<String>,
}

/// The contract for one line of a bulk request. The server checks each line separately.
#[derive(Debug)]
struct LineContract {
    line: CompiledSchema,
    columns: BTreeMap<String, ValueType>,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    value_type: ValueType,
    required: bool,
    value: CompiledSchema,
}

/// A compiled schema. The server normalises the texts of a value before the validator checks the
/// value.
#[derive(Debug)]
struct CompiledSchema {
    normalisation: Normalisation,
    validator: Validator,
}

impl CompiledSchema {
    fn check(&self, value: &mut Value) -> Vec<FieldError> {
        self.normalisation.normalise(value);
        let field_errors = self.validator.iter_errors(value).flat_map(|error| body_field_errors(&error));
        distinct(field_errors.take(field_error::MAX_FIELD_ERRORS).collect())
    }
}

/// The type to which the text of a parameter or CSV cell is parsed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum ValueType {
    Text,
    Integer,
    Boolean,
}

impl Contracts {
    pub fn compile(document: &Value) -> Result<Self, String> {
        let compiler = Compiler { components: &document["components"] };
        let mut contracts = HashMap::new();
        for path in document["paths"].as_object().into_iter().flat_map(Map::values) {
            for (method, operation) in path.as_object().into_iter().flatten() {
                if let Some(id) = operation["operationId"].as_str() {
                    let mut contract = compiler.contract(operation)?;
                    if method == "patch" {
                        contract.media_types.push(MERGE_PATCH.to_owned());
                    }
                    contracts.insert(id.to_owned(), Arc::new(contract));
                }
            }
        }
        Ok(Self(contracts))
    }

    pub fn of(&self, operation_id: &str) -> Option<Arc<Contract>> {
        self.0.get(operation_id).cloned()
    }
}

struct Compiler<'d> {
    components: &'d Value,
}

impl Compiler<'_> {
    fn contract(&self, operation: &Value) -> Result<Contract, String> {
        let content = operation["requestBody"]["content"].as_object();
        let parameters = operation["parameters"].as_array();
        let mut body =
            content.and_then(|content| content.values().next()).map(|media| media["schema"].clone());
        let bulk = body.as_mut().filter(|body| self.resolve(body)["properties"]["lines"].is_object());
        let line = bulk.map(|body| self.take_line(body)).transpose()?;
        Ok(Contract {
            body: body.as_ref().map(|schema| self.compile_schema(schema)).transpose()?,
            line,
            media_types: content.into_iter().flat_map(Map::keys).cloned().collect(),
            query: parameters
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "query")
                .map(|parameter| self.parameter(parameter))
                .collect::<Result<_, _>>()?,
        })
    }

    fn parameter(&self, parameter: &Value) -> Result<Parameter, String> {
        let schema = &parameter["schema"];
        Ok(Parameter {
            name: parameter["name"].as_str().unwrap_or_default().to_owned(),
            required: parameter["required"] == true,
            value_type: self.value_type_of(schema),
            value: self.compile_schema(schema)?,
        })
    }

    /// Removes the schema of a line from a bulk request's schema and compiles it. The server checks
    /// each line separately. The errors of one line then hide no errors of other lines.
    fn take_line(&self, body: &mut Value) -> Result<LineContract, String> {
        let mut frame = self.resolve(body).clone();
        let line = frame["properties"]["lines"]["items"].take();
        frame["properties"]["lines"]["items"] = json!({});
        *body = frame;
        let properties = self.resolve(&line)["properties"].as_object();
        let value_types =
            properties.into_iter().flatten().map(|(name, schema)| (name.clone(), self.value_type_of(schema)));
        Ok(LineContract { line: self.compile_schema(&line)?, columns: value_types.collect() })
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
            Some(name) => &self.components["schemas"][name],
            None => schema,
        }
    }

    /// Returns the type to which the text of a parameter or CSV cell is parsed under this schema.
    /// Ignores the type `null`.
    fn value_type_of(&self, schema: &Value) -> ValueType {
        let types = &self.resolve(schema)["type"];
        let is = |name: &str| {
            types == name || types.as_array().is_some_and(|all| all.iter().any(|one| one == name))
        };
        match () {
            () if is("integer") => ValueType::Integer,
            () if is("boolean") => ValueType::Boolean,
            () => ValueType::Text,
        }
    }

    /// Returns the component schemas that a schema references directly or indirectly.
    fn referenced_schemas(&self, schema: &Value) -> Map<String, Value> {
        let components = self.components["schemas"].as_object();
        let mut names = BTreeSet::new();
        components.into_iter().for_each(|components| collect_schemas(schema, components, &mut names));
        names.into_iter().map(|name| (name.clone(), self.components["schemas"][&name].clone())).collect()
    }

    fn compile_schema(&self, schema: &Value) -> Result<CompiledSchema, String> {
        let normalisation = Normalisation::of(schema, self.components);
        Ok(CompiledSchema { normalisation, validator: self.validator(schema)? })
    }

    fn validator(&self, schema: &Value) -> Result<Validator, String> {
        let mut whole = schema.clone();
        whole["components"] = json!({ "schemas": self.referenced_schemas(schema) });
        jsonschema::draft202012::options()
            .should_validate_formats(true)
            .with_keyword(Number::PLACES_KEYWORD, keywords::decimal_places)
            .with_keyword(TextForm::KEYWORD, keywords::text_form)
            .build(&whole)
            .map_err(|error| error.to_string())
    }
}

impl Contract {
    /// Returns the media types that the operation accepts. Empty if the operation has no body.
    pub fn media_types(&self) -> &[String] {
        &self.media_types
    }

    /// Normalises the texts of a parsed body and returns all field errors.
    pub fn check_body(&self, body: &mut Value) -> Vec<FieldError> {
        self.body.as_ref().map(|contract| contract.check(body)).unwrap_or_default()
    }

    pub fn check_line(&self, line: &mut Value) -> Vec<FieldError> {
        self.line.as_ref().map(|contract| contract.line.check(line)).unwrap_or_default()
    }

    pub(super) fn has_column(&self, name: &str) -> bool {
        self.line.as_ref().is_some_and(|line| line.columns.contains_key(name))
    }

    /// Converts a CSV cell to a JSON value. The schema of the line's field decides the type.
    pub(super) fn read_cell(&self, column: &str, cell: &str) -> Value {
        let value_type = self.line.as_ref().and_then(|line| line.columns.get(column)).copied();
        value_type.unwrap_or(ValueType::Text).read_cell(cell)
    }

    /// Converts a query string to an object of typed values. Fails with all field errors.
    pub fn read_query(&self, pairs: &[(String, String)]) -> Result<Value, Vec<FieldError>> {
        let mut values = Map::new();
        let mut field_errors = Vec::new();
        for (name, text) in pairs {
            let Some(parameter) = self.query.iter().find(|parameter| parameter.name == *name) else {
                field_errors.push(FieldError::parameter(
                    name,
                    "unknown_parameter",
                    "This operation does not have this query parameter. Correct its name, or leave it out.",
                ));
                continue;
            };
            let value = parameter.read(text);
            let errors = parameter.value.validator.iter_errors(&value);
            field_errors.extend(errors.map(|error| parameter_field_error(name, &error)));
            if values.insert(name.clone(), value).is_some() {
                field_errors.push(FieldError::parameter(
                    name,
                    "duplicate",
                    "This query parameter appears more than once. Send it once.",
                ));
            }
        }
        let missing =
            self.query.iter().filter(|parameter| parameter.required && !values.contains_key(&parameter.name));
        field_errors.extend(
            missing.map(|p| FieldError::parameter(&p.name, "required", "This query parameter is required.")),
        );
        if field_errors.is_empty() { Ok(Value::Object(values)) } else { Err(distinct(field_errors)) }
    }
}

impl Parameter {
    /// Parses and normalises the value of a query parameter. In an instant, a space counts as a
    /// plus sign, because decoding turns a plus sign into a space.
    fn read(&self, text: &str) -> Value {
        let normalisation = &self.value.normalisation;
        let mut value: Value = if normalisation.is_instant() {
            Instant::with_plus(text).into()
        } else {
            self.value_type.read(text)
        };
        normalisation.normalise(&mut value);
        value
    }
}

impl ValueType {
    fn read(self, text: &str) -> Value {
        let typed = match self {
            Self::Text => None,
            Self::Integer => number::parse_whole(text).map(Value::from),
            Self::Boolean => text.parse::<bool>().ok().map(Value::from),
        };
        typed.unwrap_or_else(|| Value::from(text))
    }

    /// Parses a CSV cell, including the forms in which spreadsheets write numbers and Booleans.
    fn read_cell(self, cell: &str) -> Value {
        let typed = match self {
            Self::Text => None,
            Self::Integer => csv_file::integer(cell).map(Value::from),
            Self::Boolean => csv_file::boolean(cell).map(Value::from),
        };
        typed.unwrap_or_else(|| Value::from(cell))
    }
}
