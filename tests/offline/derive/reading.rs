//! Readings: values that are reported as they are.

use serde_json::json;

use super::builders::{Entry, Target, entries, entry, nothing, target};
use super::table::{check, row};

fn percent(aggregate: &str) -> Target {
    target(json!({ "kind": "reading", "aggregate": aggregate }))
}

fn named(aggregate: &str, unit: &str) -> Target {
    target(json!({ "kind": "reading", "aggregate": aggregate, "unit_name": unit }))
}

fn reading(n: u128, on: &str, value: f64) -> Entry {
    entry(n, on).reading(value)
}

#[test]
fn a_published_reading_is_judged_and_marked_as_reported() {
    let calls = entries([reading(10, "2017-06-30", 78.5)]);
    let fly_tips = entries([reading(10, "2017-12-31", 1.1), reading(11, "2018-03-31", 0.95)]);
    let waste = entries([
        reading(10, "2017-12-31", 340.05).provisional(),
        reading(11, "2018-03-31", 437.43).provisional(),
    ]);
    let days = || named("latest", "days").at_most(1).absolute_tolerance(0);
    let kg = || named("latest", "kg per head").at_most(441).threshold(441.01);
    check([
        // Hart: calls answered in 15 seconds.
        row("calls answered", &percent("latest").at_least(80), &calls)
            .reported(78.5)
            .status("amber", "within_tolerance")
            .with(json!({ "forecast": null, "variance": -1.5 }))
            .left_out([]),
        // Havering 2017/18: days to remove fly-tips.
        row("fly-tips by December", &days().as_at("2017-12-31"), &fly_tips)
            .named("days", 1.1, None)
            .status("red", "misses_threshold"),
        row("fly-tips by March", &days(), &fly_tips)
            .named("days", 0.95, None)
            .status("green", "meets_threshold")
            .left_out([(10, "another_decides")]),
        // Havering: waste per head.
        row("waste by December", &kg().as_at("2017-12-31"), &waste)
            .named("kg per head", 340.05, None)
            .status("green", "meets_threshold")
            .with(json!({ "completeness": { "provisional": true, "entries_provisional": 1 } })),
        row("waste by March", &kg(), &waste)
            .named("kg per head", 437.43, None)
            .status("green", "meets_threshold")
            .with(json!({ "completeness": { "provisional": true, "entries_provisional": 2 } })),
        row("no reading", &percent("latest").at_least(80), &nothing())
            .no_value("no_entries", "no_data")
            .with(json!({ "reported": true })),
        row(
            "payment terms",
            &named("latest", "days").at_most(0),
            &entries([reading(10, "2017-06-30", -28.0)]),
        )
        .named("days", -28.0, None)
        .status("green", "meets_threshold"),
    ]);
}

#[test]
fn readings_are_combined_as_the_measure_says() {
    let three = entries([
        reading(10, "2017-05-31", 2.5),
        reading(11, "2017-06-30", 7.0),
        reading(12, "2017-07-31", 4.0),
    ]);
    let unit = |aggregate: &str| named(aggregate, "points");
    let decides = |n: u128| {
        let others: Vec<u128> = [10, 11, 12].into_iter().filter(|other| *other != n).collect();
        [(others[0], "another_decides"), (others[1], "another_decides")]
    };
    check([
        row("latest", &unit("latest"), &three).named("points", 4.0, None).left_out(decides(12)),
        row("sum", &unit("sum"), &three).named("points", 13.5, None).left_out([]),
        row("mean", &unit("mean"), &three).named("points", 4.5, None).left_out([]),
        row("minimum", &unit("minimum"), &three).named("points", 2.5, None).left_out(decides(10)),
        row("maximum", &unit("maximum"), &three).named("points", 7.0, None).left_out(decides(11)),
    ]);
}

#[test]
fn a_mean_is_exact_and_rounded_once() {
    let thirds = entries([
        reading(10, "2017-05-31", 66.6667),
        reading(11, "2017-06-30", 66.6667),
        reading(12, "2017-07-31", 66.6666),
    ]);
    let target = percent("mean").at_least(66).threshold(66.67).absolute_tolerance(0);
    check([row("two thirds are below 66.67", &target, &thirds)
        .reported(66.6667)
        .status("red", "misses_threshold")]);
}

#[test]
fn a_sum_of_readings_has_a_pace_and_a_forecast() {
    let target = named("sum", "tonnes").at_least(365).as_at("2017-06-30");
    let facts = entries([reading(10, "2017-04-30", 40.5), reading(11, "2017-05-31", 60.5)]);
    check([row("91 of 365 days", &target, &facts)
        .named("tonnes", 101.0, None)
        .status("green", "on_course")
        .with(json!({ "expected_by_now": 91, "forecast": { "value": 405.11, "method": "carried_on" } }))]);
}

#[test]
fn a_reading_with_a_lag_is_due_later_and_not_missing_before() {
    // Washington: the employment rate in the second quarter after exit is known a year later.
    let rate = || percent("latest").at_least(60).frequencies(&["quarterly"]).reading_lag(12, "months");
    let due = |day: &str, due: i64| json!({ "completeness": { "readings_due": due, "next_reading_due_on": day, "provisional": due > 0 } });
    check([
        row("after the first quarter", &rate().as_at("2017-08-15"), &nothing())
            .no_value("no_entries", "no_data")
            .with(due("2018-07-01", 0))
            .missing([]),
        row("a year later", &rate().as_at("2018-07-01"), &nothing())
            .with(due("2018-07-01", 1))
            .missing(["reading"]),
        row("in days", &rate().reading_lag(30, "days").as_at("2017-07-30"), &nothing())
            .with(due("2017-07-31", 0))
            .missing([]),
    ]);
}
