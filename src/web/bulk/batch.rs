//! Parses a bulk request from JSON or CSV. Each line of the request becomes either its content or a
//! list of field errors.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::csv;
use super::line::{BulkLine, ParsedLine, RawLine};
use super::result::BulkMode;
use crate::values::{Code, FieldError, ShortText, UnknownColumns};
use crate::web::body::{self, Received};
use crate::web::{Contract, Problem, idempotency};

/// The query parameters of every bulk request.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BulkParams {
    /// Whether to write the lines of the request (`commit`, the default), or only to run every
    /// check (`validate`).
    #[param(inline)]
    pub mode: Option<BulkMode>,
    /// If true and one line of the request fails, no line is applied. If false, the lines that do
    /// not fail are applied.
    #[param(default = false)]
    pub atomic: Option<bool>,
    /// The external system whose ids identify meetings and seats in the lines of the request.
    /// Without this parameter, the server searches the ids of all external systems. A line then
    /// fails if two external systems use the same id. An `external_id` that a line sets belongs to
    /// the caller's own external system. If the caller has none, the id belongs to the external
    /// system in this parameter.
    #[param(inline)]
    pub system: Option<Code>,
    /// What the server does with a column of a CSV body that is not a field of a line. `refuse`
    /// (the default) fails, and `ignore` skips the column.
    #[param(inline)]
    pub unknown_columns: Option<UnknownColumns>,
}

#[derive(Debug)]
pub struct Batch<L>(pub Vec<ParsedLine<L>>);

impl<L> Batch<L> {
    pub fn is_valid(&self) -> bool {
        self.0.iter().all(|parsed| parsed.line.is_ok())
    }

    pub fn valid_lines(&self) -> Vec<&L> {
        self.0.iter().filter_map(|parsed| parsed.line.as_ref().ok()).collect()
    }
}

impl<L: BulkLine> FromRequest for Batch<L> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let has_key = idempotency::is_sent(request.headers());
        let received = body::receive(request, payload);
        let params = body::raw_query(request).and_then(|query| body::query::<BulkParams>(&query));
        Box::pin(async move {
            if !has_key {
                return Err(key_required());
            }
            let received: Received = received.await?;
            let contract = &received.operation.contract;
            let lines = if received.media_type == csv::MEDIA_TYPE {
                let unknown = params?.unknown_columns.unwrap_or(UnknownColumns::Refuse);
                csv::split(received.bytes(), contract, unknown, L::parse_cell)?
            } else {
                split(received.json()?, contract)?
            };
            Ok(Self(lines.into_iter().map(|line| parse(line, contract)).collect()))
        })
    }
}

fn key_required() -> Problem {
    let detail = "A bulk request must have the header Idempotency-Key. Send a new key with each new request.";
    Problem::malformed(vec![FieldError::header("Idempotency-Key", "required", detail)])
}

/// Splits the JSON body of a bulk request into its lines. Fails if another member of the body is
/// invalid.
fn split(mut body: Value, contract: &Contract) -> Result<Vec<RawLine>, Problem> {
    let field_errors = contract.check_body(&mut body);
    if !field_errors.is_empty() {
        return Err(Problem::invalid(field_errors));
    }
    let lines = body.get_mut("lines").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    Ok(lines.into_iter().enumerate().map(|(index, line)| RawLine { index, value: Ok(line) }).collect())
}

fn parse<L: BulkLine>(RawLine { index, value }: RawLine, contract: &Contract) -> ParsedLine<L> {
    let mut value = match value {
        Ok(value) => value,
        Err(field_error) => return ParsedLine { index, client_ref: None, line: Err(vec![field_error]) },
    };
    let field_errors = contract.check_line(&mut value);
    let client_ref = value.get("client_ref").and_then(Value::as_str).and_then(ShortText::parse);
    let line = if field_errors.is_empty() { body::typed(value) } else { Err(field_errors) };
    ParsedLine { index, client_ref, line }
}
