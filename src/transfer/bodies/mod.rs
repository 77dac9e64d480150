//! From lines to rows, slice by slice.

mod councils;
mod external_ids;
mod frameworks;
mod groups;
mod meetings;
mod progress;
mod targets;

use super::plan::Plan;

/// Draws up the whole import; flaws are noted and the rest goes on, so that all of them are found.
pub(super) fn add_all(plan: &mut Plan<'_>) {
    councils::add(plan);
    groups::add(plan);
    meetings::add(plan);
    frameworks::add(plan);
    targets::add(plan);
    progress::add(plan);
    external_ids::add(plan);
}
