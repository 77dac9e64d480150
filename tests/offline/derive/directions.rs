//! The short direction of travel: a reading against the reading before.

use serde_json::json;

use super::builders::{Meeting, Target, entries, entry, meeting, meetings, nothing, target};
use super::table::{Row, check, row};

pub(super) fn attendance() -> Target {
    target(json!({ "kind": "attendance_rate" })).at_least(60)
}

pub(super) fn count() -> Target {
    target(json!({ "kind": "count_total", "unit_name": "x" })).at_least(20)
}

pub(super) fn ratio(aggregate: &str) -> Target {
    target(json!({ "kind": "ratio", "aggregate": aggregate })).at_least(80)
}

fn short(row: Row, direction: &str, basis_changed: bool) -> Row {
    row.with(json!({ "direction": { "short": direction, "short_basis_changed": basis_changed } }))
}

#[test]
fn meetings_of_the_same_group_are_compared() {
    let may = |n, attended, expected| meeting(n, "2017-05-01").attended(attended, expected);
    let june = |n, attended, expected| meeting(n, "2017-06-01").attended(attended, expected);
    let july = |n, attended, expected| meeting(n, "2017-07-01").attended(attended, expected);
    let case = |name: &str, of: Vec<Meeting>| row(name, &attendance(), &meetings(of));
    check([
        short(case("one meeting", vec![may(10, 1, 2)]), "none", false),
        short(case("lower", vec![may(10, 2, 2), june(11, 1, 2)]), "declined", false),
        short(case("higher", vec![may(10, 1, 2), june(11, 2, 2)]), "improved", false),
        short(case("equal, of another number", vec![may(10, 1, 2), june(11, 2, 4)]), "same", true),
        short(
            case("another group in between", vec![may(10, 2, 4), june(11, 4, 4).group(5), july(12, 3, 4)]),
            "improved",
            false,
        ),
        short(
            case("the first of its group", vec![may(10, 2, 4), june(11, 3, 4), july(12, 1, 4).group(5)]),
            "none",
            false,
        ),
        short(
            case(
                "open events",
                vec![may(10, 2, 4).open_event(), june(11, 4, 4), july(12, 1, 4).open_event()],
            ),
            "declined",
            false,
        ),
        short(
            case(
                "an open register is no reading",
                vec![may(10, 2, 4), june(11, 3, 4), meeting(12, "2017-07-01").register_open()],
            ),
            "improved",
            false,
        ),
        short(
            row(
                "where less is better",
                &attendance().at_most(60),
                &meetings([may(10, 2, 2), june(11, 1, 2)]),
            ),
            "improved",
            false,
        ),
        short(
            row(
                "before the second",
                &attendance().as_at("2017-05-31"),
                &meetings([may(10, 2, 2), june(11, 1, 2)]),
            ),
            "none",
            false,
        ),
    ]);
}

#[test]
fn each_measure_has_readings_of_its_own() {
    let briefing = target(json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }));
    let forms = target(json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" }));
    let covered = target(json!({ "kind": "council_coverage", "basis": "entries" })).at_least(90);
    let by_occasion =
        |n, on: &str, occasion: &str, numerator| entry(n, on).occasion(occasion).ratio(numerator, 34);
    let payroll = entries([
        by_occasion(10, "2017-05-01", "payroll", 30),
        by_occasion(11, "2017-06-01", "other", 34),
        by_occasion(12, "2017-07-01", "payroll", 32),
    ]);
    let occasions = |first: (i64, i64), second: (i64, i64)| {
        nothing().occasion(Some("spring"), first.0, first.1).occasion(Some("autumn"), second.0, second.1)
    };
    let then_nothing = entries([
        entry(10, "2017-05-01").ratio(1, 2),
        entry(11, "2017-06-01").ratio(2, 2),
        entry(12, "2017-07-01").ratio(0, 0),
    ]);
    check([
        short(
            row(
                "a deliverable",
                &briefing,
                &meetings([
                    meeting(10, "2017-05-01").delivered(true),
                    meeting(11, "2017-06-01"),
                    meeting(12, "2017-07-01").delivered(false),
                ]),
            ),
            "declined",
            false,
        ),
        short(
            row(
                "forms",
                &forms,
                &meetings([meeting(10, "2017-05-01").forms(7, 10), meeting(11, "2017-06-01").forms(4, 5)]),
            ),
            "improved",
            false,
        ),
        short(row("readings of the same occasion", &ratio("latest"), &payroll), "improved", false),
        short(
            row("before its second reading", &ratio("latest").as_at("2017-06-30"), &payroll),
            "none",
            false,
        ),
        short(row("occasions of a coverage", &covered, &occasions((2, 2), (1, 2))), "declined", false),
        short(
            row("occasions with cohorts of other sizes", &covered, &occasions((1, 2), (2, 3))),
            "improved",
            true,
        ),
        short(row("without a value there is no direction", &ratio("latest"), &then_nothing), "none", false),
    ]);
}

#[test]
fn reporting_periods_that_have_ended_are_compared() {
    let quarterly = |day: &str| count().frequencies(&["quarterly"]).as_at(day);
    let counts = entries([
        entry(10, "2017-05-01").count(4),
        entry(11, "2017-08-01").count(3),
        entry(12, "2017-09-30").count(2),
    ]);
    let balance = target(json!({ "kind": "financial_balance", "area": "a" })).frequencies(&["quarterly"]);
    let money = entries([entry(10, "2017-05-01").money(100, 0), entry(11, "2017-08-01").money(100, 50)]);
    let held = target(json!({ "kind": "meetings_held" })).at_least(4).frequencies(&["quarterly"]);
    let summer = [meeting(10, "2017-08-01"), meeting(11, "2017-08-01")];
    let of_the_year = meeting(12, "2017-05-01").counts_from("2017-12-31");
    let missed = meetings([meeting(10, "2017-05-01"), meeting(11, "2017-08-01").cancelled()]);
    let met = meetings(summer.into_iter().chain([of_the_year]));
    check([
        short(row("5 after 4", &quarterly("2017-09-30"), &counts), "improved", false),
        short(row("the second quarter has not ended", &quarterly("2017-09-29"), &counts), "none", false),
        short(
            row("a quarter without a report is no reading", &quarterly("2017-12-31"), &counts),
            "improved",
            false,
        )
        .with(json!({ "completeness": { "readings_due": 2, "readings_received": 2 } })),
        short(row("without a schedule there are no periods", &count(), &counts), "none", false),
        short(row("a balance of 50 after 100", &balance, &money), "declined", false),
        short(
            row("two meetings, then the one of the year", &held.clone().as_at("2018-01-15"), &met),
            "declined",
            false,
        )
        .value(3),
        short(
            row("a cancelled meeting was missed", &held.clone().as_at("2017-09-30"), &missed),
            "declined",
            false,
        ),
        short(
            row("a quarter without a meeting is no reading", &held.as_at("2017-12-31"), &missed),
            "declined",
            false,
        ),
    ]);
}
