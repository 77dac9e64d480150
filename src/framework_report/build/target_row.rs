//! Builds a target's row in the document.

use super::completeness::completeness_notes;
use super::{figures, trend};
use crate::framework_report::content::{Remark, TargetRow};
use crate::framework_report::load::ReportData;
use crate::framework_report::text::curly_apostrophes;
use crate::framework_report::{format, labels};
use crate::metrics::model::{ClaimNote, Metric, RevisionNote};
use crate::targets::model::Target;

pub fn target_row(target: &Target, data: &ReportData) -> Option<TargetRow> {
    let metric = data.metrics.get(&target.id)?;
    let value = figures::value(metric);
    let value_reason = metric.value_reason.map(|reason| labels::value_reason(reason, &metric.completeness));
    let constructed = data.supplement.constructed_registers.get(&target.id).copied().unwrap_or(0);
    Some(TargetRow {
        code: target.code.to_string(),
        title: curly_apostrophes(&target.title.to_string()),
        is_implied: target.implied,
        terms: terms(metric, target),
        owner: target.owner.as_ref().map(|owner| curly_apostrophes(&owner.to_string())),
        monitoring: monitoring(target),
        value_note: figures::numerator_and_denominator(metric, target)
            .filter(|_| value.is_some())
            .or(value_reason),
        value: value.map_or_else(|| "No figure".to_owned(), |value| curly_apostrophes(&value)),
        completeness: completeness_notes(metric, constructed),
        amounts: figures::amounts(metric),
        missing_records: metric
            .completeness
            .provisional
            .then(|| labels::missing_records(&metric.completeness)),
        badge: labels::status_badge(Some(metric.status)),
        reason: labels::status_reason(metric.status_reason).to_owned(),
        directions: labels::travel_directions(&metric.direction),
        trend: trend::trend(data.supplement.series.get(&target.id), &data.tree.framework.plan()),
        remarks: remarks(metric),
    })
}

fn terms(metric: &Metric, target: &Target) -> Vec<String> {
    let number = |value| format::number(metric.unit, value);
    let baseline = metric.baseline.as_ref().map(|baseline| {
        let note = baseline.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        format!("Baseline {}{note}", number(baseline.value))
    });
    let expected = figures::expected_by_now(metric);
    let expected = expected.map(|expected| {
        format!("Expected by now: {}{}", number(expected), figures::amber_limit(metric, &target.measure))
    });
    let forecast = metric.forecast.as_ref();
    let forecast = forecast.map(|forecast| {
        let value = format::number(metric.unit, forecast.value);
        format!("Forecast for the end of the plan period: {value}")
    });
    let joint =
        (target.action_ids.len() > 1).then(|| "One target for several actions, counted once".to_owned());
    let all = [Some(figures::threshold(metric, target)), baseline, expected, forecast, joint];
    all.into_iter().flatten().map(|line| curly_apostrophes(&line)).collect()
}

fn monitoring(target: &Target) -> Vec<String> {
    let printed = target.frequency_printed.as_ref().map(ToString::to_string);
    let frequency = printed.unwrap_or_else(|| {
        let words: Vec<&str> = target.frequencies.iter().copied().map(labels::frequency).collect();
        words.join(", ")
    });
    let sources = target.sources.iter().map(|source| format!("From {source}"));
    std::iter::once(frequency).chain(sources).map(|line| curly_apostrophes(&line)).collect()
}

fn remarks(metric: &Metric) -> Vec<Remark> {
    let revision = metric.revision.as_ref().map(|revision| revision_remark(metric, revision));
    let judgement = metric.judgement.as_ref().map(|judgement| {
        let label = format!(
            "Judged {} on {}",
            labels::judgement_colour(judgement.status),
            format::day(judgement.judged_on)
        );
        remark(label, format!("{} ({})", judgement.reason, judgement.author))
    });
    revision.into_iter().chain(judgement).chain(metric.claims.iter().map(claim_remark)).collect()
}

fn remark(label: String, text: String) -> Remark {
    Remark { label, text: curly_apostrophes(&text), is_claim: false }
}

fn revision_remark(metric: &Metric, revision: &RevisionNote) -> Remark {
    let number = |value| format::number(metric.unit, value);
    let before = revision.previous_threshold.map_or("none".to_owned(), number);
    let now = metric.threshold.map_or("none".to_owned(), number);
    let without = labels::status_badge(Some(revision.previous_status)).word.to_lowercase();
    remark(
        format!("Threshold revised on {}", format::day(revision.revised_on)),
        format!("From {before} to {now}: {} Without it: {without}.", revision.reason),
    )
}

/// Returns the remark about a figure that was printed somewhere. It is marked as a claim, because
/// the figure was not derived.
fn claim_remark(claim: &ClaimNote) -> Remark {
    let parts = claim.numerator.zip(claim.denominator);
    let parts = parts.map(|(numerator, denominator)| format!("{numerator} of {denominator}"));
    let about = claim.occasion.as_ref().map(ToString::to_string);
    let note = claim.note.as_ref().map(ToString::to_string);
    let more: Vec<String> = [parts, about, note].into_iter().flatten().collect();
    let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join("; ")) };
    Remark {
        label: format!("Claimed, as printed, {}", format::day(claim.claimed_on)),
        text: curly_apostrophes(&format!("\u{201c}{}\u{201d}{more}", claim.printed)),
        is_claim: true,
    }
}
