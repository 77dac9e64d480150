//! Profiles: the expected value on a day, and the profile of the successor a year later.

use chrono::{Datelike, Days, NaiveDate};
use outturn::rules::measure::ProfilePoint;
use outturn::rules::{Aim, PlanYear, profile};
use outturn::values::{Day, Number, RuleErrors};
use proptest::prelude::*;

fn first_of_april(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 4, 1).expect("a date")
}

fn year(from: i32) -> PlanYear {
    PlanYear::new(first_of_april(from), first_of_april(from + 1))
}

fn point(day: &str, expected: i64) -> ProfilePoint {
    ProfilePoint { by_on: day.parse().expect("a date"), expected: expected.into() }
}

/// A profile within a plan year, and the year. Days around the end of February are more likely.
fn profiles() -> impl Strategy<Value = (i32, Vec<ProfilePoint>)> {
    let day = prop_oneof![0..365_u64, 329..337_u64];
    let points = proptest::collection::btree_map(day, 0..5_i64, 0..10);
    (1990_i32..=2090, points).prop_map(|(from, points)| {
        let days = year(from).days().unsigned_abs();
        let mut total = 0;
        let points = points.into_iter().filter(|(day, _)| *day < days).map(|(day, step)| {
            total += step;
            ProfilePoint { by_on: Day(first_of_april(from) + Days::new(day)), expected: total.into() }
        });
        (from, points.collect())
    })
}

/// Whether a profile satisfies the rules for this plan year and threshold.
fn is_valid(points: &[ProfilePoint], year: &PlanYear, threshold: Option<Number>) -> bool {
    let mut errors = RuleErrors::default();
    profile::check_order(&mut errors, "", points);
    profile::check_threshold(&mut errors, "", points, Aim::AtLeast, threshold);
    errors.into_result().is_ok() && points.iter().all(|point| year.0.contains(point.by_on.0))
}

#[test]
fn of_two_points_on_one_day_the_later_one_is_kept() {
    let points = [point("2020-02-28", 5), point("2020-02-29", 8), point("2020-03-31", 9)];
    let moved = profile::a_year_later(&points, &year(2019).next(), None);
    assert_eq!(moved, [point("2021-02-28", 8), point("2021-03-31", 9)]);
    let moved_into_leap_year = profile::a_year_later(&[point("2023-02-28", 5)], &year(2023), None);
    assert_eq!(
        moved_into_leap_year,
        [point("2024-02-28", 5)],
        "28 February stays 28 February in a leap year"
    );
}

#[test]
fn points_outside_the_year_are_dropped_and_values_are_capped() {
    let points = [point("2018-03-31", 1), point("2018-06-30", 5), point("2018-09-30", 20)];
    let moved = profile::a_year_later(&points, &year(2018).next(), Some(8.into()));
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
    fn a_profile_moved_by_a_year_stays_valid((from, points) in profiles(), cap in proptest::option::of(0_i64..40)) {
        let (own, next) = (year(from), year(from).next());
        prop_assert!(is_valid(&points, &own, None));
        let cap = cap.map(Number::from);
        let moved = profile::a_year_later(&points, &next, cap);
        prop_assert!(is_valid(&moved, &next, cap), "{moved:?}");
        // Each day expects the value of the same day a year before, at most the cap. 28 February
        // takes the leap day's.
        let mut day = next.0.from;
        while day < next.0.until {
            let before = day.with_year(day.year() - 1).unwrap_or(day - Days::new(366));
            let is_before_the_leap_day = (before.month(), before.day()) == (2, 28) && before.leap_year();
            let before = if is_before_the_leap_day { before + Days::new(1) } else { before };
            let expected = profile::expected(&points, Day(before));
            let expected = expected.map(|expected| cap.map_or(expected, |cap| expected.min(cap)));
            prop_assert_eq!(profile::expected(&moved, Day(day)), expected, "{}", day);
            day = day.succ_opt().expect("a day");
        }
    }

    #[test]
    fn the_expected_value_of_a_profile_never_falls((from, points) in profiles(), a in 0_u64..365, b in 0_u64..365) {
        let expected = |n| profile::expected(&points, Day(first_of_april(from) + Days::new(n)));
        prop_assert!(expected(a.min(b)) <= expected(a.max(b)));
        prop_assert_eq!(expected(a).is_none(), points.is_empty());
    }
}
