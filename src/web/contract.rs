//! What an operation takes, compiled from the published document: the server enforces what it publishes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Keyword, ValidationError, Validator};
use serde_json::{Map, Value, json};

use super::document::reach;
use super::json::step;
use crate::policy;
use crate::values::{Day, Fault, Number, csv_file, fault, number};

/// The contracts of all operations, by operation id.
#[derive(Debug, Default)]
pub struct Contracts(HashMap<String, Arc<Contract>>);

/// The media type of a merge patch (RFC 7396). Every PATCH takes it, but the document names `application/json` alone:
/// generators make a second, identical method or an unusable union of two media types.
const MERGE_PATCH: &str = "application/merge-patch+json";

/// What one operation takes.
#[derive(Debug, Default)]
pub struct Contract {
    query: Vec<Parameter>,
    body: Option<Validator>,
    line: Option<LineContract>,
    media_types: Vec<String>,
}

/// What a line of a bulk request may say, checked line by line.
#[derive(Debug)]
struct LineContract {
    validator: Validator,
    columns: BTreeMap<String, Sort>,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    sort: Sort,
    required: bool,
    validator: Validator,
}

/// How a parameter's text is to be read.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sort {
    Text,
    Integer,
    Boolean,
}

impl Contracts {
    /// Compiles a document's operations.
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

    /// The contract of an operation.
    pub fn of(&self, operation_id: &str) -> Option<Arc<Contract>> {
        self.0.get(operation_id).cloned()
    }
}

/// Our own keyword: a number of at most so many decimal places.
struct DecimalPlaces;

impl<'i> Keyword<'i> for DecimalPlaces {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        let text = format!("A number of at most {} decimal places is expected.", Number::PLACES);
        if self.is_valid(instance) { Ok(()) } else { Err(ValidationError::custom(text)) }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        instance.as_f64().is_none_or(|value| number::places(value) <= Number::PLACES)
    }
}

struct Compiler<'d> {
    components: &'d Value,
}

impl Compiler<'_> {
    fn contract(&self, operation: &Value) -> Result<Contract, String> {
        let content = operation["requestBody"]["content"].as_object();
        let parameters = operation["parameters"].as_array();
        let is_bulk = operation["operationId"].as_str().is_some_and(policy::is_bulk);
        let mut body =
            content.and_then(|content| content.values().next()).map(|media| media["schema"].clone());
        let line = body.as_mut().filter(|_| is_bulk).map(|body| self.take_line(body)).transpose()?;
        Ok(Contract {
            body: body.as_ref().map(|schema| self.validator(schema)).transpose()?,
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
            sort: self.sort_of(schema),
            validator: self.validator(schema)?,
        })
    }

    /// Takes the schema of a line out of a bulk request's, whose frame is left: each line is checked by itself, so that
    /// the faults of one hide nothing of another.
    fn take_line(&self, body: &mut Value) -> Result<LineContract, String> {
        let mut frame = self.resolved(body).clone();
        let line = frame["properties"]["lines"]["items"].take();
        frame["properties"]["lines"]["items"] = json!({});
        *body = frame;
        let properties = self.resolved(&line)["properties"].as_object();
        let sorts =
            properties.into_iter().flatten().map(|(name, schema)| (name.clone(), self.sort_of(schema)));
        Ok(LineContract { validator: self.validator(&line)?, columns: sorts.collect() })
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
            Some(name) => &self.components["schemas"][name],
            None => schema,
        }
    }

    /// How a text of this schema is read; null aside.
    fn sort_of(&self, schema: &Value) -> Sort {
        let types = &self.resolved(schema)["type"];
        let is = |name: &str| {
            types == name || types.as_array().is_some_and(|all| all.iter().any(|one| one == name))
        };
        match () {
            () if is("integer") => Sort::Integer,
            () if is("boolean") => Sort::Boolean,
            () => Sort::Text,
        }
    }

    /// The components a schema names, and those they name.
    fn reached_from(&self, schema: &Value) -> Map<String, Value> {
        let components = self.components["schemas"].as_object();
        let mut names = BTreeSet::new();
        components.into_iter().for_each(|components| reach(schema, components, &mut names));
        names.into_iter().map(|name| (name.clone(), self.components["schemas"][&name].clone())).collect()
    }

    fn validator(&self, schema: &Value) -> Result<Validator, String> {
        let mut whole = schema.clone();
        whole["components"] = json!({ "schemas": self.reached_from(schema) });
        jsonschema::draft202012::options()
            .should_validate_formats(true)
            .with_keyword(Number::PLACES_KEYWORD, |_, _, _| Ok(Box::new(DecimalPlaces)))
            .build(&whole)
            .map_err(|error| error.to_string())
    }
}

impl Contract {
    /// The media types the body may have; empty when the operation takes no body.
    pub fn media_types(&self) -> &[String] {
        &self.media_types
    }

    /// Every fault of a parsed body.
    pub fn check_body(&self, body: &Value) -> Vec<Fault> {
        let Some(validator) = &self.body else { return Vec::new() };
        distinct(
            validator.iter_errors(body).flat_map(|error| body_faults(&error)).take(fault::MOST).collect(),
        )
    }

    /// Every fault of one line of a bulk request.
    pub fn check_line(&self, line: &Value) -> Vec<Fault> {
        let Some(contract) = &self.line else { return Vec::new() };
        let errors = contract.validator.iter_errors(line).flat_map(|error| body_faults(&error));
        distinct(errors.take(fault::MOST).collect())
    }

    /// Whether a line has a field of this name.
    pub(super) fn has_column(&self, name: &str) -> bool {
        self.line.as_ref().is_some_and(|line| line.columns.contains_key(name))
    }

    /// A CSV's cell as the value of a line's field.
    pub(super) fn read_cell(&self, column: &str, cell: &str) -> Value {
        let sort = self.line.as_ref().and_then(|line| line.columns.get(column)).copied();
        sort.unwrap_or(Sort::Text).read_cell(cell)
    }

    /// The query as an object of typed values, or every fault in it.
    pub fn read_query(&self, pairs: &[(String, String)]) -> Result<Value, Vec<Fault>> {
        let mut values = Map::new();
        let mut faults = Vec::new();
        for (name, text) in pairs {
            let Some(parameter) = self.query.iter().find(|parameter| parameter.name == *name) else {
                faults.push(Fault::parameter(
                    name,
                    "unknown_parameter",
                    "This operation has no such parameter.",
                ));
                continue;
            };
            let value = parameter.sort.read(text);
            faults.extend(
                parameter
                    .validator
                    .iter_errors(&value)
                    .map(|error| Fault::parameter(name, code(error.kind()), sentence(&error))),
            );
            if values.insert(name.clone(), value).is_some() {
                faults.push(Fault::parameter(name, "duplicate", "This parameter stands more than once."));
            }
        }
        let missing =
            self.query.iter().filter(|parameter| parameter.required && !values.contains_key(&parameter.name));
        faults.extend(missing.map(|p| Fault::parameter(&p.name, "required", "This parameter is required.")));
        if faults.is_empty() { Ok(Value::Object(values)) } else { Err(distinct(faults)) }
    }
}

/// One fault of a kind for a place: a date that breaks its pattern breaks its format too.
fn distinct(mut faults: Vec<Fault>) -> Vec<Fault> {
    let mut seen = BTreeSet::new();
    faults.retain(|fault| seen.insert((fault.location().to_owned(), fault.code.clone())));
    faults
}

impl Sort {
    fn read(self, text: &str) -> Value {
        let typed = match self {
            Self::Text => None,
            Self::Integer => number::whole(text).map(Value::from),
            Self::Boolean => text.parse::<bool>().ok().map(Value::from),
        };
        typed.unwrap_or_else(|| Value::from(text))
    }

    /// As a spreadsheet writes it.
    fn read_cell(self, cell: &str) -> Value {
        let typed = match self {
            Self::Text => None,
            Self::Integer => csv_file::integer(cell).map(Value::from),
            Self::Boolean => csv_file::boolean(cell).map(Value::from),
        };
        typed.unwrap_or_else(|| Value::from(cell))
    }
}

fn body_faults(error: &ValidationError<'_>) -> Vec<Fault> {
    let path = error.instance_path().as_str();
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let pointer = step(path, property.as_str().unwrap_or_default());
            vec![Fault::body(pointer, "required", "This field is required.")]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| Fault::body(step(path, name), "unknown_field", "There is no such field here."))
            .collect(),
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            branch_faults(path, context).unwrap_or_else(|| vec![plain_fault(error)])
        }
        _ => vec![plain_fault(error)],
    }
}

fn plain_fault(error: &ValidationError<'_>) -> Fault {
    Fault::body(error.instance_path().as_str(), code(error.kind()), sentence(error))
}

/// The form of a date, for people.
const DATE: &str = "This must be a date such as 2018-03-20.";

/// What is wrong, without the value itself; of a closed list all words are said.
fn sentence(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Enum { options } => {
            let words = options.as_array().into_iter().flatten();
            let words: Vec<String> =
                words.map(|word| word.as_str().map_or(word.to_string(), str::to_owned)).collect();
            format!("Expected one of {}.", words.join(", "))
        }
        ValidationErrorKind::Format { format } if format == "date" => DATE.to_owned(),
        ValidationErrorKind::Pattern { pattern } if pattern == Day::PATTERN => DATE.to_owned(),
        _ => error.masked_with("the value").to_string(),
    }
}

/// The faults of the branch that was meant: of several, the one whose type fits and whose tag matches.
fn branch_faults(path: &str, branches: &[Vec<ValidationError<'_>>]) -> Option<Vec<Fault>> {
    let fits = |branch: &&Vec<ValidationError<'_>>| {
        !branch.iter().any(|e| {
            e.instance_path().as_str() == path && matches!(e.kind(), ValidationErrorKind::Type { .. })
        })
    };
    let fitting: Vec<_> = branches.iter().filter(fits).collect();
    let tagged: Vec<_> =
        fitting.iter().filter(|branch| !branch.iter().any(|e| misses_tag(path, e))).collect();
    match (tagged.as_slice(), fitting.as_slice()) {
        ([meant], _) => Some(meant.iter().flat_map(body_faults).collect()),
        ([], [only]) => Some(only.iter().flat_map(body_faults).collect()),
        ([], [first, ..]) => {
            let tag = first.iter().find(|e| misses_tag(path, e))?;
            if let ValidationErrorKind::Required { .. } = tag.kind() {
                return Some(body_faults(tag));
            }
            let known: Vec<String> =
                fitting.iter().flat_map(|branch| branch.iter()).filter_map(tag_wanted).collect();
            let detail = format!("One of {}.", known.join(", "));
            Some(vec![Fault::body(tag.instance_path().as_str(), "unknown_value", detail)])
        }
        ([], []) if !branches.is_empty() => {
            let kinds: Vec<String> = branches.iter().flatten().filter_map(type_wanted).collect();
            Some(vec![Fault::body(
                path,
                "wrong_type",
                format!("This must be of type {}.", kinds.join(" or ")),
            )])
        }
        _ => None,
    }
}

/// Whether the error says that the branch's tag, the field `kind`, is missing or another's.
fn misses_tag(path: &str, error: &ValidationError<'_>) -> bool {
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            error.instance_path().as_str() == path && property == "kind"
        }
        ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. } => {
            error.instance_path().as_str() == step(path, "kind")
        }
        _ => false,
    }
}

fn tag_wanted(error: &ValidationError<'_>) -> Option<String> {
    match error.kind() {
        ValidationErrorKind::Enum { options } => options.get(0)?.as_str().map(str::to_owned),
        ValidationErrorKind::Constant { expected_value } => expected_value.as_str().map(str::to_owned),
        _ => None,
    }
}

fn type_wanted(error: &ValidationError<'_>) -> Option<String> {
    match error.kind() {
        ValidationErrorKind::Type { kind: TypeKind::Single(kind) } => Some(kind.to_string()),
        _ => None,
    }
}

fn code(kind: &ValidationErrorKind) -> &'static str {
    match kind.keyword() {
        "type" => "wrong_type",
        "enum" | "const" => "unknown_value",
        "minLength" => "too_short",
        "maxLength" => "too_long",
        "pattern" | "format" => "bad_format",
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => "out_of_range",
        Number::PLACES_KEYWORD => "too_precise",
        "minItems" => "too_few",
        "maxItems" => "too_many",
        "uniqueItems" => "duplicate",
        "required" => "required",
        "additionalProperties" => "unknown_field",
        _ => "invalid",
    }
}
