//! Composes the texts of the document from rows and metrics. Pure: no I/O.

use std::collections::HashSet;

use uuid::Uuid;

use super::gather::Material;
use super::view::{
    ActionPart, CouncilShare, DirectionCounts, Document, OutcomePart, OwnerDebt, StatusCount, ThemeCounts,
    ThemePart, Worst,
};
use super::words::typeset;
use super::{figures, ongoing, rows, words};
use crate::metrics::engagement::queries::CouncilFact;
use crate::metrics::model::{Direction, FrameworkSummary, Overdue, Status, StatusCounts, ThemeSummary};
use crate::metrics::tree::{ActionBranch, OutcomeBranch, ThemeBranch};
use crate::publications::model::{Publication, PublicationStatus};
use crate::rules::Rate;
use crate::rules::trend::Travel;
use crate::values::ShortText;

/// Composes the document.
pub fn document(material: &Material, association: Option<&ShortText>) -> Document {
    let (summary, framework) = (&material.summary, &material.tree.framework);
    let stated = &summary.roll_up.stated;
    Document {
        association: association.map(|name| typeset(&name.to_string())),
        code: framework.code.to_string(),
        title: typeset(&framework.title.to_string()),
        as_at: figures::day(summary.as_at),
        day: summary.as_at,
        period: format!(
            "{} to {}",
            figures::day(framework.plan_from),
            figures::day(framework.plan_until.before())
        ),
        warning: material.publication.as_ref().and_then(warning),
        basis: basis(material),
        stated: stated.targets,
        implied: summary.roll_up.implied.targets,
        provisional: stated.provisional,
        statuses: counts(stated),
        by_theme: summary
            .themes
            .iter()
            .enumerate()
            .map(|(n, theme)| theme_counts(n, theme, material))
            .collect(),
        directions: directions(material),
        attendance: attendance(&material.beside.attendance),
        about_attendance: words::about_attendance(material.beside.attendance.len(), material.beside.left_out),
        overdue: summary.overdue.iter().map(debt).collect(),
        themes: material.tree.themes.iter().enumerate().map(|(n, theme)| part(n, theme, material)).collect(),
    }
}

fn warning(publication: &Publication) -> Option<String> {
    match publication.status {
        PublicationStatus::Draft => Some("Draft: not approved yet.".to_owned()),
        PublicationStatus::Approved => Some("Approved, and not published yet.".to_owned()),
        PublicationStatus::Published => None,
        PublicationStatus::Reopened => {
            let reason = publication.reopened_reason.as_ref().map(|reason| format!(": {reason}"));
            Some(format!("The period was reopened{}", reason.unwrap_or_else(|| ".".to_owned())))
        }
    }
}

fn basis(material: &Material) -> Vec<String> {
    let rules = format!("Rules {}.", material.summary.rule_version);
    let Some(publication) = &material.publication else {
        let known = material.summary.known_at.map(|known_at| {
            format!("All records as they were known on {} ({known_at}).", figures::day(known_at.day()))
        });
        let derived = "Every figure and every status is derived from records.".to_owned();
        return [Some(derived), known, Some(rules)].into_iter().flatten().collect();
    };
    let by = |name: &Option<ShortText>| name.as_ref().map_or("nobody yet".to_owned(), ToString::to_string);
    vec![
        format!(
            "\u{201c}{}\u{201d}: sealed on {} by {}, approved by {}.",
            publication.title,
            figures::day(publication.created_at.day()),
            publication.sealed_by,
            by(&publication.approved_by)
        ),
        format!("SHA-256 of the sealed content: {}.", publication.content_sha256),
        rules,
    ]
}

/// Counts targets by status, in the order of [`words::STATUSES`].
fn counts(counts: &StatusCounts) -> Vec<StatusCount> {
    let count = |status| match status {
        Status::Green => counts.green,
        Status::Amber => counts.amber,
        Status::Red => counts.red,
        Status::NotDue => counts.not_due,
        Status::NoData => counts.no_data,
        Status::NotApplicable => counts.not_applicable,
        Status::Contextual => counts.contextual,
    };
    let badged = |status| StatusCount { badge: words::badge(Some(status)), count: count(status) };
    words::STATUSES.into_iter().map(badged).collect()
}

fn anchor(n: usize) -> String {
    format!("theme-{}", n + 1)
}

fn titled(reference: Option<&ShortText>, title: impl std::fmt::Display) -> String {
    typeset(&reference.map_or_else(|| title.to_string(), |reference| format!("{reference} {title}")))
}

fn theme_counts(n: usize, theme: &ThemeSummary, material: &Material) -> ThemeCounts {
    let branch = material.tree.themes.iter().find(|branch| branch.theme.id == theme.theme_id);
    let outcomes = branch.into_iter().flat_map(|branch| &branch.outcomes);
    ThemeCounts {
        title: titled(theme.printed_ref.as_ref(), &theme.title),
        anchor: anchor(n),
        worst: worst(theme.roll_up.status, outcomes, material),
        counts: counts(&theme.roll_up.stated),
        targets: theme.roll_up.stated.targets,
    }
}

/// Returns the worst colour of some outcomes, and how many of their stated targets have a figure.
/// Joint targets are counted once.
fn worst<'m>(
    status: Option<Status>,
    outcomes: impl IntoIterator<Item = &'m OutcomeBranch>,
    material: &Material,
) -> Worst {
    let actions = outcomes.into_iter().flat_map(|outcome| &outcome.actions);
    let stated = actions.flat_map(|action| &action.targets).filter(|target| !target.implied);
    let ids: HashSet<Uuid> = stated.map(|target| target.id).collect();
    let metrics = ids.iter().filter_map(|id| material.metrics.get(id));
    let with_data = metrics.filter(|metric| metric.value.is_some() || metric.value_percent.is_some()).count();
    Worst { badge: words::badge(status), with_data, targets: ids.len() }
}

/// Counts the stated targets by direction of travel. Joint targets are counted once.
fn directions(material: &Material) -> Vec<DirectionCounts> {
    let stated: Vec<&Direction> =
        material.metrics.values().filter(|metric| !metric.implied).map(|metric| &metric.direction).collect();
    let tally = |against, travel: fn(&Direction) -> Travel| {
        let count = |wanted| {
            i64::try_from(stated.iter().filter(|direction| travel(direction) == wanted).count()).unwrap_or(0)
        };
        DirectionCounts {
            against,
            improved: count(Travel::Improved),
            same: count(Travel::Same),
            declined: count(Travel::Declined),
            none: count(Travel::None),
        }
    };
    vec![
        tally("The reading before", |direction| direction.short),
        tally("Last year or the baseline", |direction| direction.long),
    ]
}

/// Sorts the councils by rate, the highest first.
fn attendance(facts: &[CouncilFact]) -> Vec<CouncilShare> {
    let mut facts: Vec<&CouncilFact> = facts.iter().collect();
    facts.sort_by(|a, b| Rate::new(b.attended, b.expected).compare(Rate::new(a.attended, a.expected)));
    facts.into_iter().map(share).collect()
}

fn share(fact: &CouncilFact) -> CouncilShare {
    let share = Rate::new(fact.attended, fact.expected).percent();
    CouncilShare {
        name: typeset(&fact.name.to_string()),
        attended: fact.attended,
        expected: fact.expected,
        percent: share.map(figures::percent).unwrap_or_default(),
        share,
    }
}

fn debt(overdue: &Overdue) -> OwnerDebt {
    let owner =
        overdue.owner.as_ref().map_or("No owner named".to_owned(), |owner| typeset(&owner.to_string()));
    OwnerDebt { owner, missing: words::owed(overdue), targets: overdue.target_ids.len() }
}

fn part(n: usize, theme: &ThemeBranch, material: &Material) -> ThemePart {
    let outcome = |branch: &OutcomeBranch| OutcomePart {
        title: titled(branch.outcome.printed_ref.as_ref(), &branch.outcome.title),
        worst: worst(of_outcome(&material.summary, branch.outcome.id), [branch], material),
        actions: branch.actions.iter().map(|branch| action(branch, material)).collect(),
    };
    let summary = material.summary.themes.iter().find(|summary| summary.theme_id == theme.theme.id);
    ThemePart {
        anchor: anchor(n),
        title: titled(theme.theme.printed_ref.as_ref(), &theme.theme.title),
        worst: worst(summary.and_then(|summary| summary.roll_up.status), &theme.outcomes, material),
        outcomes: theme.outcomes.iter().map(outcome).collect(),
    }
}

fn of_outcome(summary: &FrameworkSummary, id: Uuid) -> Option<Status> {
    let mut outcomes = summary.themes.iter().flat_map(|theme| &theme.outcomes);
    let found = outcomes.find(|outcome| outcome.outcome_id == id);
    found.and_then(|outcome| outcome.roll_up.status)
}

fn action(branch: &ActionBranch, material: &Material) -> ActionPart {
    let action = &branch.action;
    ActionPart {
        code: action.code.to_string(),
        reference: action.printed_ref.as_ref().map_or_else(|| action.code.to_string(), ShortText::to_string),
        title: typeset(&action.title.to_string()),
        targets: branch.targets.iter().filter_map(|target| rows::row(target, material)).collect(),
        told: ongoing::told(&branch.targets, material),
        meetings: ongoing::meetings(action, material),
    }
}
