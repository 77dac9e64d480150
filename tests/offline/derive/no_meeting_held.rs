//! Why there is no value if no meeting was held, for every measure that reads meetings.

use serde_json::{Value, json};

use super::builders::{Facts, LAST_DAY, Meeting, meeting, meetings, nothing, target};
use super::table::{Row, check, row};

const COUNT: &str = "meetings_held";

fn measures() -> [Value; 5] {
    [
        json!({ "kind": COUNT }),
        json!({ "kind": "attendance_rate" }),
        json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }),
        json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" }),
        json!({ "kind": "council_coverage", "basis": "attendance" }),
    ]
}

fn cancelled() -> Meeting {
    meeting(10, "2017-05-01").cancelled()
}

/// The cohort of a coverage, about which nothing is recorded. Other measures do not read it.
fn facts(of: impl IntoIterator<Item = Meeting>) -> Facts {
    meetings(of).unrecorded(4)
}

/// A name, the meetings, the day of the handover, the requested day, and the reason.
type Case = (&'static str, Facts, Option<&'static str>, &'static str, &'static str);

/// The status that goes with a reason.
fn status(reason: &str) -> &'static str {
    match reason {
        "not_due" => "not_due",
        "handed_over" => "not_applicable",
        _ => "no_data",
    }
}

#[test]
fn the_first_true_condition_gives_the_reason() {
    let scheduled = || meeting(11, "2017-10-01").scheduled();
    let none = || facts([]);
    let cases: [Case; 16] = [
        ("no meeting is recorded", none(), None, LAST_DAY, "no_meeting"),
        ("no meeting, within the year", none(), None, "2017-04-01", "no_meeting"),
        ("the year has not begun", none(), None, "2017-03-31", "not_due"),
        ("a meeting is to come", facts([scheduled()]), None, "2017-09-30", "not_due"),
        ("a day passed without a report", facts([scheduled()]), None, "2017-10-01", "no_meeting"),
        ("cancelled for a later day", facts([cancelled()]), None, "2017-04-30", "not_due"),
        ("one is cancelled, one to come", facts([cancelled(), scheduled()]), None, "2017-09-30", "not_due"),
        ("one cancelled, one not reported", facts([cancelled(), scheduled()]), None, LAST_DAY, "no_meeting"),
        ("handed over on the day", none(), Some("2017-08-01"), "2017-08-01", "handed_over"),
        ("handed over on the next day", none(), Some("2017-08-01"), "2017-07-31", "no_meeting"),
        ("handed over on the first day", none(), Some("2017-04-01"), LAST_DAY, "handed_over"),
        ("handed over long before", none(), Some("2010-01-01"), LAST_DAY, "handed_over"),
        ("handed over before the year", none(), Some("2010-01-01"), "2017-03-31", "handed_over"),
        ("before the year and the handover", none(), Some("2017-04-01"), "2017-03-31", "not_due"),
        ("cancelled, then handed over", facts([cancelled()]), Some("2017-08-01"), LAST_DAY, "handed_over"),
        ("not reported, handed over", facts([scheduled()]), Some("2018-01-01"), LAST_DAY, "handed_over"),
    ];
    check(measures().iter().flat_map(|measure| {
        cases.iter().map(move |(name, facts, handed_over, day, reason)| {
            let target = target(measure.clone()).at_least(4).as_at(day);
            let target = match handed_over {
                Some(handed_over) => target.handed_over_on(handed_over),
                None => target,
            };
            row(format!("{measure}: {name}"), &target, facts)
                .no_value(reason, status(reason))
                .with(json!({ "direction": { "short": "none", "long": "none" } }))
        })
    }));
}

#[test]
fn a_rate_whose_meetings_were_all_cancelled_has_no_value() {
    let later = || meeting(11, "2017-10-01").cancelled();
    check(measures().iter().filter(|measure| measure["kind"] != COUNT).flat_map(|measure| {
        let rate = target(measure.clone()).at_least(60);
        let is_cancelled = |row: Row| row.no_value("meeting_cancelled", "no_data").missing([]);
        [
            is_cancelled(row(
                format!("{measure}: on the day"),
                &rate.clone().as_at("2017-05-01"),
                &facts([cancelled()]),
            )),
            is_cancelled(row(format!("{measure}: on the last day"), &rate, &facts([cancelled(), later()]))),
            row(
                format!("{measure}: the second is to come"),
                &rate.clone().as_at("2017-09-30"),
                &facts([cancelled(), later()]),
            )
            .no_value("not_due", "not_due"),
            is_cancelled(row(
                format!("{measure}: once both days have come"),
                &rate.as_at("2017-10-01"),
                &facts([cancelled(), later()]),
            )),
        ]
    }));
}

#[test]
fn a_meeting_still_to_come_is_not_due_though_the_groups_are_handed_over() {
    let ahead = facts([meeting(10, "2017-10-01").scheduled()]);
    check(measures().iter().filter(|measure| measure["kind"] != COUNT).map(|measure| {
        let rate = target(measure.clone()).at_least(60).handed_over_on("2017-08-01").as_at("2017-09-01");
        row(measure.to_string(), &rate, &ahead).no_value("not_due", "not_due")
    }));
}

#[test]
fn every_measure_counts_planned_cancelled_and_unreported_meetings() {
    let scheduled = meeting(11, "2017-10-01").scheduled();
    let of_the_month = meeting(12, "2017-10-01").counts_from("2017-10-31").scheduled();
    let all = || facts([cancelled(), scheduled.clone(), of_the_month.clone()]);
    let counts = |planned: i64, cancelled: i64, unreported: i64| {
        json!({ "completeness": { "meetings_planned": planned, "meetings_held": 0, "meetings_inquorate": 0,
            "meetings_cancelled": cancelled, "meetings_unreported": unreported, "provisional": unreported > 0 } })
    };
    check(measures().iter().flat_map(|measure| {
        let on = |day: &str, facts: &Facts| row(format!("{measure} on {day}"), &target(measure.clone()).as_at(day), facts);
        let [future, past, unreported] = ["meeting_in_future", "meeting_cancelled", "meeting_unreported"];
        let none = if measure["basis"] == "attendance" || measure["kind"] == "attendance_rate" { json!(0) } else { Value::Null };
        [
            on(LAST_DAY, &nothing()).with(counts(0, 0, 0)).missing([]),
            on("2017-04-30", &all()).with(counts(3, 0, 0)).missing([]).left_out([(10, future), (11, future), (12, future)]),
            on("2017-05-01", &all()).with(counts(3, 1, 0)).missing([]).left_out([(10, past), (11, future), (12, future)]),
            on("2017-10-30", &all())
                .with(counts(3, 1, 1))
                .missing(["meeting_report"])
                .left_out([(10, past), (11, unreported), (12, future)]),
            on("2017-10-31", &all())
                .with(counts(3, 1, 2))
                .missing(["meeting_report", "meeting_report"])
                .left_out([(10, past), (11, unreported), (12, unreported)]),
            on("2017-10-31", &all()).with(json!({ "completeness": { "registers_closed": none, "registers_open": none, "registers_not_kept": none } })),
        ]
    }));
}
