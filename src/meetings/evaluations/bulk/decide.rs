//! Pure functions that decide, from a line of the request and the stored evaluation, what to do
//! with the line.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Jsonb, Nullable, Text};

use super::model::EvaluationLine;
use crate::db::bulk::{Decision, RowColumns, has_key};
use crate::db::constraints;
use crate::meetings::evaluations::model::Rating;
use crate::values::Listed;

/// The stored evaluation that a line of the request would change. Its columns are `None` if no
/// evaluation exists.
#[derive(Debug, QueryableByName)]
pub struct CurrentRow {
    #[diesel(embed)]
    pub(super) columns: RowColumns,
    #[diesel(sql_type = Nullable<BigInt>)]
    handed_out: Option<i64>,
    #[diesel(sql_type = Jsonb)]
    ratings: Listed<Rating>,
    #[diesel(sql_type = Nullable<Text>)]
    external_id: Option<String>,
    /// Whether the meeting's date is in a published period.
    #[diesel(sql_type = Bool)]
    pub(super) is_published: bool,
}

#[derive(Debug, Clone)]
pub struct Content {
    pub(super) handed_out: Option<i64>,
    pub(super) ratings: Vec<Rating>,
}

pub(super) fn decide(line: &EvaluationLine, current: &CurrentRow) -> Decision<Content> {
    if line.is_delete() {
        return Decision::Delete;
    }
    let Content { handed_out, ratings } = content(line, current);
    let answered: i64 = ratings.iter().map(|rating| rating.forms).sum();
    if handed_out.is_some_and(|handed_out| answered > handed_out) {
        return Decision::Refuse(vec![constraints::field_error_of("evaluations_forms_within_handed_out")]);
    }
    let has_key = has_key(line.external_id.as_ref(), current.external_id.as_ref());
    if !changes_figures(line, current) && has_key {
        return Decision::Leave;
    }
    Decision::Write(Content { handed_out, ratings })
}

fn content(line: &EvaluationLine, current: &CurrentRow) -> Content {
    Content {
        handed_out: line.handed_out.unwrap_or(current.handed_out),
        ratings: line.ratings.clone().unwrap_or_default(),
    }
}

pub(super) fn changes_figures(line: &EvaluationLine, current: &CurrentRow) -> bool {
    let Content { handed_out, ratings } = content(line, current);
    let is_same = handed_out == current.handed_out && ratings == current.ratings.0;
    line.is_delete() || current.columns.row().is_none() || !is_same
}
