//! The rules: rates, means, tolerances, statuses, periods and expected values.

use chrono::{Months, NaiveDate, TimeDelta};
use outturn::rules::period::{Frequency, Period, PeriodLength};
use outturn::rules::rag::{Colour, ThresholdRule, ToleranceKind};
use outturn::rules::ranges::overlap;
use outturn::rules::rounding::mean_percent;
use outturn::rules::{Aim, PlanPeriod, Quantity, Rate, Tolerance};
use outturn::values::{Day, Figure, Number, Percent};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn bar(threshold: &str, aim: Aim, tolerance: Tolerance) -> ThresholdRule {
    ThresholdRule { aim, threshold: decimal(threshold), tolerance, strict: false }
}

#[test]
fn the_first_amber_value_of_a_count_is_a_whole_number() {
    let absolute = |value: &str| Tolerance { kind: ToleranceKind::Absolute, value: Number(decimal(value)) };
    for (threshold, aim, tolerance, whole, any) in [
        ("4", Aim::AtLeast, Tolerance::USUAL, None, Some("3.6")),
        ("11", Aim::AtLeast, Tolerance::USUAL, Some("10"), Some("9.9")),
        ("1.84", Aim::AtLeast, Tolerance::USUAL, None, Some("1.656")),
        ("2", Aim::AtLeast, absolute("1"), Some("1"), Some("1")),
        ("15", Aim::AtMost, Tolerance::USUAL, Some("16"), Some("16.5")),
        ("4", Aim::AtMost, Tolerance::USUAL, None, Some("4.4")),
        ("4", Aim::AtLeast, Tolerance::NONE, None, None),
    ] {
        let bar = bar(threshold, aim, tolerance);
        let first = |is_whole| bar.first_amber(bar.amber_from(), is_whole);
        assert_eq!(first(true), whole.map(decimal), "whole numbers against {threshold}");
        assert_eq!(first(false), any.map(decimal), "any numbers against {threshold}");
    }
    let strict = ThresholdRule { strict: true, ..bar("0", Aim::AtLeast, absolute("5")) };
    assert_eq!(strict.first_amber(strict.amber_from(), true), Some(decimal("0")), "not yet a surplus");
}

#[test]
fn the_default_tolerance_is_ten_per_cent_of_the_threshold() {
    for (threshold, amber) in [("60", "54"), ("65", "58.5"), ("55", "49.5"), ("80", "72"), ("90", "81")] {
        assert_eq!(bar(threshold, Aim::AtLeast, Tolerance::USUAL).amber_from(), decimal(amber));
    }
    assert_eq!(bar("20", Aim::AtMost, Tolerance::USUAL).amber_from(), decimal("22"));
}

#[test]
fn percentages_are_rounded_half_up_to_two_decimals() {
    for (n, d, rounded) in [
        (13, 22, "59.09"),
        (71, 102, "69.61"),
        (7, 52, "13.46"),
        (29, 52, "55.77"),
        (5, 6, "83.33"),
        (6, 11, "54.55"),
        (7, 11, "63.64"),
        (44, 52, "84.62"),
        (32, 34, "94.12"),
        (70, 104, "67.31"),
        (1, 8, "12.5"),
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (1, 800, "0.13"),
        (0, 5, "0"),
        (5, 5, "100"),
    ] {
        assert_eq!(Rate::new(n, d).percent(), Some(Percent(Figure(decimal(rounded)))), "{n} of {d}");
    }
    assert_eq!(Rate::new(0, 0).percent(), None);
    assert_eq!(Rate::new(31, 52).whole_percent(), Some(60));
    assert_eq!(Rate::new(1, 200).whole_percent(), Some(1), "a half is rounded up");
}

#[test]
fn a_pooled_rate_is_compared_without_rounding() {
    let pooled = Rate::pooled([Rate::new(6, 11), Rate::new(7, 11)]);
    assert_eq!(pooled, Rate::new(13, 22));
    let sixty = bar("60", Aim::AtLeast, Tolerance::USUAL);
    assert_eq!(Quantity::rate(pooled).map(|q| sixty.colour_of(q)), Some(Colour::Amber));
    assert_eq!(sixty.colour_of(Quantity::decimal(decimal("59.5"))), Colour::Amber);
    assert_eq!(
        sixty.colour_of(Quantity::amount(60)),
        Colour::Green,
        "60 is green, and 59.5 must not be rounded to it"
    );
    assert_eq!(mean_percent(&[Rate::new(6, 11), Rate::new(7, 11)]), Some(Percent(Figure(decimal("59.09")))));
}

#[test]
fn the_mean_of_rates_is_computed_exactly_and_rounded_once() {
    let third = Rate::new(1, 3);
    let mean = mean_percent(&[third, third, third, Rate::new(5, 8)]);
    assert_eq!(mean, Some(Percent(Figure(decimal("40.63")))), "40.625 is rounded up");
    assert_eq!(mean_percent(&[Rate::new(0, 0), Rate::new(1, 2)]), Some(Percent(Figure(decimal("50")))));
    assert_eq!(mean_percent(&[Rate::new(0, 0)]), None);
    // The common denominator of these rates exceeds every integer type.
    let many: Vec<Rate> = (1..=300).map(|d| Rate::new(d, d)).collect();
    assert_eq!(mean_percent(&many), Some(Percent(Figure(decimal("100")))));
}

#[test]
fn a_tolerance_does_not_extend_below_zero() {
    let absolute = |value| Tolerance { kind: ToleranceKind::Absolute, value: Number(decimal(value)) };
    assert_eq!(bar("1.5", Aim::AtLeast, absolute("5")).amber_from(), decimal("0"));
    assert_eq!(bar("1.5", Aim::AtMost, absolute("5")).amber_from(), decimal("6.5"));
    assert_eq!(bar("-500", Aim::AtLeast, Tolerance::NONE).amber_from(), decimal("-500"));
}

#[test]
fn a_surplus_must_exceed_zero_and_break_even_may_equal_it() {
    let surplus = ThresholdRule { strict: true, ..bar("0", Aim::AtLeast, Tolerance::NONE) };
    let break_even = bar("0", Aim::AtLeast, Tolerance::NONE);
    assert_eq!(surplus.colour_of(Quantity::amount(0)), Colour::Red);
    assert_eq!(surplus.colour_of(Quantity::amount(1)), Colour::Green);
    assert_eq!(break_even.colour_of(Quantity::amount(0)), Colour::Green);
    assert_eq!(break_even.colour_of(Quantity::amount(-1)), Colour::Red);
}

#[test]
fn an_at_most_zero_threshold_is_green_only_at_zero() {
    let none = bar("0", Aim::AtMost, Tolerance::NONE);
    assert_eq!(Quantity::rate(Rate::new(0, 34)).map(|q| none.colour_of(q)), Some(Colour::Green));
    assert_eq!(Quantity::rate(Rate::new(1, 34)).map(|q| none.colour_of(q)), Some(Colour::Red));
}

fn aims() -> impl Strategy<Value = Aim> {
    prop_oneof![Just(Aim::AtLeast), Just(Aim::AtMost)]
}

fn tolerances() -> impl Strategy<Value = Tolerance> {
    let kinds = prop_oneof![Just(ToleranceKind::Relative), Just(ToleranceKind::Absolute)];
    (kinds, 0_i64..=5000)
        .prop_map(|(kind, hundredths)| Tolerance { kind, value: Number(Decimal::new(hundredths, 2)) })
}

/// First days of plans. The last days of months are more likely.
fn first_days() -> impl Strategy<Value = NaiveDate> {
    let day = (1990_i32..=2090, 1_u32..=12, prop_oneof![1_u32..=31, 28_u32..=31]);
    day.prop_map(|(year, month, day)| {
        let exists = |day| NaiveDate::from_ymd_opt(year, month, day);
        (28..=day).rev().chain([day]).find_map(exists).expect("a date")
    })
}

/// Plans of 1 to 60 months.
fn plans() -> impl Strategy<Value = PlanPeriod> {
    (first_days(), 1_u32..=60).prop_map(|(from, months)| PlanPeriod::of_months(from, months).expect("a plan"))
}

/// The lengths of the reporting periods of all frequencies.
fn lengths() -> impl Strategy<Value = PeriodLength> {
    let lengths = Frequency::ALL.iter().filter_map(|frequency| frequency.length());
    proptest::sample::select(lengths.collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn the_status_is_monotone_in_the_value(
        aim in aims(), tolerance in tolerances(), hundredths in 0_i64..=10_000, d in 1_i64..=500, a in 0_i64..=500,
        b in 0_i64..=500, strict: bool,
    ) {
        let bar = ThresholdRule { aim, threshold: Decimal::new(hundredths, 2), tolerance, strict };
        let (low, high) = (a.min(b).min(d), a.max(b).min(d));
        let colour = |n| Quantity::rate(Rate::new(n, d)).map(|quantity| bar.colour_of(quantity)).expect("a denominator");
        match aim {
            Aim::AtLeast => prop_assert!(colour(low) <= colour(high)),
            Aim::AtMost => prop_assert!(colour(low) >= colour(high)),
        }
    }

    #[test]
    fn a_rate_is_compared_with_exact_integers(n in 0_i64..=10_000, d in 1_i64..=10_000, hundredths in 0_i64..=10_000) {
        let n = n.min(d);
        let bar = ThresholdRule { aim: Aim::AtLeast, threshold: Decimal::new(hundredths, 2), tolerance: Tolerance::NONE, strict: false };
        let green = Quantity::rate(Rate::new(n, d)).map(|quantity| bar.colour_of(quantity)) == Some(Colour::Green);
        prop_assert_eq!(green, i128::from(n) * 10_000 >= i128::from(d) * i128::from(hundredths));
    }

    #[test]
    fn a_rounded_percentage_is_within_half_a_hundredth(n in 0_i64..=1_000_000, d in 1_i64..=1_000_000) {
        let n = n.min(d);
        let rounded = Rate::new(n, d).percent().expect("a denominator").0.0;
        let difference = Decimal::from(n) * Decimal::ONE_HUNDRED / Decimal::from(d) - rounded;
        prop_assert!(difference.abs() <= Decimal::new(5, 3), "{n}/{d} is rounded to {rounded}");
    }

    #[test]
    fn the_mean_is_within_half_a_hundredth_and_halves_are_rounded_up(
        rates in proptest::collection::vec((0_i64..=40, 1_i64..=40), 1..8),
    ) {
        let rates: Vec<Rate> = rates.into_iter().map(|(n, d)| Rate::new(n.min(d), d)).collect();
        let rounded = mean_percent(&rates).expect("a mean").0.0;
        // The exact mean in percent as a fraction with a common denominator.
        let denominator: i128 = rates.iter().map(|rate| i128::from(rate.denominator)).product();
        let numerator: i128 =
            rates.iter().map(|rate| i128::from(rate.numerator) * denominator / i128::from(rate.denominator)).sum();
        let denominator = denominator * i128::try_from(rates.len()).expect("a count");
        let hundredths = (rounded * Decimal::ONE_HUNDRED).mantissa()
            / 10_i128.pow((rounded * Decimal::ONE_HUNDRED).scale());
        let difference = 2 * (numerator * 10_000 - hundredths * denominator);
        prop_assert!(-denominator <= difference && difference < denominator, "{rates:?} is rounded to {rounded}");
    }

    #[test]
    fn the_periods_cover_each_day_of_the_plan_once(plan in plans(), length in lengths()) {
        let Period { from, until } = plan.0;
        let periods = plan.periods(length);
        prop_assert_eq!(periods[0].from, from);
        prop_assert_eq!(periods[periods.len() - 1].until, until);
        for pair in periods.windows(2) {
            prop_assert_eq!(pair[0].until, pair[1].from);
        }
        prop_assert!(periods.iter().all(|period| period.from < period.until));
        let mut day = from;
        while day < until {
            prop_assert_eq!(periods.iter().filter(|period| period.contains(day)).count(), 1);
            day = day.succ_opt().expect("a day");
        }
    }

    #[test]
    fn each_period_begins_a_number_of_months_after_the_first_day(plan in plans(), length in lengths()) {
        let periods = plan.periods(length);
        let begins = |months: u32| plan.0.from.checked_add_months(Months::new(months)).expect("a day");
        match length {
            PeriodLength::Months(months) => {
                prop_assert_eq!(periods.len(), plan.months().div_ceil(months) as usize);
                for (k, period) in (0..).zip(&periods) {
                    prop_assert_eq!(period.from, begins(k * months));
                    prop_assert_eq!(period.until, begins((k + 1) * months).min(plan.0.until));
                }
            }
            PeriodLength::HalfMonth => {
                prop_assert_eq!(periods.len(), plan.months() as usize * 2);
                for (k, halves) in (0..).zip(periods.chunks(2)) {
                    prop_assert_eq!((halves[0].from, halves[1].until), (begins(k), begins(k + 1)));
                    prop_assert_eq!((halves[0].until - halves[0].from).num_days(), 15);
                }
            }
        }
    }

    #[test]
    fn only_whole_months_from_1_to_60_are_a_plan_period(from in first_days(), days in -40_i64..2000) {
        let until = from + TimeDelta::days(days);
        let is_whole = (1..=60).any(|months| from.checked_add_months(Months::new(months)) == Some(until));
        prop_assert_eq!(PlanPeriod::new(from, until).whole_months().is_some(), is_whole);
    }

    #[test]
    fn the_days_of_a_plan_add_up(plan in plans(), days in 0_u64..1900) {
        let Period { from, until } = plan.0;
        let day = from + chrono::Days::new(days);
        prop_assert_eq!(plan.days(), (until - from).num_days());
        prop_assert_eq!(plan.elapsed(day), ((day - from).num_days() + 1).min(plan.days()));
        prop_assert_eq!(plan.elapsed(from - chrono::Days::new(1)), 0);
        prop_assert_eq!(plan.expected(365.into(), until.pred_opt().expect("a day")), Number::from(365));
    }

    #[test]
    fn the_expected_value_never_falls_and_ends_at_the_threshold(target in 0_i64..=1000, a in 0_u64..=365, b in 0_u64..=365) {
        let plan = PlanPeriod::new(day("2017-04-01"), day("2018-04-01"));
        let expected = |days| plan.expected(target.into(), plan.0.from + chrono::Days::new(days));
        prop_assert!(expected(a.min(b)) <= expected(a.max(b)));
        prop_assert_eq!(plan.expected(target.into(), day("2018-03-31")), Number::from(target));
        prop_assert_eq!(plan.expected(target.into(), day("2017-03-31")), Number::from(0));
    }

    #[test]
    fn ranges_overlap_exactly_if_they_share_a_day(a in 0_u64..40, b in 0_u64..40, c in 0_u64..40, e in 0_u64..40, open: [bool; 4]) {
        let base = day("2017-01-01");
        let at = |n: u64, open: bool| (!open).then(|| Day(base + chrono::Days::new(n)));
        let (x, y) = ((at(a.min(b), open[0]), at(a.max(b) + 1, open[1])), (at(c.min(e), open[2]), at(c.max(e) + 1, open[3])));
        let within = |range: (Option<Day>, Option<Day>), day: Day| range.0.is_none_or(|from| from <= day) && range.1.is_none_or(|until| day < until);
        let shares_a_day = (0..60).map(|n| Day(base + chrono::Days::new(n))).any(|day| within(x, day) && within(y, day));
        prop_assert_eq!(overlap(x, y), shares_a_day);
    }
}

#[test]
fn the_published_comparison_determines_the_colour() {
    let amber = bar("60", Aim::AtLeast, Tolerance::USUAL);
    let quantity = Quantity::rate(Rate::new(13, 22)).expect("a quantity");
    let (green, amber_comparison) = (amber.green(quantity), amber.amber(quantity).expect("a tolerance"));
    assert_eq!((green.left, green.right, green.holds()), (1300, 1320, false));
    assert_eq!((amber_comparison.left, amber_comparison.right, amber_comparison.holds()), (1300, 1188, true));
    let fractional = bar("58.5", Aim::AtMost, Tolerance::NONE);
    let green = fractional.green(quantity);
    assert_eq!(
        (green.left, green.right, green.holds()),
        (13_000, 12_870, false),
        "both sides are scaled to whole numbers"
    );
    assert_eq!(fractional.amber(quantity), None, "without a tolerance no value is amber");
    let surplus = ThresholdRule { strict: true, ..bar("0", Aim::AtLeast, Tolerance::NONE) };
    assert!(!surplus.green(Quantity::amount(0)).holds() && surplus.green(Quantity::amount(1)).holds());
}
