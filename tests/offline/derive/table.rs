//! Rows of a table: the facts of a target, and what `derive` makes of them.

use std::collections::HashMap;

use outturn::metrics::derive::{self, RowShares, explanation, missing};
use outturn::metrics::facts::{About, Evidence, TargetFact};
use outturn::metrics::model::{Metric, Share};
use outturn::rules::Measure;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value, json};

use super::builders::{Facts, Target, id};

/// A row of a table. It states only some members of the metric, which are compared exactly.
pub struct Row {
    name: String,
    target: Target,
    facts: Facts,
    last_year: Option<(Target, Facts)>,
    metric: Map<String, Value>,
    explained: Option<Value>,
    rule_end: Option<&'static str>,
    left_out: Option<Vec<(u128, &'static str)>>,
    missing: Option<Vec<&'static str>>,
}

/// Begins a row with the name that a failure shows.
pub fn row(name: impl Into<String>, target: &Target, facts: &Facts) -> Row {
    Row {
        name: name.into(),
        target: target.clone(),
        facts: facts.clone(),
        last_year: None,
        metric: Map::new(),
        explained: None,
        rule_end: None,
        left_out: None,
        missing: None,
    }
}

impl Row {
    /// States members of the metric. An object states some of its own members.
    pub fn with(mut self, members: Value) -> Self {
        let Value::Object(members) = members else { panic!("{}: send an object", self.name) };
        self.metric.extend(members);
        self
    }

    pub fn rate(self, numerator: i64, denominator: i64, percent: f64) -> Self {
        self.with(json!({ "numerator": numerator, "denominator": denominator, "value_percent": percent,
            "value": null, "value_reason": null, "unit": "percent" }))
    }

    /// States a value in a named unit, with its numerator and denominator if it is a ratio.
    pub fn named(self, unit: &str, value: f64, parts: Option<(i64, i64)>) -> Self {
        let (numerator, denominator) = parts.unzip();
        self.with(json!({ "value": value, "value_percent": null, "value_reason": null, "unit": "named",
            "unit_name": unit, "numerator": numerator, "denominator": denominator,
            "reported": parts.is_none() }))
    }

    /// States a reported value in per cent.
    pub fn reported(self, percent: f64) -> Self {
        self.with(json!({ "value": null, "value_percent": percent, "value_reason": null, "unit": "percent",
            "reported": true, "numerator": null, "denominator": null }))
    }

    pub fn value(self, value: i64) -> Self {
        self.with(json!({ "value": value, "value_percent": null, "value_reason": null }))
    }

    pub fn status(self, status: &str, reason: &str) -> Self {
        self.with(json!({ "status": status, "status_reason": reason }))
    }

    /// States that there is no value, no comparison and no forecast.
    pub fn no_value(self, reason: &str, status: &str) -> Self {
        self.status(status, "no_value").with(json!({ "value": null, "value_percent": null,
            "value_reason": reason, "variance": null, "forecast": null, "rounding_sensitive": false }))
    }

    /// States the rows that are left out or do not count in the numerator, by id and reason: the
    /// meetings, the forms (by meeting), and the entries.
    pub fn left_out<const N: usize>(self, rows: [(u128, &'static str); N]) -> Self {
        Self { left_out: Some(rows.into()), ..self }
    }

    /// States the kinds of the records that are due and missing.
    pub fn missing<const N: usize>(self, kinds: [&'static str; N]) -> Self {
        Self { missing: Some(kinds.into()), ..self }
    }

    /// States members of the explanation: `rule`, `cohort` and `comparison`.
    pub fn explained(self, members: Value) -> Self {
        Self { explained: Some(members), ..self }
    }

    /// States how the sentence of the rule ends.
    pub fn rule_ends(self, end: &'static str) -> Self {
        Self { rule_end: Some(end), ..self }
    }

    /// Adds the target of last year that the target continues.
    pub fn last_year(mut self, target: &Target, facts: &Facts) -> Self {
        self.target = self.target.continuing();
        self.last_year = Some((target.clone(), facts.clone()));
        self
    }

    fn derive(&self) -> (TargetFact, Evidence, Metric) {
        let target = self.target.fact();
        let evidence = self.facts.on(&target);
        let mut targets = vec![target.clone()];
        let mut all = HashMap::from([(target.about(), evidence.clone())]);
        if let Some((last, facts)) = &self.last_year {
            let last = last.fact_before(&target);
            all.insert(last.about(), facts.on(&last));
            targets.push(last);
        }
        let metric = derive::metrics(&targets, &all).remove(0);
        (target, evidence, metric)
    }

    fn failures(&self) -> Vec<String> {
        let (target, evidence, metric) = self.derive();
        let mut found = Vec::new();
        let shown = serde_json::to_value(&metric).expect("JSON");
        compare("metric", &Value::Object(self.metric.clone()), &shown, &mut found);
        let rule = explanation::rule(&target, &metric);
        if let Some(explained) = &self.explained {
            let (_, cohort, comparison) = explanation::explain(&target, &evidence);
            let all = json!({ "rule": rule, "cohort": cohort, "comparison": comparison });
            compare("explanation", explained, &all, &mut found);
        }
        if let Some(end) = self.rule_end {
            let words = &rule.words;
            if !words.ends_with(end) {
                found.push(format!("rule: {words:?} does not end with {end:?}"));
            }
        }
        if (rule.threshold, rule.amber_from) != (metric.threshold, metric.amber_from) {
            found.push(format!("the rule of the explanation is that of another metric: {rule:?}"));
        }
        let records = missing(&target, &evidence);
        let kinds: Vec<&str> = records.iter().map(|missing| missing.kind.as_str()).collect();
        if let Some(expected) = self.missing.as_ref().filter(|expected| **expected != kinds) {
            found.push(format!("missing: expected {expected:?}, found {kinds:?}"));
        }
        let is_provisional = !kinds.is_empty() || evidence.entries.iter().any(|entry| entry.provisional);
        if metric.completeness.provisional != is_provisional {
            found.push(format!("provisional is {}, missing {kinds:?}", !is_provisional));
        }
        let shares = shares(&target, &evidence);
        if let Some(expected) = &self.left_out {
            let reason = |(row, share): &(_, Share)| Some((*row, share.reason?.as_str()));
            let left_out: Vec<_> = shares.iter().filter_map(reason).collect();
            let expected: Vec<_> = expected.iter().map(|(row, reason)| (id(*row), *reason)).collect();
            if left_out != expected {
                found.push(format!("left out: expected {expected:?}, found {left_out:?}"));
            }
        }
        found.extend(sums_differ(&target, &metric, &shares));
        found.into_iter().map(|failure| format!("{}: {failure}", self.name)).collect()
    }
}

/// How each meeting, form and entry counts.
fn shares(target: &TargetFact, evidence: &Evidence) -> Vec<(uuid::Uuid, Share)> {
    let row_shares = RowShares::of(target, evidence);
    let meetings =
        evidence.meetings.iter().map(|fact| (fact.meeting_id, row_shares.meeting(fact.meeting_id)));
    let forms = evidence.evaluations.iter().map(|fact| (fact.meeting_id, row_shares.forms(fact.meeting_id)));
    let entries = evidence.entries.iter().map(|fact| (fact.progress_id, row_shares.entry(fact.progress_id)));
    meetings.chain(forms).chain(entries).filter_map(|(row, share)| Some((row, share?))).collect()
}

/// Checks that the rows add up to the metric, for measures that count these rows and not the lines
/// or councils behind them.
fn sums_differ(target: &TargetFact, metric: &Metric, shares: &[(uuid::Uuid, Share)]) -> Option<String> {
    if matches!(
        target.measure,
        Measure::AttendanceRate(_) | Measure::CouncilCoverage(_) | Measure::Reading(_)
    ) {
        return None;
    }
    let sum =
        |part: fn(&Share) -> Option<i64>| shares.iter().filter_map(|(_, share)| part(share)).sum::<i64>();
    let sums = (sum(|share| share.numerator), sum(|share| share.denominator));
    let amount = metric.value.and_then(|value| value.0.to_i64());
    let shown = (metric.numerator.or(amount).unwrap_or(0), metric.denominator.unwrap_or(0));
    (sums != shown).then(|| format!("the rows add up to {sums:?}, the metric is {shown:?}"))
}

/// Compares what a row states with what was derived. Numbers are equal if their decimals are.
fn compare(at: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(members), Value::Object(all)) => {
            for (name, expected) in members {
                let actual = all.get(name).unwrap_or_else(|| panic!("{at} has no member {name}"));
                compare(&format!("{at}.{name}"), expected, actual, found);
            }
        }
        (Value::Array(items), Value::Array(all)) if items.len() == all.len() => {
            for (i, (expected, actual)) in items.iter().zip(all).enumerate() {
                compare(&format!("{at}[{i}]"), expected, actual, found);
            }
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {}
        _ if expected == actual => {}
        _ => found.push(format!("{at}: expected {expected}, found {actual}")),
    }
}

/// Checks every row, and names each row that fails.
pub fn check(rows: impl IntoIterator<Item = Row>) {
    let failures: Vec<String> = rows.into_iter().flat_map(|row| row.failures()).collect();
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}
