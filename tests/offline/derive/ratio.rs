//! Ratios: summed, the latest, or the lowest reading.

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
        row("minimum, at most: the highest", &ratio("minimum").at_most(60), &two)
            .rate(5, 10, 50.0)
            .left_out([(10, "another_decides")]),
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
    check([row("none of 10, and 3 of 10", &ratio("minimum").at_most(0), &facts)
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
        row("at most, the minimum ignores it too", &ratio("minimum").at_most(60), &then_nothing)
            .rate(4, 10, 40.0),
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
        row("at most", &ratio("minimum").at_most(60), &facts).rate(1, 2, 50.0).left_out(first),
        row("on a day in between", &ratio("minimum").as_at("2017-05-31"), &facts)
            .rate(1, 2, 50.0)
            .left_out([]),
        row("on the last day", &ratio("minimum").as_at(LAST_DAY), &facts).rate(1, 2, 50.0),
    ]);
}
