//! Pure functions that decide, from a line of the request and the stored entry, what to do with the
//! line.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::model::CoverageLine;
use crate::db::bulk::{Decision, RowColumns, has_key, patched_value};
use crate::values::FieldError;

/// The stored coverage entry that a line of the request would change, and facts about its target.
#[derive(Debug, QueryableByName)]
pub struct CurrentRow {
    #[diesel(sql_type = BigInt)]
    entries: i64,
    #[diesel(embed)]
    pub(super) columns: RowColumns,
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
    /// Whether the date of the line is in a published period of the target's framework.
    #[diesel(sql_type = Bool)]
    pub(super) is_published: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub(super) covered: bool,
    /// Where the figure comes from; `None` if the caller is the source.
    pub(super) source: Option<String>,
    pub(super) note: Option<String>,
    pub(super) evidence_url: Option<String>,
    /// Whether `covered` differs from the stored entry. If so, the server creates a new entry that
    /// corrects the stored entry.
    pub(super) is_correction: bool,
}

pub(super) fn decide(line: &CoverageLine, current: &CurrentRow) -> Decision<Content> {
    if !current.takes_coverage {
        let detail = "The target's measure does not use coverage entries.";
        return Decision::Refuse(vec![FieldError::body(
            line.target_field(),
            "does_not_fit_the_measure",
            detail,
        )]);
    }
    if current.entries > 1 {
        let detail = "Several progress entries match this line of the request. First correct or delete all of these entries except one.";
        return Decision::Refuse(vec![FieldError::body("", "ambiguous", detail)]);
    }
    let Some(covered) = line.covered.filter(|_| !line.is_delete()) else { return Decision::Delete };
    let content = Content {
        covered,
        source: line.source.as_ref().map(|text| text.as_str().to_owned()).or_else(|| current.source.clone()),
        note: patched_value(line.note.as_ref(), current.note.as_ref()),
        evidence_url: patched_value(line.evidence_url.as_ref(), current.evidence_url.as_ref()),
        is_correction: current.covered.is_some_and(|current| current != covered),
    };
    let has_key = has_key(line.external_id.as_ref(), current.external_id.as_ref());
    let is_same = current.covered == Some(covered)
        && (&content.source, &content.note, &content.evidence_url)
            == (&current.source, &current.note, &current.evidence_url);
    if is_same && has_key { Decision::Leave } else { Decision::Write(content) }
}

/// Returns whether the line of the request would change a figure. A changed source, note or URL
/// changes no figure.
pub(super) fn changes_figures(line: &CoverageLine, current: &CurrentRow) -> bool {
    line.is_delete() || line.covered != current.covered
}
