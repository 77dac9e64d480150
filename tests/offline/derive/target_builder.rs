//! A builder of targets.

use chrono::{Months, NaiveDate};
use outturn::metrics::facts::{RevisionFact, TargetFact};
use outturn::rules::rag::ToleranceKind;
use outturn::rules::{Aim, Tolerance};
use serde_json::{Value, json};

use super::builders::{LAST_DAY, day, id, read};

/// A target of 2017-18.
#[derive(Debug, Clone)]
pub struct Target {
    fact: TargetFact,
    revision: Option<RevisionFact>,
}

/// Creates a target with this measure on the last day of the plan period. It has no threshold, no
/// tolerance of its own and no schedule.
pub fn target(measure: Value) -> Target {
    let fact = TargetFact {
        target_id: id(1),
        as_at: day(LAST_DAY),
        requested_on: day(LAST_DAY),
        due_by: day(LAST_DAY),
        is_last_year: false,
        framework_id: id(2),
        code: read(json!("target")),
        title: read(json!("A target")),
        measure: read(measure),
        aim: Aim::AtLeast,
        threshold: None,
        tolerance: None,
        frequencies: Vec::new(),
        baseline: None,
        owner: None,
        due_on: None,
        reading_lag: None,
        implied: false,
        continues_target_id: None,
        plan_from: day("2017-04-01"),
        plan_until: day("2018-04-01"),
        refs: None,
        outcome_ids: Vec::new(),
        handed_over_on: None,
        revision: None,
        judgement: None,
        claims: Vec::new(),
    };
    Target { fact, revision: None }
}

impl Target {
    fn set(mut self, change: impl FnOnce(&mut TargetFact)) -> Self {
        change(&mut self.fact);
        self
    }

    pub fn at_least(self, threshold: i64) -> Self {
        self.aim(Aim::AtLeast).set(|fact| fact.threshold = Some(threshold.into()))
    }

    pub fn at_most(self, threshold: i64) -> Self {
        self.aim(Aim::AtMost).set(|fact| fact.threshold = Some(threshold.into()))
    }

    /// Sets a threshold that is not a whole number.
    pub fn threshold(self, threshold: f64) -> Self {
        self.set(|fact| fact.threshold = Some(read(json!(threshold))))
    }

    /// Sets how long after its period a reading is due.
    pub fn reading_lag(self, length: u32, unit: &str) -> Self {
        self.set(|fact| fact.reading_lag = Some(read(json!({ "length": length, "unit": unit }))))
    }

    pub fn aim(self, aim: Aim) -> Self {
        self.set(|fact| fact.aim = aim)
    }

    pub fn absolute_tolerance(self, value: i64) -> Self {
        self.tolerance(Tolerance { kind: ToleranceKind::Absolute, value: value.into() })
    }

    pub fn relative_tolerance(self, value: i64) -> Self {
        self.tolerance(Tolerance { kind: ToleranceKind::Relative, value: value.into() })
    }

    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        self.set(|fact| fact.tolerance = Some(tolerance))
    }

    /// Sets the requested day. Readings are due by that day, and the metric is never later than the
    /// plan period.
    #[allow(clippy::wrong_self_convention, reason = "the name of the day in the API")]
    pub fn as_at(self, text: &str) -> Self {
        let as_at = day(text).min(day(LAST_DAY));
        self.set(|fact| (fact.as_at, fact.requested_on, fact.due_by) = (as_at, as_at, day(text)))
    }

    pub fn frequencies(self, frequencies: &[&str]) -> Self {
        self.set(|fact| fact.frequencies = read(json!(frequencies)))
    }

    pub fn due_on(self, text: &str) -> Self {
        self.set(|fact| fact.due_on = Some(day(text)))
    }

    pub fn handed_over_on(self, text: &str) -> Self {
        self.set(|fact| fact.handed_over_on = Some(day(text)))
    }

    /// Revises the threshold from this day on.
    pub fn revised(mut self, text: &str, threshold: i64) -> Self {
        self.revision = Some(RevisionFact {
            revised_on: read(json!(text)),
            threshold: threshold.into(),
            previous_threshold: self.fact.threshold,
            reason: read(json!("Agreed")),
            reference: None,
        });
        self
    }

    pub fn baseline(self, baseline: Value) -> Self {
        self.set(|fact| fact.baseline = Some(read(baseline)))
    }

    pub fn judged(self, status: &str) -> Self {
        let judgement = json!({ "status": status, "reason": "Arranged", "author": "olive",
            "judged_on": "2017-06-01", "progress_id": id(90) });
        self.set(|fact| fact.judgement = Some(read(judgement)))
    }

    pub fn claimed(self, printed: &str) -> Self {
        let claim = json!({ "printed": printed, "claimed_on": "2017-06-01", "progress_id": id(91) });
        self.set(|fact| fact.claims = vec![read(claim)])
    }

    pub fn implied(self) -> Self {
        self.set(|fact| fact.implied = true)
    }

    /// Returns the target as it is on its day.
    pub fn fact(&self) -> TargetFact {
        let revision = self.revision.clone().filter(|revision| revision.revised_on.0 <= self.fact.as_at);
        TargetFact { revision, ..self.fact.clone() }
    }

    /// Returns the target of last year that `this` continues, on the same day of its year.
    pub fn fact_before(&self, this: &TargetFact) -> TargetFact {
        let a_year_before = |day: NaiveDate| day.checked_sub_months(Months::new(12)).expect("a date");
        TargetFact {
            target_id: this.continues_target_id.expect("a continued target"),
            as_at: a_year_before(this.as_at),
            requested_on: this.as_at,
            due_by: a_year_before(this.due_by),
            is_last_year: true,
            plan_from: a_year_before(this.plan_from),
            plan_until: a_year_before(this.plan_until),
            ..self.fact.clone()
        }
    }

    /// Sets that the target continues a target of last year.
    pub fn continuing(self) -> Self {
        self.set(|fact| fact.continues_target_id = Some(id(3)))
    }
}
