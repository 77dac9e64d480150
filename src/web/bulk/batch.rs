//! A bulk request as it is read: JSON or CSV, each line either what it says or every fault in it.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::IntoParams;
use validator::Validate;

use super::csv;
use super::result::BulkMode;
use crate::values::{Code, Fault, Line, UnknownColumns, text_enum};
use crate::web::body::{self, Received};
use crate::web::{Contract, Problem, idempotency};

/// What every bulk request can ask for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BulkParams {
    /// Whether to write, which is what holds if not said, or only to run every check.
    #[param(inline)]
    pub mode: Option<BulkMode>,
    /// Whether all lines are applied or, should one fail, none.
    #[param(default = false)]
    pub atomic: Option<bool>,
    /// The system whose external ids name meetings and seats; without it a name is looked for in all systems, and refused where two know it. A line's own `external_id` is one of the client's own system, or of this one where the caller has none.
    #[param(inline)]
    pub system: Option<Code>,
    /// Whether a column of a CSV body that is no field of a line is refused, which is what holds if not said, or ignored.
    #[param(inline)]
    pub unknown_columns: Option<UnknownColumns>,
}

text_enum! {
    /// What a line asks for.
    pub enum LineOp {
        /// That the row be made, or say this.
        Put = "put",
        /// That the row be gone.
        Delete = "delete",
    }
}

/// A line of a bulk request.
pub trait BulkLine: DeserializeOwned + Validate {
    /// The value in a CSV's cell where it is neither text nor a number nor a truth.
    fn read_cell(_column: &str, _cell: &str) -> Option<Value> {
        None
    }
}

/// A line as it was sent, before it is checked.
#[derive(Debug)]
pub(super) struct Sent {
    /// Its place in the request, from 0.
    pub(super) index: usize,
    pub(super) value: Result<Value, Fault>,
}

/// A line as it was read.
#[derive(Debug)]
pub struct Read<L> {
    /// Its place in the request, from 0.
    pub index: usize,
    /// The sender's own reference, if it is one.
    pub client_ref: Option<Line>,
    /// What it says, or every fault in it, with pointers of its own.
    pub line: Result<L, Vec<Fault>>,
}

/// The lines of a bulk request.
#[derive(Debug)]
pub struct Batch<L>(pub Vec<Read<L>>);

impl<L> Batch<L> {
    /// Whether every line could be read.
    pub fn is_sound(&self) -> bool {
        self.0.iter().all(|read| read.line.is_ok())
    }

    /// The lines that could be read.
    pub fn sound(&self) -> Vec<&L> {
        self.0.iter().filter_map(|read| read.line.as_ref().ok()).collect()
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
                csv::lines(received.bytes(), contract, unknown, L::read_cell)?
            } else {
                lines(received.json()?, contract)?
            };
            Ok(Self(lines.into_iter().map(|line| read(line, contract)).collect()))
        })
    }
}

fn key_required() -> Problem {
    let detail = "A bulk request needs a key of its own: Idempotency-Key.";
    Problem::malformed(vec![Fault::header("Idempotency-Key", "required", detail)])
}

/// The lines of a JSON body whose frame is sound.
fn lines(mut body: Value, contract: &Contract) -> Result<Vec<Sent>, Problem> {
    let faults = contract.check_body(&mut body);
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let lines = body.get_mut("lines").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    Ok(lines.into_iter().enumerate().map(|(index, line)| Sent { index, value: Ok(line) }).collect())
}

fn read<L: BulkLine>(Sent { index, value }: Sent, contract: &Contract) -> Read<L> {
    let mut value = match value {
        Ok(value) => value,
        Err(fault) => return Read { index, client_ref: None, line: Err(vec![fault]) },
    };
    let faults = contract.check_line(&mut value);
    let client_ref = value.get("client_ref").and_then(Value::as_str).and_then(Line::entered);
    let line = if faults.is_empty() { body::typed(value) } else { Err(faults) };
    Read { index, client_ref, line }
}
