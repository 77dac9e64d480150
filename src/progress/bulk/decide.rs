//! What a line asks for, from what it says and what stands. Pure.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use super::model::CoverageLine;
use crate::db::bulk::{Decision, Row, has_key, said};
use crate::values::{Fault, Instant};

/// What stands for a line.
#[derive(Debug, QueryableByName)]
pub struct Standing {
    #[diesel(sql_type = Integer)]
    pub(super) n: i32,
    #[diesel(sql_type = BigInt)]
    entries: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    id: Option<Uuid>,
    #[diesel(sql_type = Nullable<BigInt>)]
    version: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    updated_at: Option<Instant>,
    #[diesel(sql_type = Nullable<Bool>)]
    covered: Option<bool>,
    #[diesel(sql_type = Nullable<Text>)]
    note: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    source: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    evidence_url: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    external_id: Option<String>,
    #[diesel(sql_type = Bool)]
    takes_coverage: bool,
    #[diesel(sql_type = Bool)]
    pub(super) council_reported: bool,
    /// Whether its day lies in a period that is published of the target's framework.
    #[diesel(sql_type = Bool)]
    pub(super) is_published: bool,
}

/// What an entry is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub(super) covered: bool,
    /// None where the caller is the source.
    pub(super) source: Option<String>,
    pub(super) note: Option<String>,
    pub(super) evidence_url: Option<String>,
    /// Whether it says otherwise than the entry that stands.
    pub(super) is_correction: bool,
}

impl Standing {
    /// The row, if there is one.
    pub(super) fn row(&self) -> Option<Row> {
        Row::of(self.id, self.version, self.updated_at)
    }
}

/// What a line asks for, if nothing newer stands.
pub(super) fn wanted(line: &CoverageLine, standing: &Standing) -> Decision<Content> {
    if !standing.takes_coverage {
        let detail = "The target's measure does not take coverage.";
        return Decision::Refuse(vec![Fault::body(line.target_field(), "does_not_fit_the_measure", detail)]);
    }
    if standing.entries > 1 {
        let detail = "Several entries stand for this fact: correct or delete all but one first.";
        return Decision::Refuse(vec![Fault::body("", "ambiguous", detail)]);
    }
    let Some(covered) = line.covered.filter(|_| !line.is_delete()) else { return Decision::Delete };
    let content = Content {
        covered,
        source: line.source.as_ref().map(|text| text.as_str().to_owned()).or_else(|| standing.source.clone()),
        note: said(line.note.as_ref(), standing.note.as_ref()),
        evidence_url: said(line.evidence_url.as_ref(), standing.evidence_url.as_ref()),
        is_correction: standing.covered.is_some_and(|stands| stands != covered),
    };
    let has_key = has_key(line.external_id.as_ref(), standing.external_id.as_ref());
    let is_same = standing.covered == Some(covered)
        && (&content.source, &content.note, &content.evidence_url)
            == (&standing.source, &standing.note, &standing.evidence_url);
    if is_same && has_key { Decision::Leave } else { Decision::Write(content) }
}

/// Whether a line would change what counts: whether the council is covered, not how that is documented.
pub(super) fn counts(line: &CoverageLine, standing: &Standing) -> bool {
    line.is_delete() || line.covered != standing.covered
}
