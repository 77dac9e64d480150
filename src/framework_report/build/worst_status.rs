//! The worst colour of the targets in a theme or an outcome.

use std::collections::HashSet;

use uuid::Uuid;

use crate::framework_report::content::WorstStatus;
use crate::framework_report::labels;
use crate::framework_report::load::ReportData;
use crate::metrics::framework_tree::OutcomeBranch;
use crate::metrics::model::Status;

/// Returns the badge for the worst colour `status`, with the number of the outcomes' stated targets
/// and of those with a figure. Counts a target of several actions once.
pub fn worst_status<'d>(
    status: Option<Status>,
    outcomes: impl IntoIterator<Item = &'d OutcomeBranch>,
    data: &ReportData,
) -> WorstStatus {
    let actions = outcomes.into_iter().flat_map(|outcome| &outcome.actions);
    let stated = actions.flat_map(|action| &action.targets).filter(|target| !target.implied);
    let ids: HashSet<Uuid> = stated.map(|target| target.id).collect();
    let metrics = ids.iter().filter_map(|id| data.metrics.get(id));
    let with_data = metrics.filter(|metric| metric.value.is_some() || metric.value_percent.is_some()).count();
    WorstStatus { badge: labels::status_badge(status), with_data, targets: ids.len() }
}
