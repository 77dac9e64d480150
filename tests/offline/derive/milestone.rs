//! Milestones: a state, and the day on which it is due.

use serde_json::json;

use super::builders::{Facts, LAST_DAY, Target, entries, entry, nothing, target};
use super::table::{check, row};

fn milestone() -> Target {
    target(json!({ "kind": "milestone" }))
}

fn states<const N: usize>(states: [(&str, &str); N]) -> Facts {
    entries((10..).zip(states).map(|(n, (on, state))| entry(n, on).state(state)))
}

#[test]
fn the_latest_state_and_the_due_date_give_the_status() {
    let october = |day: &str| milestone().due_on("2017-10-01").as_at(day);
    let (before, on, after) = ("2017-09-30", "2017-10-01", "2017-12-01");
    let case = |day: &str, state: &str, value, status: &str, reason: &str| {
        row(format!("{state} on {day}"), &october(day), &states([("2017-05-01", state)]))
            .value(value)
            .status(status, reason)
            .with(json!({ "detail": { "state": state, "due_on": "2017-10-01" } }))
    };
    check([
        case(before, "achieved", 1, "green", "achieved"),
        case(before, "missed", 0, "red", "missed"),
        case(before, "planned", 0, "not_due", "before_due_date"),
        case(before, "started", 0, "not_due", "before_due_date"),
        case(on, "achieved", 1, "green", "achieved"),
        case(on, "missed", 0, "red", "missed"),
        case(on, "planned", 0, "red", "overdue"),
        case(on, "started", 0, "red", "overdue"),
        case(after, "achieved", 1, "green", "achieved"),
        case(after, "missed", 0, "red", "missed"),
        case(after, "planned", 0, "red", "overdue"),
        case(after, "started", 0, "red", "overdue"),
        row("no entry before the due date", &october(before), &nothing())
            .with(json!({ "value": null, "value_reason": "not_due", "status": "not_due" })),
        row("no entry on the due date", &october(on), &nothing()).no_value("no_entries", "no_data"),
        row("the number of a milestone has no unit", &october(on), &states([("2017-05-01", "achieved")]))
            .with(json!({ "unit": "none", "threshold": null, "variance": null, "amber_from": null,
                "expected_by_now": null, "forecast": null, "numerator": null }))
            .explained(json!({ "comparison": null, "rule": { "due_on": "2017-10-01" } })),
    ]);
}

#[test]
fn without_a_due_date_the_last_day_of_the_year_is_the_due_date() {
    let started = states([("2017-05-01", "started")]);
    check([
        row("the day before", &milestone().as_at("2018-03-30"), &started)
            .value(0)
            .status("not_due", "before_due_date"),
        row("the last day", &milestone(), &started)
            .value(0)
            .status("red", "overdue")
            .with(json!({ "detail": { "due_on": LAST_DAY } })),
        row("no entry, the day before", &milestone().as_at("2018-03-30"), &nothing())
            .with(json!({ "value_reason": "not_due", "status": "not_due" })),
        row("no entry, the last day", &milestone(), &nothing()).no_value("no_entries", "no_data"),
    ]);
}

#[test]
fn a_later_entry_counts_instead_of_an_earlier_one() {
    let overtaken = "overtaken_by_later_reading";
    let october = |day: &str| milestone().due_on("2017-10-01").as_at(day);
    let late = states([("2017-05-01", "started"), ("2017-12-01", "achieved")]);
    let begun = states([("2017-05-01", "planned"), ("2017-06-01", "started")]);
    let given_up = states([("2017-05-01", "planned"), ("2017-06-01", "missed")]);
    let repeated = states([("2017-05-01", "started"), ("2017-06-01", "started")]);
    let moves = |direction: &str| json!({ "direction": { "short": direction } });
    let undone = states([("2017-05-01", "achieved"), ("2017-12-01", "started")]);
    check([
        row("started, before its due date", &october("2017-09-30"), &late)
            .value(0)
            .status("not_due", "before_due_date"),
        row("started, on its due date", &october("2017-10-01"), &late)
            .value(0)
            .status("red", "overdue")
            .left_out([]),
        row("achieved late", &october("2017-12-01"), &late)
            .value(1)
            .status("green", "achieved")
            .left_out([(10, overtaken)])
            .with(moves("improved")),
        row("no longer achieved", &october("2017-12-01"), &undone)
            .value(0)
            .status("red", "overdue")
            .left_out([(10, overtaken)])
            .with(moves("declined")),
        row("started after it was planned", &october("2017-06-01"), &begun).with(moves("improved")),
        row("missed after it was planned", &october("2017-06-01"), &given_up)
            .value(0)
            .status("red", "missed")
            .with(moves("declined")),
        row("still started", &october("2017-06-01"), &repeated).with(moves("same")),
        row("one entry", &october("2017-05-31"), &begun).with(moves("none")),
    ]);
}

#[test]
fn an_achieved_milestone_needs_no_reading_of_a_later_period() {
    // Three quarters of the year have ended.
    let quarterly = milestone().frequencies(&["quarterly"]).as_at("2018-01-15");
    let case = |name: &str, facts: Facts, due: i64, received: i64| {
        row(name, &quarterly, &facts).with(json!({ "completeness": { "readings_due": due,
            "readings_received": received, "provisional": due > received } }))
    };
    let (may, august, november) = ("2017-05-01", "2017-08-01", "2017-11-01");
    let reading = "reading";
    check([
        case("no entry", nothing(), 3, 0).missing([reading; 3]),
        case("started", states([(may, "started")]), 3, 1).missing([reading; 2]),
        case("achieved", states([(may, "achieved")]), 1, 1).missing([]),
        case("achieved on the last day of its period", states([("2017-06-30", "achieved")]), 1, 1)
            .missing([]),
        case("started, then achieved", states([(may, "started"), (august, "achieved")]), 2, 2).missing([]),
        case("achieved in the second period", states([(august, "achieved")]), 2, 1).missing([reading]),
        case("achieved twice", states([(may, "achieved"), (november, "achieved")]), 1, 1).missing([]),
        case("achieved before the year", states([("2017-03-01", "achieved")]), 0, 0).missing([]),
        case("no longer achieved", states([(may, "achieved"), (november, "started")]), 3, 2)
            .missing([reading]),
        case("missed", states([(may, "missed")]), 3, 1).missing([reading; 2]),
    ]);
}
