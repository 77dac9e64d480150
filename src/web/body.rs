//! Extractors for handlers: a JSON body, a raw body, the query, and the id in the path.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::{Contract, Problem, body_reader, idempotency, json, media_type};
use crate::values::{FieldError, rule_errors};

/// The contract of an operation and the checked query of the request. The middleware stores this
/// value in the request, and the extractors read it.
#[derive(Clone)]
pub struct Operation {
    pub(super) contract: Arc<Contract>,
    pub(super) query: Arc<Value>,
}

impl Operation {
    pub fn new(contract: Arc<Contract>, query: Value) -> Self {
        Self { contract, query: Arc::new(query) }
    }
}

/// Extracts a JSON body. The body must satisfy the operation's published schema and the validation
/// rules of `T`.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + Validate> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let received = receive(request, payload);
        Box::pin(async move {
            let received = received.await?;
            let mut value = received.json()?;
            let field_errors = received.operation.contract.check_body(&mut value);
            if !field_errors.is_empty() {
                return Err(Problem::invalid(field_errors));
            }
            typed(value).map(Self).map_err(Problem::invalid)
        })
    }
}

/// Extracts the bytes of a body that the handler parses itself.
#[derive(Debug)]
pub struct Raw(pub Bytes);

impl FromRequest for Raw {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = body_reader::read(request, payload);
        Box::pin(async move { Ok(Self(bytes.await?)) })
    }
}

/// A request body before parsing. Its media type is one that the operation accepts.
pub(super) struct Received {
    pub(super) operation: Operation,
    pub(super) media_type: String,
    request: HttpRequest,
    bytes: Bytes,
}

impl Received {
    /// Parses the body as JSON. A retry with the same idempotency key must have equal JSON values,
    /// but white space and the order of members may differ.
    pub(super) fn json(&self) -> Result<Value, Problem> {
        let value = json::parse(&self.bytes).map_err(Problem::malformed)?;
        idempotency::store_json_digest(&self.request, &value);
        Ok(value)
    }

    /// Returns the bytes of the body. A retry with the same idempotency key must have the same
    /// bytes.
    pub(super) fn bytes(&self) -> &Bytes {
        idempotency::store_body_digest(&self.request, &self.bytes);
        &self.bytes
    }
}

pub(super) fn receive(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Received, Problem>> + 'static {
    let operation = operation(request);
    let media_type = media_type::of(request);
    let bytes = body_reader::read(request, payload);
    let request = request.clone();
    async move {
        let operation = operation?;
        let media_type = media_type::check(media_type, operation.contract.media_types())?;
        Ok(Received { operation, media_type, request, bytes: bytes.await? })
    }
}

/// Converts a JSON value that satisfies the schema to `T`. Then checks the rules of `T` that
/// compare several fields.
pub(super) fn typed<T: DeserializeOwned + Validate>(value: Value) -> Result<T, Vec<FieldError>> {
    let typed: T = serde_json::from_value(value)
        .map_err(|error| vec![FieldError::body("", "invalid", error.to_string())])?;
    typed.validate().map_err(|errors| rule_field_errors(&errors))?;
    Ok(typed)
}

pub fn rule_field_errors(errors: &ValidationErrors) -> Vec<FieldError> {
    let mut field_errors = Vec::new();
    collect("", errors, &mut field_errors);
    field_errors.sort();
    field_errors
}

fn collect(path: &str, errors: &ValidationErrors, field_errors: &mut Vec<FieldError>) {
    for (field, kind) in errors.errors() {
        let here = if field == "__all__" { path.to_owned() } else { json::step(path, field) };
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(&here, inner, field_errors),
            ValidationErrorsKind::List(items) => {
                for (i, inner) in items {
                    collect(&json::step(&here, &i.to_string()), inner, field_errors);
                }
            }
            ValidationErrorsKind::Field(found) => {
                field_errors.extend(found.iter().flat_map(|error| rule_errors::field_errors(&here, error)));
            }
        }
    }
}

fn operation(request: &HttpRequest) -> Result<Operation, Problem> {
    request
        .extensions()
        .get::<Operation>()
        .cloned()
        .ok_or_else(|| Problem::internal("the route has no API operation"))
}

/// Extracts the query string as the type `T`. The middleware has already checked the query against
/// the schema.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(operation(request).and_then(|operation| query(&operation.query)).map(Self))
    }
}

/// Returns the checked query as a JSON object, from which several extractors read.
pub(super) fn raw_query(request: &HttpRequest) -> Result<Arc<Value>, Problem> {
    operation(request).map(|operation| operation.query)
}

pub(super) fn query<T: DeserializeOwned>(query: &Value) -> Result<T, Problem> {
    serde_json::from_value(query.clone())
        .map_err(|error| Problem::malformed(vec![FieldError::parameter("?", "invalid", error.to_string())]))
}

#[derive(Debug, Clone, Copy)]
pub struct Id(pub Uuid);

impl FromRequest for Id {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get("id").unwrap_or_default();
        let id = Some(text).filter(|text| text.len() == 36).and_then(|text| text.parse().ok());
        ready(id.map(Self).ok_or_else(|| {
            Problem::malformed(vec![FieldError::parameter(
                "id",
                "bad_format",
                "The id in the path must be a UUID of 36 characters.",
            )])
        }))
    }
}
