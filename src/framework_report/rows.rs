//! Composes a target's row.

use super::gather::Material;
use super::view::{Remark, TargetRow};
use super::words::typeset;
use super::{figures, partial, trend, words};
use crate::metrics::model::{ClaimNote, Metric, RevisionNote};
use crate::targets::model::Target;

/// Returns the row of a target, or `None` if it has no metric.
pub fn row(target: &Target, material: &Material) -> Option<TargetRow> {
    let metric = material.metrics.get(&target.id)?;
    let value = figures::value(metric);
    let why_none = metric.value_reason.map(|reason| words::no_value(reason, &metric.completeness));
    let constructed = material.beside.constructed.get(&target.id).copied().unwrap_or(0);
    Some(TargetRow {
        code: target.code.to_string(),
        title: typeset(&target.title.to_string()),
        is_implied: target.implied,
        promise: promise(metric, target),
        owner: target.owner.as_ref().map(|owner| typeset(&owner.to_string())),
        monitoring: monitoring(target),
        parts: figures::parts(metric, target).filter(|_| value.is_some()).or(why_none),
        value: value.map_or_else(|| "No figure".to_owned(), |value| typeset(&value)),
        basis: partial::basis(metric, constructed),
        amounts: figures::amounts(metric),
        provisional: metric.completeness.provisional.then(|| words::still_to_come(&metric.completeness)),
        badge: words::badge(Some(metric.status)),
        reason: words::status_reason(metric.status_reason).to_owned(),
        directions: words::ways(&metric.direction),
        trend: trend::trend(material.beside.series.get(&target.id)),
        remarks: remarks(metric),
    })
}

fn promise(metric: &Metric, target: &Target) -> Vec<String> {
    let number = |value| figures::number(metric.unit, value);
    let baseline = metric.baseline.as_ref().map(|baseline| {
        let note = baseline.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        format!("Baseline {}{note}", number(baseline.value))
    });
    let expected = figures::expected(metric);
    let expected = expected.map(|expected| {
        format!("Expected by now: {}{}", number(expected), figures::amber(metric, &target.measure))
    });
    let forecast = metric.forecast.as_ref();
    let forecast =
        forecast.map(|forecast| format!("Forecast for the year\u{2019}s end: {}", number(forecast.value)));
    let joint =
        (target.action_ids.len() > 1).then(|| "One target for several actions, counted once".to_owned());
    let all = [Some(figures::threshold(metric, target)), baseline, expected, forecast, joint];
    all.into_iter().flatten().map(|line| typeset(&line)).collect()
}

fn monitoring(target: &Target) -> Vec<String> {
    let printed = target.frequency_printed.as_ref().map(ToString::to_string);
    let frequency = printed.unwrap_or_else(|| {
        let words: Vec<&str> = target.frequencies.iter().copied().map(words::frequency).collect();
        words.join(", ")
    });
    let sources = target.sources.iter().map(|source| format!("From {source}"));
    std::iter::once(frequency).chain(sources).map(|line| typeset(&line)).collect()
}

fn remarks(metric: &Metric) -> Vec<Remark> {
    let revised = metric.revision.as_ref().map(|revision| revised(metric, revision));
    let judged = metric.judgement.as_ref().map(|judgement| {
        let label =
            format!("Judged {} on {}", words::judged(judgement.status), figures::day(judgement.judged_on));
        remark(label, format!("{} ({})", judgement.reason, judgement.author))
    });
    revised.into_iter().chain(judged).chain(metric.claims.iter().map(claimed)).collect()
}

fn remark(label: String, text: String) -> Remark {
    Remark { label, text: typeset(&text), is_claim: false }
}

fn revised(metric: &Metric, revision: &RevisionNote) -> Remark {
    let number = |value| figures::number(metric.unit, value);
    let before = revision.previous_threshold.map_or("none".to_owned(), number);
    let now = metric.threshold.map_or("none".to_owned(), number);
    let without = words::badge(Some(revision.previous_status)).word.to_lowercase();
    remark(
        format!("Threshold revised on {}", figures::day(revision.revised_on)),
        format!("From {before} to {now}: {} Without it: {without}.", revision.reason),
    )
}

/// Returns the remark of a claim, which is marked because its figure was printed and not derived.
fn claimed(claim: &ClaimNote) -> Remark {
    let parts = claim.numerator.zip(claim.denominator);
    let parts = parts.map(|(numerator, denominator)| format!("{numerator} of {denominator}"));
    let about = claim.occasion.as_ref().map(ToString::to_string);
    let note = claim.note.as_ref().map(ToString::to_string);
    let more: Vec<String> = [parts, about, note].into_iter().flatten().collect();
    let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join("; ")) };
    Remark {
        label: format!("Claimed, as printed, {}", figures::day(claim.claimed_on)),
        text: typeset(&format!("\u{201c}{}\u{201d}{more}", claim.printed)),
        is_claim: true,
    }
}
