//! Counts through the year: what they are compared with on a day, and where amber begins on it.

use chrono::{Days, NaiveDate};
use outturn::metrics::derive::explanation::explain;
use outturn::metrics::model::{Metric, Status};
use outturn::rules::rag::ToleranceKind;
use outturn::rules::{Aim, Tolerance};
use outturn::values::Number;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::json;

use crate::derive::builders::{entries, entry, target};

const DAYS: u64 = 365;

fn day(n: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2017, 4, 1).expect("a date") + Days::new(n)
}

/// The metric of a count of so many on a day of 2017-18.
fn metric(n: u64, count: i64, aim: Aim, threshold: i64, tolerance: Tolerance) -> Metric {
    let target = target(json!({ "kind": "count_total", "unit_name": "x" })).at_least(threshold);
    let target = target.aim(aim).tolerance(tolerance).as_at(&day(n).to_string()).fact();
    explain(&target, &entries([entry(10, "2017-04-01").count(count)]).on(&target)).0
}

fn tolerances() -> impl Strategy<Value = Tolerance> {
    let kinds = prop_oneof![Just(ToleranceKind::Relative), Just(ToleranceKind::Absolute)];
    (kinds, 0_i64..=1500)
        .prop_map(|(kind, hundredths)| Tolerance { kind, value: Number(Decimal::new(hundredths, 2)) })
}

proptest! {
    #[test]
    fn a_cap_is_the_same_on_every_day(
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
    fn at_an_even_pace_green_is_decided_in_whole_numbers(
        n in 0..DAYS, count in 0_i64..60, threshold in 1_i64..50, tolerance in tolerances(),
    ) {
        let now = metric(n, count, Aim::AtLeast, threshold, tolerance);
        let elapsed = i64::try_from(n + 1).expect("a number");
        prop_assert_eq!(now.status == Status::Green, count * 365 >= threshold * elapsed);
    }

    #[test]
    fn red_is_on_the_other_side_of_where_amber_begins(
        n in 0..DAYS, count in 0_i64..60, threshold in 1_i64..50, tolerance in tolerances(), at_most: bool,
    ) {
        let aim = if at_most { Aim::AtMost } else { Aim::AtLeast };
        let now = metric(n, count, aim, threshold, tolerance);
        let edge = now.amber_from.expect("an edge").0;
        let over = if at_most { edge - Decimal::from(count) } else { Decimal::from(count) - edge };
        // The edge is shown with two decimals, and compared exactly.
        if over > Decimal::new(1, 2) {
            prop_assert_ne!(now.status, Status::Red);
        } else if over < Decimal::new(-1, 2) {
            prop_assert_eq!(now.status, Status::Red);
        }
        prop_assert!(edge >= Decimal::ZERO);
    }
}
