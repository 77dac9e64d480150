//! Expected values within the year: which count is green, amber or red on a day.

use chrono::{Days, NaiveDate};
use outturn::metrics::derive::metric_of;
use outturn::metrics::facts::{EntryFact, Evidence, TargetFact};
use outturn::metrics::model::{Metric, Status};
use outturn::rules::rag::ToleranceKind;
use outturn::rules::{Aim, Tolerance};
use outturn::values::Number;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

const DAYS: u64 = 365;

fn day(n: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2017, 4, 1).expect("a date") + Days::new(n)
}

/// The metric of a target with this count, on day `n` of 2017-18.
fn metric(n: u64, count: i64, aim: Aim, threshold: i64, tolerance: Tolerance) -> Metric {
    let measure = json!({ "kind": "count_total", "unit_name": "x" });
    let (target_id, as_at) = (Uuid::nil(), day(n));
    let target = TargetFact {
        target_id,
        as_at,
        asked_on: as_at,
        due_by: as_at,
        is_last_year: false,
        framework_id: Uuid::nil(),
        code: "x".into(),
        title: "X".into(),
        measure: serde_json::from_value(measure).expect("a measure"),
        aim,
        threshold: Some(threshold.into()),
        tolerance: Some(tolerance),
        frequencies: Vec::new(),
        baseline: None,
        owner: None,
        due_on: None,
        implied: false,
        continues_target_id: None,
        plan_from: day(0),
        plan_until: day(DAYS),
        refs: None,
        outcome_ids: Vec::new(),
        handed_over_on: None,
        revision: None,
        judgement: None,
        claims: Vec::new(),
    };
    let entry = EntryFact {
        target_id,
        as_at,
        progress_id: Uuid::nil(),
        council_id: None,
        occurred_on: day(0),
        occasion: None,
        count: Some(count),
        numerator: None,
        denominator: None,
        income_pence: None,
        cost_pence: None,
        milestone_state: None,
    };
    metric_of(&target, &Evidence { entries: vec![entry], ..Evidence::default() })
}

fn tolerances() -> impl Strategy<Value = Tolerance> {
    let kinds = prop_oneof![Just(ToleranceKind::Relative), Just(ToleranceKind::Absolute)];
    (kinds, 0_i64..=1500)
        .prop_map(|(kind, hundredths)| Tolerance { kind, value: Number(Decimal::new(hundredths, 2)) })
}

proptest! {
    #[test]
    fn an_at_most_threshold_is_the_same_on_every_day(
        n in 0..DAYS, count in 0_i64..60, threshold in 1_i64..50, tolerance in tolerances(),
    ) {
        let (now, last) = (
            metric(n, count, Aim::AtMost, threshold, tolerance),
            metric(DAYS - 1, count, Aim::AtMost, threshold, tolerance),
        );
        prop_assert_eq!((now.status, now.status_reason), (last.status, last.status_reason));
        prop_assert_eq!((now.amber_from, now.expected_by_now), (last.amber_from, None));
        prop_assert_eq!(now.status == Status::Green, count <= threshold);
    }

    #[test]
    fn green_starts_at_the_elapsed_share_of_the_threshold(
        n in 0..DAYS, count in 0_i64..60, threshold in 1_i64..50, tolerance in tolerances(),
    ) {
        let now = metric(n, count, Aim::AtLeast, threshold, tolerance);
        let elapsed = i64::try_from(n + 1).expect("a number");
        prop_assert_eq!(now.status == Status::Green, count * 365 >= threshold * elapsed);
    }

    #[test]
    fn a_value_is_red_exactly_beyond_the_published_start_of_amber(
        n in 0..DAYS, count in 0_i64..60, threshold in 1_i64..50, tolerance in tolerances(), at_most: bool,
    ) {
        let aim = if at_most { Aim::AtMost } else { Aim::AtLeast };
        let now = metric(n, count, aim, threshold, tolerance);
        let amber_start = now.amber_from.expect("an edge").0;
        let margin = if at_most { amber_start - Decimal::from(count) } else { Decimal::from(count) - amber_start };
        // The published start of amber has two decimals; the comparison uses the exact value.
        if margin > Decimal::new(1, 2) {
            prop_assert_ne!(now.status, Status::Red);
        } else if margin < Decimal::new(-1, 2) {
            prop_assert_eq!(now.status, Status::Red);
        }
        prop_assert!(amber_start >= Decimal::ZERO);
    }
}
