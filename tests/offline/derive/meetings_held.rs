//! The number of meetings held: beside what was planned so far, and beside the threshold.

use serde_json::json;

use super::builders::{Facts, LAST_DAY, Meeting, Target, id, meeting, meetings, target};
use super::table::{check, row};

fn held() -> Target {
    target(json!({ "kind": "meetings_held" }))
}

/// So many meetings on consecutive days from 1 May.
fn in_may(n: u128) -> impl Iterator<Item = Meeting> {
    (1..=n).map(|i| meeting(i, &format!("2017-05-{i:02}")))
}

/// Meetings of the 5th of each month from April, of which the last two were not held.
fn half_a_year() -> Facts {
    let month = |n: u128| meeting(n, &format!("2017-{n:02}-05"));
    meetings((4..8).map(month).chain([month(8).cancelled(), month(9).scheduled()]))
}

#[test]
fn on_the_last_day_the_count_is_compared_with_the_threshold() {
    let case = |name: &str, target: Target, n, status: &str, reason: &str, amber_from: f64| {
        row(name, &target, &meetings(in_may(n)))
            .value(i64::try_from(n).expect("a count"))
            .status(status, reason)
            .with(
                json!({ "amber_from": amber_from, "unit": "count", "numerator": null, "denominator": null }),
            )
    };
    check([
        case("at the threshold", held().at_least(4), 4, "green", "meets_threshold", 3.6),
        case("above it", held().at_least(4), 5, "green", "meets_threshold", 3.6),
        case("one below it", held().at_least(4), 3, "red", "misses_threshold", 3.6),
        case("a tenth below it", held().at_least(20), 18, "amber", "within_tolerance", 18.0),
        case("more than a tenth below it", held().at_least(20), 17, "red", "misses_threshold", 18.0),
        case(
            "one below, one allowed",
            held().at_least(4).absolute_tolerance(1),
            3,
            "amber",
            "within_tolerance",
            3.0,
        ),
        case(
            "two below, one allowed",
            held().at_least(4).absolute_tolerance(1),
            2,
            "red",
            "misses_threshold",
            3.0,
        ),
        case("at the cap", held().at_most(20), 20, "green", "meets_threshold", 22.0),
        case("a tenth above the cap", held().at_most(20), 22, "amber", "within_tolerance", 22.0),
        case("more than a tenth above", held().at_most(20), 23, "red", "misses_threshold", 22.0),
        row("a variance is the value less the threshold", &held().at_least(4), &meetings(in_may(2)))
            .with(json!({ "variance": -2, "threshold": 4, "expected_by_now": 4 })),
        row("without a threshold", &held(), &meetings(in_may(2)))
            .value(2)
            .status("contextual", "no_threshold")
            .with(json!({ "variance": null, "amber_from": null, "expected_by_now": null })),
    ]);
}

#[test]
fn within_the_year_the_count_is_compared_with_the_meetings_planned_so_far() {
    let two_held = meetings([
        meeting(10, "2017-05-01"),
        meeting(11, "2017-06-01"),
        meeting(12, "2018-02-01").scheduled(),
    ]);
    let one_cancelled = meetings([
        meeting(10, "2017-05-01"),
        meeting(11, "2017-06-01").inquorate(),
        meeting(12, "2017-07-01").cancelled(),
        meeting(13, "2018-02-01").scheduled(),
    ]);
    let now = |name: &str, target: Target, facts: &Facts, expected: f64, amber_from: f64| {
        row(name, &target, facts).with(json!({ "expected_by_now": expected, "amber_from": amber_from }))
    };
    let twenty = |held: u128| {
        meetings(in_may(held).chain((held + 1..=20).map(|i| meeting(i, "2017-06-01").cancelled())))
    };
    let december = |threshold| held().at_least(threshold).as_at("2017-12-31");
    check([
        now("as many as planned", december(4), &two_held, 2.0, 1.8).value(2).status("green", "on_course"),
        now("a cancelled meeting was planned", december(4), &one_cancelled, 3.0, 2.7).value(2).status("red", "behind"),
        now("a tenth behind", december(24), &twenty(18), 20.0, 18.0).value(18).status("amber", "slightly_behind"),
        now("more than a tenth behind", december(24), &twenty(17), 20.0, 18.0).value(17).status("red", "behind"),
        now("never more than the threshold", december(15), &twenty(15), 15.0, 13.5).value(15).status("green", "on_course"),
        now("four of six", held().at_least(12).as_at("2017-09-30"), &half_a_year(), 6.0, 5.4).value(4).status("red", "behind"),
        now("an unreported meeting was planned", held().at_least(12).as_at("2017-09-05"), &half_a_year(), 6.0, 5.4),
        now("before its day it was not", held().at_least(12).as_at("2017-09-04"), &half_a_year(), 5.0, 4.5)
            .value(4)
            .status("red", "behind"),
        now("an absolute tolerance", held().at_least(12).absolute_tolerance(2).as_at("2017-09-30"), &half_a_year(), 6.0, 4.0)
            .status("amber", "slightly_behind"),
        now("on the last day it is the threshold", held().at_least(4), &one_cancelled, 4.0, 3.6)
            .value(2)
            .status("red", "misses_threshold")
            .with(json!({ "variance": -2 })),
        row("inquorate and cancelled meetings are counted", &december(4), &one_cancelled)
            .with(json!({ "completeness": { "meetings_planned": 4, "meetings_held": 2, "meetings_inquorate": 1,
                "meetings_cancelled": 1, "meetings_unreported": 0 } }))
            .left_out([(12, "meeting_cancelled"), (13, "meeting_in_future")])
            .missing([]),
        row("the comparison is with the number planned", &december(4), &one_cancelled)
            .explained(json!({ "comparison": { "against": "expected_by_now", "green": { "left": "2", "right": "3" } } }))
            .rule_ends("; green from 3 (expected by 2017-12-31, of 4), else red."),
    ]);
}

#[test]
fn a_cap_is_compared_with_its_whole_threshold_on_any_day() {
    let facts = meetings([
        meeting(10, "2017-04-10"),
        meeting(11, "2017-04-11").cancelled(),
        meeting(12, "2017-12-01").scheduled(),
    ]);
    check([row("one of at most 20", &held().at_most(20).as_at("2017-04-10"), &facts)
        .value(1)
        .status("green", "meets_threshold")
        .with(json!({ "expected_by_now": null, "amber_from": 22 }))]);
}

#[test]
fn if_all_meetings_were_cancelled_the_value_is_0() {
    let (may, october) = (meeting(10, "2017-05-01").cancelled(), meeting(11, "2017-10-01"));
    let one = meetings([may.clone()]);
    let both = meetings([may.clone(), october.clone().cancelled()]);
    let unreported = meetings([may.clone(), october.clone().scheduled()]);
    let held_later = meetings([may, october]);
    let on = |day: &str, facts: &Facts| row(format!("on {day}"), &held().at_least(4).as_at(day), facts);
    check([
        on("2017-04-30", &one).no_value("not_due", "not_due").left_out([(10, "meeting_in_future")]),
        on("2017-05-01", &one)
            .value(0)
            .status("red", "meeting_cancelled")
            .left_out([(10, "meeting_cancelled")]),
        on(LAST_DAY, &one).value(0).status("red", "meeting_cancelled").missing([]),
        on("2017-09-30", &both).no_value("not_due", "not_due"),
        on("2017-10-01", &both).value(0).status("red", "meeting_cancelled"),
        on("2017-09-30", &unreported).no_value("not_due", "not_due"),
        on("2017-10-01", &unreported).no_value("no_meeting", "no_data").missing(["meeting_report"]),
        on("2017-10-01", &held_later).value(1).status("red", "behind"),
        on(LAST_DAY, &held_later).value(1).status("red", "misses_threshold"),
        row("at most", &held().at_most(4), &one).value(0).status("green", "meeting_cancelled"),
        row("without a threshold", &held(), &one).value(0).status("contextual", "no_threshold"),
    ]);
}

#[test]
fn from_the_handover_on_there_was_nothing_to_do() {
    // Example 4.1.2: the group met in June, and was handed over in August.
    let facts = meetings([meeting(10, "2017-06-01")]);
    let handed_over = |day: &str| held().at_least(2).handed_over_on("2017-08-01").as_at(day);
    check([
        row("on the day before", &handed_over("2017-07-31"), &facts)
            .value(1)
            .status("green", "on_course")
            .left_out([]),
        row("on the day", &handed_over("2017-08-01"), &facts)
            .no_value("handed_over", "not_applicable")
            .left_out([(10, "handed_over")]),
        row("on the last day", &handed_over(LAST_DAY), &facts).no_value("handed_over", "not_applicable"),
    ]);
}

#[test]
fn a_revision_shows_the_status_against_the_threshold_before_it() {
    // Example 2.2.1: two summits a year, and one from 26 January on.
    let facts = meetings([meeting(10, "2018-01-26")]);
    let on = |day: &str| row(day, &held().at_least(2).revised("2018-01-26", 1).as_at(day), &facts);
    let previous = |status: &str| {
        json!({ "threshold": 1, "revision": { "revised_on": "2018-01-26", "original_threshold": 2,
            "previous_threshold": 2, "previous_status": status } })
    };
    check([
        on("2018-01-25").no_value("not_due", "not_due").with(json!({ "threshold": 2, "revision": null })),
        on("2018-01-26").value(1).status("green", "on_course").with(previous("green")),
        on("2018-03-30").value(1).status("green", "on_course").with(previous("green")),
        on(LAST_DAY).value(1).status("green", "meets_threshold").with(previous("red")),
    ]);
}

#[test]
fn the_parts_of_a_count_have_no_rate() {
    let facts = meetings([
        meeting(10, "2017-05-01"),
        meeting(11, "2017-06-01").group(5),
        meeting(12, "2017-07-01").group(5).inquorate(),
        meeting(13, "2017-08-01").group(5).cancelled(),
    ]);
    let part = |group: u128, meetings: i64| {
        json!({ "group_id": id(group), "aggregate": null, "meetings": meetings, "numerator": null,
            "denominator": null, "value_percent": null })
    };
    check([row("two groups", &held().at_least(3), &facts)
        .value(3)
        .with(json!({ "parts": [part(3, 1), part(5, 2)] }))]);
}
