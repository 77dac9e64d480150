//! Ratios: summed, the latest, the lowest or the highest reading, in per cent or another unit.

use serde_json::json;

use super::builders::{Entry, Facts, LAST_DAY, Target, entries, entry, target};
use super::table::{check, row};

const OVERTAKEN: &str = "overtaken_by_later_reading";

fn ratio(aggregate: &str) -> Target {
    target(json!({ "kind": "ratio", "aggregate": aggregate })).at_least(60)
}

fn reading(n: u128, on: &str, numerator: i64, denominator: i64) -> Entry {
    entry(n, on).ratio(numerator, denominator)
}

#[test]
fn readings_are_summed_or_the_latest_or_the_lowest_counts() {
    let two = entries([reading(10, "2017-05-01", 4, 10), reading(11, "2017-06-01", 5, 10)]);
    let falling = entries([reading(10, "2017-05-01", 5, 10), reading(11, "2017-06-01", 4, 10)]);
    let readings = json!({ "detail": { "kind": "ratio", "readings": 2 } });
    check([
        row("summed", &ratio("summed"), &two).rate(9, 20, 45.0).with(readings.clone()).left_out([]),
        row("latest", &ratio("latest"), &two)
            .rate(5, 10, 50.0)
            .with(readings.clone())
            .left_out([(10, "another_decides")]),
        row("minimum", &ratio("minimum"), &two)
            .rate(4, 10, 40.0)
            .with(readings)
            .left_out([(11, "another_decides")]),
        row("latest, though lower", &ratio("latest"), &falling).rate(4, 10, 40.0),
        row("minimum, though later", &ratio("minimum"), &falling)
            .rate(4, 10, 40.0)
            .left_out([(10, "another_decides")]),
        row("maximum", &ratio("maximum").at_most(60), &two)
            .rate(5, 10, 50.0)
            .left_out([(10, "another_decides")]),
        row("minimum whatever the aim", &ratio("minimum").at_most(60), &two).rate(4, 10, 40.0),
        row("the default is summed", &target(json!({ "kind": "ratio" })), &two).rate(9, 20, 45.0),
        row("as far as the year has come", &ratio("summed").as_at("2017-05-31"), &two)
            .rate(4, 10, 40.0)
            .left_out([]),
    ]);
}

#[test]
fn where_less_is_better_the_highest_occasion_decides() {
    let facts = entries([
        reading(10, "2017-09-01", 0, 10).occasion("one"),
        reading(11, "2017-09-01", 3, 10).occasion("two"),
    ]);
    check([row("none of 10, and 3 of 10", &ratio("maximum").at_most(0), &facts)
        .rate(3, 10, 30.0)
        .status("red", "misses_threshold")
        .left_out([(10, "another_decides")])]);
}

#[test]
fn the_minimum_reads_the_latest_reading_of_each_occasion() {
    // Example 3.5.3: the lowest project.
    let projects = entries([
        reading(10, "2017-05-01", 3, 10).occasion("one"),
        reading(11, "2017-06-01", 9, 10).occasion("one"),
        reading(12, "2017-07-01", 8, 10).occasion("two"),
    ]);
    let unnamed = entries([reading(10, "2017-05-01", 3, 10), reading(11, "2017-06-01", 9, 10)]);
    check([
        row("the first reading of the first project no longer counts", &ratio("minimum"), &projects)
            .rate(8, 10, 80.0)
            .status("green", "meets_threshold")
            .left_out([(10, OVERTAKEN), (11, "another_decides")]),
        row("it counts before the second reading", &ratio("minimum").as_at("2017-05-31"), &projects)
            .rate(3, 10, 30.0)
            .left_out([]),
        row("each reading without an occasion counts", &ratio("minimum"), &unnamed)
            .rate(3, 10, 30.0)
            .left_out([(11, "another_decides")]),
        row("the latest is the latest of all", &ratio("latest"), &projects)
            .rate(8, 10, 80.0)
            .left_out([(10, OVERTAKEN), (11, "another_decides")]),
    ]);
}

#[test]
fn a_ratio_of_0_of_0_is_not_applicable() {
    let nothing = |n, on: &str| reading(n, on, 0, 0);
    let zero = json!({ "numerator": 0, "denominator": 0 });
    let only = entries([nothing(10, "2017-05-01")]);
    let then_some = entries([nothing(10, "2017-05-01"), reading(11, "2017-06-01", 4, 10)]);
    let then_nothing = entries([reading(10, "2017-05-01", 4, 10), nothing(11, "2017-06-01")]);
    let not_applicable = |aggregate: &str, facts: &Facts| {
        row(format!("{aggregate} of 0 of 0"), &ratio(aggregate), facts)
            .no_value("zero_denominator", "not_applicable")
            .with(zero.clone())
    };
    check([
        // Example 3.1.4.
        not_applicable("summed", &only).left_out([]),
        not_applicable("latest", &only).left_out([]),
        not_applicable("minimum", &only).left_out([]),
        not_applicable("latest", &then_nothing).left_out([(10, "another_decides")]),
        row("without a threshold", &target(json!({ "kind": "ratio" })), &only)
            .no_value("zero_denominator", "not_applicable")
            .with(zero.clone()),
        row("summed with a reading", &ratio("summed"), &then_some).rate(4, 10, 40.0).left_out([]),
        row("before that reading", &ratio("summed").as_at("2017-05-31"), &then_some)
            .no_value("zero_denominator", "not_applicable"),
        row("the minimum ignores it", &ratio("minimum"), &then_nothing)
            .rate(4, 10, 40.0)
            .left_out([(11, "zero_denominator")]),
        row("the minimum ignores it, though it is the first", &ratio("minimum"), &then_some)
            .rate(4, 10, 40.0)
            .left_out([(10, "zero_denominator")]),
        row("the maximum ignores it too", &ratio("maximum").at_most(60), &then_nothing).rate(4, 10, 40.0),
        row("0 of some is a value", &ratio("summed"), &entries([reading(10, "2017-05-01", 0, 10)]))
            .rate(0, 10, 0.0)
            .status("red", "misses_threshold"),
    ]);
}

#[test]
fn of_readings_with_the_same_value_the_first_decides() {
    let facts = entries([
        reading(10, "2017-05-01", 1, 2),
        reading(11, "2017-06-01", 2, 4),
        reading(12, "2017-06-01", 3, 6),
    ]);
    let first = [(11, "another_decides"), (12, "another_decides")];
    check([
        row("at least", &ratio("minimum"), &facts).rate(1, 2, 50.0).left_out(first),
        row("maximum", &ratio("maximum").at_most(60), &facts).rate(1, 2, 50.0).left_out(first),
        row("on a day in between", &ratio("minimum").as_at("2017-05-31"), &facts)
            .rate(1, 2, 50.0)
            .left_out([]),
        row("on the last day", &ratio("minimum").as_at(LAST_DAY), &facts).rate(1, 2, 50.0),
    ]);
}

#[test]
fn a_ratio_in_another_unit_is_multiplied_and_rounded_for_display_only() {
    let per = |per: i64, unit: &str| target(json!({ "kind": "ratio", "per": per, "unit_name": unit }));
    let decisions = entries([reading(10, "2017-06-30", 220, 20)]);
    let third = entries([reading(10, "2017-06-30", 10, 3)]);
    let complaints = entries([reading(10, "2017-06-30", 51, 10_000)]);
    let savings = entries([reading(10, "2017-06-30", 310, 100)]);
    check([
        // Hart 2014/15: days to decide on homelessness.
        row("days to decide", &per(1, "days").at_most(15).as_at("2017-06-30"), &decisions)
            .named("days", 11.0, Some((220, 20)))
            .status("green", "meets_threshold")
            .with(json!({ "variance": -4, "forecast": { "value": 11 } }))
            .rule_ends("green up to 15 days, amber up to 16.5 days, else red."),
        row(
            "a third of ten is above 3.33",
            &per(1, "days").at_most(3).threshold(3.33).absolute_tolerance(0),
            &third,
        )
        .named("days", 3.33, Some((10, 3)))
        .status("red", "misses_threshold"),
        row(
            "without decimals",
            &target(json!({ "kind": "ratio", "per": 1, "unit_name": "days", "decimals": 0 })),
            &third,
        )
        .named("days", 3.0, Some((10, 3))),
        row("per thousand", &per(1000, "per 1,000 connections").at_most(5), &complaints)
            .named("per 1,000 connections", 5.1, Some((51, 10_000)))
            .status("amber", "within_tolerance"),
        row("savings over subscriptions", &per(1, "times").at_least(3), &savings)
            .named("times", 3.1, Some((310, 100)))
            .status("green", "meets_threshold"),
    ]);
}

#[test]
fn a_percentage_may_exceed_100_if_the_measure_allows_it() {
    let forms = entries([reading(10, "2017-06-30", 9_498, 8_241)]);
    let measure = json!({ "kind": "ratio", "may_exceed": true });
    check([row("forms returned", &target(measure).at_least(100), &forms)
        .rate(9_498, 8_241, 115.25)
        .status("green", "meets_threshold")]);
}
