//! Builds the document's sections for themes, outcomes and actions.

use std::fmt::Display;

use uuid::Uuid;

use super::ongoing_performance::{meeting_dates, narratives};
use super::target_row::target_row;
use super::worst_status::worst_status;
use crate::framework_report::content::{ActionSection, OutcomeSection, ThemeSection};
use crate::framework_report::load::ReportData;
use crate::framework_report::text::curly_apostrophes;
use crate::metrics::framework_tree::{ActionBranch, OutcomeBranch, ThemeBranch};
use crate::metrics::model::{FrameworkSummary, Status};
use crate::values::ShortText;

pub fn theme_section(index: usize, branch: &ThemeBranch, data: &ReportData) -> ThemeSection {
    let summary = data.summary.themes.iter().find(|summary| summary.theme_id == branch.theme.id);
    let status = summary.and_then(|summary| summary.roll_up.status);
    ThemeSection {
        anchor: theme_anchor(index),
        title: title_with_reference(branch.theme.printed_ref.as_ref(), &branch.theme.title),
        worst: worst_status(status, &branch.outcomes, data),
        outcomes: branch.outcomes.iter().map(|outcome| outcome_section(outcome, data)).collect(),
    }
}

pub fn theme_anchor(index: usize) -> String {
    format!("theme-{}", index + 1)
}

/// Formats a title, preceded by the reference that the published plan prints for it, if any.
pub fn title_with_reference(reference: Option<&ShortText>, title: impl Display) -> String {
    curly_apostrophes(
        &reference.map_or_else(|| title.to_string(), |reference| format!("{reference} {title}")),
    )
}

fn outcome_section(branch: &OutcomeBranch, data: &ReportData) -> OutcomeSection {
    OutcomeSection {
        title: title_with_reference(branch.outcome.printed_ref.as_ref(), &branch.outcome.title),
        worst: worst_status(outcome_status(&data.summary, branch.outcome.id), [branch], data),
        actions: branch.actions.iter().map(|action| action_section(action, data)).collect(),
    }
}

fn outcome_status(summary: &FrameworkSummary, id: Uuid) -> Option<Status> {
    let mut outcomes = summary.themes.iter().flat_map(|theme| &theme.outcomes);
    outcomes.find(|outcome| outcome.outcome_id == id)?.roll_up.status
}

fn action_section(branch: &ActionBranch, data: &ReportData) -> ActionSection {
    let action = &branch.action;
    ActionSection {
        code: action.code.to_string(),
        reference: action.printed_ref.as_ref().map_or_else(|| action.code.to_string(), ShortText::to_string),
        title: curly_apostrophes(&action.title.to_string()),
        targets: branch.targets.iter().filter_map(|target| target_row(target, data)).collect(),
        narratives: narratives(&branch.targets, data),
        meetings: meeting_dates(action, data),
    }
}
