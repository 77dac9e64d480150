//! The rows in the sheets that list the whole plan.

use crate::framework_report::content::{ActionSection, Document, TargetRow};

/// A row of a sheet that lists the whole plan: a theme, an outcome, an action, and a target if
/// there is one.
#[derive(Clone, Copy, Default)]
pub(super) struct PlanRow<'d> {
    pub(super) theme: &'d str,
    pub(super) outcome: &'d str,
    pub(super) action: Option<&'d ActionSection>,
    pub(super) target: Option<&'d TargetRow>,
}

/// Returns a row for each target of each action. Returns a row for each theme without outcomes,
/// outcome without actions, and action without targets.
pub(super) fn plan_rows(document: &Document) -> Vec<PlanRow<'_>> {
    let themes = document.themes.iter().flat_map(|theme| {
        let row = PlanRow { theme: &theme.title, ..PlanRow::default() };
        let outcomes = theme.outcomes.iter().flat_map(|outcome| {
            let row = PlanRow { outcome: &outcome.title, ..row };
            let actions = outcome.actions.iter();
            rows_or(
                row,
                actions.flat_map(|action| action_rows(PlanRow { action: Some(action), ..row }, action)),
            )
        });
        rows_or(row, outcomes)
    });
    rows_or(PlanRow::default(), themes)
}

fn action_rows<'d>(row: PlanRow<'d>, action: &'d ActionSection) -> Vec<PlanRow<'d>> {
    rows_or(row, action.targets.iter().map(|target| PlanRow { target: Some(target), ..row }))
}

fn rows_or<'d>(otherwise: PlanRow<'d>, rows: impl Iterator<Item = PlanRow<'d>>) -> Vec<PlanRow<'d>> {
    let rows: Vec<PlanRow<'_>> = rows.collect();
    if rows.is_empty() { vec![otherwise] } else { rows }
}

impl PlanRow<'_> {
    pub(super) fn reference(&self) -> &str {
        self.action.map_or("", |action| &action.reference)
    }

    pub(super) fn action_title(&self) -> &str {
        self.action.map_or("", |action| &action.title)
    }
}
