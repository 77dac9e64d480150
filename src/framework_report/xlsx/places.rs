//! The positions of targets in the document.

use crate::framework_report::view::{ActionPart, Document, TargetRow};

/// A row: its theme, outcome and action, and its target if it has one.
#[derive(Clone, Copy, Default)]
pub(super) struct RowContext<'d> {
    pub(super) theme: &'d str,
    pub(super) outcome: &'d str,
    pub(super) action: Option<&'d ActionPart>,
    pub(super) target: Option<&'d TargetRow>,
}

/// Returns a row for every target under each of its actions, and a row for every part of the plan
/// without targets.
pub(super) fn places(document: &Document) -> Vec<RowContext<'_>> {
    let themes = document.themes.iter().flat_map(|theme| {
        let row = RowContext { theme: &theme.title, ..RowContext::default() };
        let outcomes = theme.outcomes.iter().flat_map(|outcome| {
            let row = RowContext { outcome: &outcome.title, ..row };
            let actions = outcome.actions.iter();
            or(row, actions.flat_map(|action| of_action(RowContext { action: Some(action), ..row }, action)))
        });
        or(row, outcomes)
    });
    or(RowContext::default(), themes)
}

fn of_action<'d>(row: RowContext<'d>, action: &'d ActionPart) -> Vec<RowContext<'d>> {
    or(row, action.targets.iter().map(|target| RowContext { target: Some(target), ..row }))
}

/// Returns the rows, or the row `none` if there are no rows.
fn or<'d>(none: RowContext<'d>, rows: impl Iterator<Item = RowContext<'d>>) -> Vec<RowContext<'d>> {
    let rows: Vec<RowContext<'_>> = rows.collect();
    if rows.is_empty() { vec![none] } else { rows }
}

impl RowContext<'_> {
    /// Returns the action's reference, or an empty text if there is no action.
    pub(super) fn reference(&self) -> &str {
        self.action.map_or("", |action| &action.reference)
    }

    /// Returns the action's title, or an empty text if there is no action.
    pub(super) fn action_title(&self) -> &str {
        self.action.map_or("", |action| &action.title)
    }
}
