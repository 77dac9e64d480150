//! The long direction of travel: against last year's target, or else against the baseline.

use serde_json::{Value, json};

use super::builders::{Facts, LAST_DAY, Target, entries, entry, meeting, meetings, nothing, target};
use super::directions::{attendance, count, ratio};
use super::table::{Row, check, row};

fn long(row: Row, direction: &str, compared_with: &str, basis_changed: bool) -> Row {
    row.with(json!({ "direction": { "long": direction, "long_compared_with": compared_with, "basis_changed": basis_changed } }))
}

#[test]
fn a_value_is_compared_with_the_baseline() {
    let eight = entries([entry(10, "2017-05-01").ratio(8, 10)]);
    let by = |baseline: Value| row(baseline.to_string(), &ratio("summed").baseline(baseline), &eight);
    let one_meeting = |baseline: Value, attended, expected| {
        let facts = meetings([meeting(10, "2017-05-01").attended(attended, expected)]);
        row(baseline.to_string(), &attendance().baseline(baseline), &facts)
    };
    let five = entries([entry(10, "2017-05-01").count(5)]);
    let of_last_year = json!({ "value": 4 });
    check([
        long(row("no baseline", &ratio("summed"), &eight), "none", "none", false)
            .with(json!({ "baseline_variance": null })),
        long(by(json!({ "value": 79.99 })), "improved", "baseline", false)
            .with(json!({ "baseline_variance": 0.01 })),
        long(by(json!({ "value": 80 })), "same", "baseline", false).with(json!({ "baseline_variance": 0 })),
        long(by(json!({ "value": 80.01 })), "declined", "baseline", false)
            .with(json!({ "baseline_variance": -0.01 })),
        long(
            row(
                "where less is better",
                &ratio("summed").at_most(80).baseline(json!({ "value": 90 })),
                &eight,
            ),
            "improved",
            "baseline",
            false,
        ),
        // Example 3.1.5: the baseline was over three meetings.
        long(one_meeting(json!({ "value": 64, "meetings": 3 }), 7, 52), "declined", "baseline", true)
            .with(json!({ "baseline_variance": -50.54 })),
        long(one_meeting(json!({ "value": 64, "meetings": 1 }), 7, 52), "declined", "baseline", false),
        long(
            one_meeting(json!({ "value": 33.33, "numerator": 1, "denominator": 2 }), 1, 2),
            "improved",
            "baseline",
            false,
        ),
        long(
            one_meeting(json!({ "value": 33.33, "numerator": 1, "denominator": 3 }), 1, 2),
            "improved",
            "baseline",
            true,
        ),
        // The baseline of a count is over a whole year.
        long(
            row("within the year", &count().baseline(of_last_year.clone()).as_at("2018-03-30"), &five),
            "improved",
            "baseline",
            true,
        ),
        long(
            row("at its end", &count().baseline(of_last_year.clone()).as_at(LAST_DAY), &five),
            "improved",
            "baseline",
            false,
        )
        .with(json!({ "baseline_variance": 1 })),
        long(row("no value", &count().baseline(of_last_year), &nothing()), "none", "none", false)
            .with(json!({ "baseline_variance": null })),
    ]);
}

#[test]
fn a_value_is_compared_with_the_target_of_last_year_on_the_same_day() {
    let eight = entries([entry(10, "2017-05-01").ratio(8, 10)]);
    let before = entries([entry(20, "2016-05-01").ratio(7, 10), entry(21, "2017-01-01").ratio(10, 10)]);
    let later = entries([entry(21, "2017-03-01").ratio(1, 10)]);
    let this = |day: &str| ratio("summed").baseline(json!({ "value": 90 })).as_at(day);
    let against = |name: &str, this: &Target, last: &Target, before: &Facts| {
        row(name, this, &eight).last_year(last, before)
    };
    let december = "2017-12-31";
    check([
        // 7 of 10 by then, 17 of 20 by the end.
        long(
            against("8 of 10, after 7 of 10", &this(december), &ratio("summed"), &before),
            "improved",
            "last_year",
            false,
        ),
        long(
            against("8 of 10, after 17 of 20", &this(LAST_DAY), &ratio("summed"), &before),
            "declined",
            "last_year",
            false,
        ),
        long(
            against("last year had no value by then", &this(december), &ratio("summed"), &later),
            "declined",
            "baseline",
            false,
        ),
        long(
            against("last year had another aggregate", &this(LAST_DAY), &ratio("latest"), &before),
            "declined",
            "last_year",
            true,
        ),
        long(
            against(
                "an exact comparison, of 80 with 80.001",
                &this(LAST_DAY),
                &ratio("summed"),
                &entries([entry(20, "2016-05-01").ratio(80_001, 100_000)]),
            ),
            "declined",
            "last_year",
            false,
        )
        .with(json!({ "baseline_variance": -10 })),
    ]);
}

#[test]
fn another_cohort_number_of_meetings_or_unit_is_another_basis() {
    let one = |on: &str, expected| meetings([meeting(10, on).attended(1, expected)]).over_all(1, expected);
    let two = meetings([meeting(10, "2016-05-01").attended(1, 2), meeting(11, "2016-06-01").attended(1, 2)])
        .over_all(1, 2);
    let this = one("2017-05-01", 2);
    let persons = target(json!({ "kind": "attendance_rate", "unit": "person" })).at_least(60);
    let case =
        |name: &str, last: &Target, before: &Facts| row(name, &attendance(), &this).last_year(last, before);
    let number = target(json!({ "kind": "council_coverage", "basis": "entries" }));
    let covered = |covered, cohort| nothing().occasion(None, covered, cohort);
    let with_profile = json!({ "kind": "count_total", "unit_name": "x", "profile": [{ "by_on": "2016-06-30", "expected": 5 }] });
    let five = |on: &str| entries([entry(10, on).count(5)]);
    check([
        long(case("the same", &attendance(), &one("2016-05-01", 2)), "same", "last_year", false),
        long(case("another cohort", &attendance(), &one("2016-05-01", 4)), "improved", "last_year", true),
        long(case("two meetings", &attendance(), &two), "same", "last_year", true),
        long(case("persons and not seats", &persons, &one("2016-05-01", 2)), "same", "last_year", true),
        long(
            row("numbers of councils", &number, &covered(2, 2)).last_year(&number, &covered(3, 4)),
            "declined",
            "last_year",
            true,
        ),
        // A rate and a number cannot be compared.
        long(
            row("a number after a rate", &number, &covered(2, 2))
                .last_year(&number.clone().at_least(90), &covered(3, 4)),
            "none",
            "none",
            false,
        ),
        long(
            row("another profile is the same basis", &count(), &five("2017-05-01"))
                .last_year(&target(with_profile).at_least(5), &five("2016-05-01")),
            "same",
            "last_year",
            false,
        ),
    ]);
}
