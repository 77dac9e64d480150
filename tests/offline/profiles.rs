//! Profiles: the expected value on a day, and the profile of the successor.

use chrono::{Days, Months, NaiveDate};
use outturn::rules::measure::ProfilePoint;
use outturn::rules::{Aim, PlanPeriod, profile};
use outturn::values::{Day, Number, RuleErrors};
use proptest::prelude::*;

fn first_of_april(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 4, 1).expect("a date")
}

fn year(from: i32) -> PlanPeriod {
    PlanPeriod::new(first_of_april(from), first_of_april(from + 1))
}

fn point(day: &str, expected: i64) -> ProfilePoint {
    ProfilePoint { by_on: day.parse().expect("a date"), expected: expected.into() }
}

/// A profile within a plan period of 1 to 60 months, and the plan period. Days around the end of
/// February are more likely.
fn profiles() -> impl Strategy<Value = (PlanPeriod, Vec<ProfilePoint>)> {
    let first = (1990_i32..=2085, prop_oneof![0..366_u64, 25..62_u64]);
    let first =
        first.prop_map(|(year, day)| NaiveDate::from_ymd_opt(year, 1, 1).expect("a date") + Days::new(day));
    let plan = (first, prop_oneof![Just(12_u32), 1_u32..=60])
        .prop_map(|(from, months)| PlanPeriod::of_months(from, months).expect("a plan"));
    let day = prop_oneof![0..1830_u64, 0..62_u64, 329..337_u64];
    let points = proptest::collection::btree_map(day, 0..5_i64, 0..12);
    (plan, points).prop_map(|(plan, points)| {
        let days = plan.days().unsigned_abs();
        let mut total = 0;
        let points = points.into_iter().filter(|(day, _)| *day < days).map(|(day, step)| {
            total += step;
            ProfilePoint { by_on: Day(plan.0.from + Days::new(day)), expected: total.into() }
        });
        (plan, points.collect())
    })
}

/// Whether a profile satisfies the rules for this plan period and threshold.
fn is_valid(points: &[ProfilePoint], year: &PlanPeriod, threshold: Option<Number>) -> bool {
    let mut errors = RuleErrors::default();
    profile::check_order(&mut errors, "", points);
    profile::check_threshold(&mut errors, "", points, Aim::AtLeast, threshold);
    errors.into_result().is_ok() && points.iter().all(|point| year.0.contains(point.by_on.0))
}

#[test]
fn of_two_points_on_one_day_the_later_one_is_kept() {
    let points = [point("2020-02-28", 5), point("2020-02-29", 8), point("2020-03-31", 9)];
    let moved = profile::moved(&points, 12, &year(2020), None);
    assert_eq!(moved, [point("2021-02-28", 8), point("2021-03-31", 9)]);
    let moved_into_leap_year = profile::moved(&[point("2023-02-28", 5)], 12, &year(2023), None);
    assert_eq!(
        moved_into_leap_year,
        [point("2024-02-28", 5)],
        "28 February stays 28 February in a leap year"
    );
}

#[test]
fn points_outside_the_year_are_dropped_and_values_are_capped() {
    let points = [point("2018-03-31", 1), point("2018-06-30", 5), point("2018-09-30", 20)];
    let moved = profile::moved(&points, 12, &year(2019), Some(8.into()));
    assert_eq!(moved, [point("2019-06-30", 5), point("2019-09-30", 8)]);
}

#[test]
fn a_point_above_an_at_least_threshold_is_an_error() {
    let points = [point("2018-06-30", 5), point("2018-09-30", 20)];
    let has_error = |aim, threshold: Option<i64>| {
        let mut errors = RuleErrors::default();
        profile::check_threshold(&mut errors, "", &points, aim, threshold.map(Number::from));
        errors.into_result().is_err()
    };
    assert!(has_error(Aim::AtLeast, Some(19)));
    assert!(
        !has_error(Aim::AtLeast, Some(20))
            && !has_error(Aim::AtLeast, None)
            && !has_error(Aim::AtMost, Some(1))
    );
}

proptest! {
    #[test]
    fn a_profile_moved_to_the_next_plan_stays_valid(
        (own, points) in profiles(),
        next_months in prop_oneof![Just(None), (1_u32..=60).prop_map(Some)],
        cap in proptest::option::of(0_i64..40),
    ) {
        let months = own.months();
        let next = PlanPeriod::of_months(own.0.until, next_months.unwrap_or(months)).expect("a plan");
        prop_assert!(is_valid(&points, &own, None));
        let cap = cap.map(Number::from);
        let moved = profile::moved(&points, months, &next, cap);
        prop_assert!(is_valid(&moved, &next, cap), "{moved:?}");
        let later = |day: Day| Day(day.0.checked_add_months(Months::new(months)).expect("a day"));
        // Each point is the last one of those that move to its day, at most the cap.
        for point in &moved {
            let last = points.iter().rev().find(|before| later(before.by_on) == point.by_on);
            let expected = last.map(|before| cap.map_or(before.expected, |cap| before.expected.min(cap)));
            prop_assert_eq!(Some(point.expected), expected);
        }
        // No point is lost whose day is within the next plan.
        for before in &points {
            let day = later(before.by_on);
            prop_assert_eq!(moved.iter().any(|point| point.by_on == day), next.0.contains(day.0), "{}", day);
        }
    }

    #[test]
    fn the_expected_value_of_a_profile_never_falls((plan, points) in profiles(), a in 0_u64..1830, b in 0_u64..1830) {
        let expected = |n| profile::expected(&points, Day(plan.0.from + Days::new(n)));
        prop_assert!(expected(a.min(b)) <= expected(a.max(b)));
        prop_assert_eq!(expected(a).is_none(), points.is_empty());
    }
}
