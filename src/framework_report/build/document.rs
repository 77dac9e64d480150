//! Builds the content of the whole document.

use super::plan::theme_section;
use super::summary::{attendance, direction_counts, owner_overdue, status_counts, theme_counts};
use crate::framework_report::content::Document;
use crate::framework_report::load::ReportData;
use crate::framework_report::text::curly_apostrophes;
use crate::framework_report::{explanations, format};
use crate::publications::model::{Publication, PublicationStatus};
use crate::values::ShortText;

pub fn build_document(data: &ReportData, association: Option<&ShortText>) -> Document {
    let (summary, framework, supplement) = (&data.summary, &data.tree.framework, &data.supplement);
    let stated = &summary.roll_up.stated;
    let (first_day, last_day) = (framework.plan_from, framework.plan_until.before());
    let by_theme = summary.themes.iter().enumerate().map(|(n, theme)| theme_counts(n, theme, data));
    let themes = data.tree.themes.iter().enumerate().map(|(n, theme)| theme_section(n, theme, data));
    Document {
        association: association.map(|name| curly_apostrophes(&name.to_string())),
        code: framework.code.to_string(),
        title: curly_apostrophes(&framework.title.to_string()),
        as_at: format::day(summary.as_at),
        day: summary.as_at,
        period: format!("{} to {}", format::day(first_day), format::day(last_day)),
        warning: data.publication.as_ref().and_then(warning),
        basis: basis(data),
        stated_targets: stated.targets,
        implied_targets: summary.roll_up.implied.targets,
        provisional_targets: stated.provisional,
        statuses: status_counts(stated),
        by_theme: by_theme.collect(),
        directions: direction_counts(data),
        attendance: attendance(&supplement.attendance),
        attendance_note: explanations::attendance_note(
            supplement.attendance.len(),
            supplement.attendance_left_out,
        ),
        overdue: summary.overdue.iter().map(owner_overdue).collect(),
        themes: themes.collect(),
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

fn basis(data: &ReportData) -> Vec<String> {
    let rules = format!("Rules {}.", data.summary.rule_version);
    let Some(publication) = &data.publication else {
        let known = data.summary.known_at.map(|known_at| {
            format!("All records as they were known on {} ({known_at}).", format::day(known_at.day()))
        });
        let derived = "Every figure and every status is derived from records.".to_owned();
        return [Some(derived), known, Some(rules)].into_iter().flatten().collect();
    };
    let by = |name: &Option<ShortText>| name.as_ref().map_or("nobody yet".to_owned(), ToString::to_string);
    vec![
        format!(
            "\u{201c}{}\u{201d}: sealed on {} by {}, approved by {}.",
            publication.title,
            format::day(publication.created_at.day()),
            publication.sealed_by,
            by(&publication.approved_by)
        ),
        format!("SHA-256 of the sealed content: {}.", publication.content_sha256),
        rules,
    ]
}
