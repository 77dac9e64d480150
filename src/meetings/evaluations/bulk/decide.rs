//! What a line asks for, from what it says and what stands. Pure.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::model::EvaluationLine;
use crate::db::bulk::{Decision, Row, has_key};
use crate::db::constraints;
use crate::meetings::evaluations::model::Rating;
use crate::values::{Instant, Listed};

/// What stands for a line.
#[derive(Debug, QueryableByName)]
pub struct Standing {
    #[diesel(sql_type = Integer)]
    pub(super) n: i32,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    id: Option<Uuid>,
    #[diesel(sql_type = Nullable<BigInt>)]
    version: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    updated_at: Option<Instant>,
    #[diesel(sql_type = Nullable<BigInt>)]
    handed_out: Option<i64>,
    #[diesel(sql_type = Jsonb)]
    ratings: Listed<Rating>,
    #[diesel(sql_type = Nullable<Text>)]
    external_id: Option<String>,
    /// Whether the meeting lies in a period that is published.
    #[diesel(sql_type = Bool)]
    pub(super) is_published: bool,
}

/// What an evaluation is to say.
#[derive(Debug, Clone)]
pub struct Content {
    pub(super) handed_out: Option<i64>,
    pub(super) ratings: Vec<Rating>,
}

impl Standing {
    /// The row, if there is one.
    pub(super) fn row(&self) -> Option<Row> {
        Row::of(self.id, self.version, self.updated_at)
    }
}

/// What a line asks for, if nothing newer stands.
pub(super) fn wanted(line: &EvaluationLine, standing: &Standing) -> Decision<Content> {
    if line.is_delete() {
        return Decision::Delete;
    }
    let Content { handed_out, ratings } = content(line, standing);
    let answered: i64 = ratings.iter().map(|rating| rating.forms).sum();
    if handed_out.is_some_and(|handed_out| answered > handed_out) {
        return Decision::Refuse(vec![constraints::fault_of("evaluations_forms_within_handed_out")]);
    }
    let has_key = has_key(line.external_id.as_ref(), standing.external_id.as_ref());
    if !counts(line, standing) && has_key {
        return Decision::Leave;
    }
    Decision::Write(Content { handed_out, ratings })
}

fn content(line: &EvaluationLine, standing: &Standing) -> Content {
    Content {
        handed_out: line.handed_out.unwrap_or(standing.handed_out),
        ratings: line.ratings.clone().unwrap_or_default(),
    }
}

/// Whether a line would change what counts.
pub(super) fn counts(line: &EvaluationLine, standing: &Standing) -> bool {
    let Content { handed_out, ratings } = content(line, standing);
    let is_same = handed_out == standing.handed_out && ratings == standing.ratings.0;
    line.is_delete() || standing.id.is_none() || !is_same
}
