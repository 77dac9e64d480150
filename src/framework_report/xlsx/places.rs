//! Where the targets stand in the document.

use crate::printed::view::{ActionPart, Document, TargetRow};

/// A row: where it stands in the document, and what of it is a target.
#[derive(Clone, Copy, Default)]
pub(super) struct Place<'d> {
    pub(super) theme: &'d str,
    pub(super) outcome: &'d str,
    pub(super) action: Option<&'d ActionPart>,
    pub(super) target: Option<&'d TargetRow>,
}

/// Every target under each of its actions, and every part of the plan that has none.
pub(super) fn places(document: &Document) -> Vec<Place<'_>> {
    let themes = document.themes.iter().flat_map(|theme| {
        let row = Place { theme: &theme.title, ..Place::default() };
        let outcomes = theme.outcomes.iter().flat_map(|outcome| {
            let row = Place { outcome: &outcome.title, ..row };
            let actions = outcome.actions.iter();
            or(row, actions.flat_map(|action| of_action(Place { action: Some(action), ..row }, action)))
        });
        or(row, outcomes)
    });
    or(Place::default(), themes)
}

fn of_action<'d>(row: Place<'d>, action: &'d ActionPart) -> Vec<Place<'d>> {
    or(row, action.targets.iter().map(|target| Place { target: Some(target), ..row }))
}

/// These rows, or one in their place.
fn or<'d>(none: Place<'d>, rows: impl Iterator<Item = Place<'d>>) -> Vec<Place<'d>> {
    let rows: Vec<Place<'_>> = rows.collect();
    if rows.is_empty() { vec![none] } else { rows }
}

impl Place<'_> {
    /// The action's reference; empty where there is no action.
    pub(super) fn reference(&self) -> &str {
        self.action.map_or("", |action| &action.reference)
    }

    /// The action; empty where there is none.
    pub(super) fn action_title(&self) -> &str {
        self.action.map_or("", |action| &action.title)
    }
}
