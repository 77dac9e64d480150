//! Running counts: beside the pace, the profile, the threshold and the cap.

use serde_json::{Value, json};

use super::builders::{Facts, LAST_DAY, Target, entries, entry, target};
use super::table::{Row, check, row};

fn count() -> Target {
    target(json!({ "kind": "count_total", "unit_name": "events" }))
}

fn with_profile(points: Value) -> Target {
    target(json!({ "kind": "count_total", "unit_name": "events", "profile": points }))
}

/// A count that was entered on the second day of the year.
fn so_many(count: i64) -> Facts {
    entries([entry(10, "2017-04-02").count(count)])
}

/// What the value is compared with, and where amber begins.
fn compared_with(expected: impl Into<Option<f64>>, amber_from: f64) -> Value {
    json!({ "expected_by_now": expected.into(), "amber_from": amber_from })
}

#[test]
fn within_the_year_a_count_is_compared_with_an_even_pace() {
    // One a day: 30 are expected by 30 April.
    let daily = count().at_least(365);
    let on = |day: &str, count| {
        row(format!("{count} on {day}"), &daily.clone().as_at(day), &so_many(count)).value(count)
    };
    check([
        on("2017-04-30", 30).status("green", "on_course").with(compared_with(30.0, 27.0)),
        on("2017-04-30", 29).status("amber", "slightly_behind").with(compared_with(30.0, 27.0)),
        on("2017-04-30", 27).status("amber", "slightly_behind"),
        on("2017-04-30", 26).status("red", "behind"),
        on("2017-05-02", 30).status("amber", "slightly_behind").with(compared_with(32.0, 28.8)),
        on("2017-05-10", 30).status("red", "behind").with(compared_with(40.0, 36.0)),
        on("2018-03-30", 30).status("red", "behind").with(compared_with(364.0, 327.6)),
        on(LAST_DAY, 30).status("red", "misses_threshold").with(compared_with(365.0, 328.5)),
        on(LAST_DAY, 365).status("green", "meets_threshold"),
        on(LAST_DAY, 329).status("amber", "within_tolerance"),
        on(LAST_DAY, 328).status("red", "misses_threshold").with(json!({ "variance": -37 })),
        on("2099-01-01", 365).status("green", "meets_threshold").with(json!({ "as_at": LAST_DAY })),
        row("before the year nothing is expected", &daily.clone().as_at("2017-03-31"), &so_many(30))
            .no_value("not_due", "not_due")
            .with(compared_with(0.0, 0.0)),
        row("on the first day", &daily.clone().as_at("2017-04-01"), &entries([]))
            .with(compared_with(1.0, 0.9)),
        // 2 are less than 12 x 91 / 365: 2 x 365 < 12 x 91.
        row("a pace is compared exactly", &count().at_least(12).as_at("2017-06-30"), &so_many(2))
            .status("red", "behind")
            .with(compared_with(2.99, 2.69))
            .explained(json!({ "comparison": { "against": "expected_by_now",
                "green": { "left": "730", "operator": "at_least", "right": "1092", "holds": false } } })),
        // One in 365 days is expected: on 2 April 2 / 365, which is shown as 0.01.
        row("0 is behind once anything is expected", &count().at_least(1).as_at("2017-04-02"), &so_many(0))
            .status("red", "behind")
            .with(compared_with(0.01, 0.0)),
        row(
            "the entries are added up",
            &daily.as_at("2017-04-30"),
            &entries([
                entry(10, "2017-04-02").count(20),
                entry(11, "2017-04-30").count(10),
                entry(12, "2017-05-01").count(70),
            ]),
        )
        .value(30)
        .with(json!({ "detail": { "unit_name": "events", "entries": 2 } }))
        .left_out([]),
    ]);
}

#[test]
fn a_threshold_of_0_expects_nothing_within_the_year() {
    let on = |day: &str, count| {
        row(format!("{count} on {day}"), &self::count().at_least(0).as_at(day), &so_many(count)).value(count)
    };
    check([
        on("2017-06-12", 0).status("not_due", "nothing_expected_yet").with(compared_with(0.0, 0.0)),
        on("2017-06-12", 1).status("green", "on_course"),
        on(LAST_DAY, 0).status("green", "meets_threshold").with(compared_with(0.0, 0.0)),
    ]);
}

#[test]
fn a_profile_expects_in_steps() {
    let points = json!([{ "by_on": "2017-06-30", "expected": 2 }, { "by_on": "2017-12-31", "expected": 50 }]);
    let stepped = |day: &str| with_profile(points.clone()).at_least(50).as_at(day);
    let on = |day: &str, count| row(format!("{count} on {day}"), &stepped(day), &so_many(count)).value(count);
    let lower = |day: &str| {
        row(format!("2 of 10 on {day}"), &stepped(day).revised("2017-04-01", 10), &so_many(2)).value(2)
    };
    check([
        on("2017-06-29", 0).status("not_due", "nothing_expected_yet").with(compared_with(0.0, 0.0)),
        on("2017-06-29", 1).status("green", "on_course").with(compared_with(0.0, 0.0)),
        on("2017-06-30", 2).status("green", "on_course").with(compared_with(2.0, 1.8)),
        on("2017-06-30", 1).status("red", "behind"),
        on("2017-06-30", 0).status("red", "behind"),
        on("2017-12-30", 2).status("green", "on_course").with(compared_with(2.0, 1.8)),
        on("2017-12-31", 50).status("green", "on_course").with(compared_with(50.0, 45.0)),
        on("2017-12-31", 45).status("amber", "slightly_behind"),
        on("2017-12-31", 44).status("red", "behind"),
        on(LAST_DAY, 50).status("green", "meets_threshold").with(compared_with(50.0, 45.0)),
        // A revision makes the threshold smaller than the second point.
        lower("2017-06-29").status("green", "on_course").with(compared_with(0.0, 0.0)),
        lower("2017-06-30").status("green", "on_course").with(compared_with(2.0, 1.8)),
        lower("2017-12-31").status("red", "behind").with(compared_with(10.0, 9.0)),
    ]);
}

#[test]
fn an_absolute_tolerance_is_the_same_on_every_day_and_reaches_down_to_0() {
    let forty = |day: &str| count().at_least(365).absolute_tolerance(40).as_at(day);
    let none = |day: &str| count().at_least(365).absolute_tolerance(0).as_at(day);
    let twenty = count().at_least(20).absolute_tolerance(2).as_at("2017-06-12");
    let steps = with_profile(json!([{ "by_on": "2017-06-12", "expected": 4 }]));
    let steps = steps.at_least(20).absolute_tolerance(2).as_at("2017-06-12");
    check([
        row("40 of 70", &forty("2017-06-09"), &so_many(30))
            .status("amber", "slightly_behind")
            .with(compared_with(70.0, 30.0)),
        row("more than 40", &forty("2017-06-09"), &so_many(29)).status("red", "behind"),
        row("down to 0", &forty("2017-04-30"), &so_many(0))
            .status("amber", "slightly_behind")
            .with(compared_with(30.0, 0.0)),
        row("of the threshold", &forty(LAST_DAY), &so_many(325))
            .status("amber", "within_tolerance")
            .with(compared_with(365.0, 325.0)),
        row("no tolerance", &none("2017-04-30"), &so_many(29))
            .status("red", "behind")
            .with(compared_with(30.0, 30.0)),
        // 12 June is the 73rd day of 365, so 4 of 20 are expected.
        row("at an even pace", &twenty, &so_many(3))
            .status("amber", "slightly_behind")
            .with(compared_with(4.0, 2.0)),
        row("in steps", &steps, &so_many(3)).status("amber", "slightly_behind").with(compared_with(4.0, 2.0)),
        row("at an even pace, by 3", &twenty, &so_many(1)).status("red", "behind"),
        row("in steps, by 3", &steps, &so_many(1)).status("red", "behind"),
    ]);
}

#[test]
fn a_relative_tolerance_is_of_the_number_expected_by_now() {
    let points = json!([{ "by_on": "2017-06-30", "expected": 20 }]);
    let stepped = |day: &str| with_profile(points.clone()).at_least(365).as_at(day);
    let explained = |row: Row, amber_from: f64| {
        row.with(json!({ "amber_from": amber_from }))
            .explained(json!({ "rule": { "amber_from": amber_from } }))
    };
    let daily = |day: &str| row(format!("daily on {day}"), &count().at_least(365).as_at(day), &so_many(27));
    let steps = |day: &str| row(format!("in steps on {day}"), &stepped(day), &so_many(27));
    check([
        explained(daily("2017-04-30"), 27.0)
            .status("amber", "slightly_behind")
            .rule_ends("; green from 30 (expected by 2017-04-30, of 365), amber from 27, else red."),
        explained(daily("2017-04-01"), 0.9),
        explained(daily("2018-03-30"), 327.6),
        explained(daily(LAST_DAY), 328.5),
        explained(steps("2017-06-29"), 0.0),
        explained(steps("2017-06-30"), 18.0),
        explained(steps(LAST_DAY), 328.5),
        explained(
            row("5 % of 40", &count().at_least(365).relative_tolerance(5).as_at("2017-05-10"), &so_many(38)),
            38.0,
        )
        .status("amber", "slightly_behind"),
    ]);
}

#[test]
fn a_cap_is_compared_with_its_whole_threshold_on_any_day() {
    let cap = count().at_most(4);
    let on = |day: &str, count| {
        row(format!("{count} of at most 4 on {day}"), &cap.clone().as_at(day), &so_many(count))
            .value(count)
            .with(compared_with(None, 4.4))
    };
    check([
        on("2017-04-30", 1)
            .status("green", "meets_threshold")
            .explained(json!({ "comparison": { "against": "threshold",
                "green": { "left": "1", "operator": "at_most", "right": "4", "holds": true } } }))
            .rule_ends("; green up to 4, else red."),
        on("2017-07-01", 4).status("green", "meets_threshold"),
        on(LAST_DAY, 4).status("green", "meets_threshold"),
        on("2017-08-01", 5).status("red", "misses_threshold"),
        on(LAST_DAY, 5).status("red", "misses_threshold"),
        row("nothing so far is no reason to wait", &count().at_most(4).as_at("2017-04-30"), &so_many(0))
            .value(0)
            .status("green", "meets_threshold"),
        row("11 of at most 10", &count().at_most(10).as_at("2017-04-30"), &so_many(11))
            .status("amber", "within_tolerance"),
        row("a cap without an entry", &count().at_most(4).as_at("2017-04-30"), &entries([]))
            .no_value("not_due", "not_due")
            .with(compared_with(None, 4.4)),
    ]);
}

#[test]
fn a_cap_with_a_profile_is_compared_with_the_last_point_reached() {
    let points =
        json!([{ "by_on": "2017-04-10", "expected": 10 }, { "by_on": "2017-10-01", "expected": 40 }]);
    let on = |day: &str, count| {
        let cap = with_profile(points.clone()).at_most(50).as_at(day);
        row(format!("{count} on {day}"), &cap, &so_many(count)).value(count)
    };
    check([
        on("2017-04-09", 0).status("green", "on_course").with(compared_with(0.0, 0.0)),
        on("2017-04-09", 1).status("red", "behind").with(compared_with(0.0, 0.0)),
        on("2017-04-10", 10).status("green", "on_course").with(compared_with(10.0, 11.0)),
        on("2017-04-30", 11).status("amber", "slightly_behind").with(compared_with(10.0, 11.0)),
        on("2017-04-30", 12).status("red", "behind"),
        on("2017-10-01", 11).status("green", "on_course").with(compared_with(40.0, 44.0)),
        on(LAST_DAY, 11).status("green", "meets_threshold").with(compared_with(50.0, 55.0)),
    ]);
}

#[test]
fn without_a_threshold_a_count_has_no_colour() {
    check([row("in June", &count().as_at("2017-06-12"), &so_many(3))
        .value(3)
        .status("contextual", "no_threshold")
        .with(json!({ "expected_by_now": null, "amber_from": null, "variance": null }))]);
}
