//! Attendance rates: which meetings and lines count, on which day, and why there is no value.

use serde_json::json;

use super::builders::{LAST_DAY, Target, meeting, meetings, target};
use super::table::{check, row};

fn rate() -> Target {
    target(json!({ "kind": "attendance_rate" })).at_least(60)
}

#[test]
fn the_state_of_the_register_decides_whether_a_meeting_counts() {
    let closed = |n, on: &str| meeting(n, on).attended(2, 2);
    let nobody = |n| meeting(n, "2017-06-01");
    let open = |n| meeting(n, "2017-07-01").register_open();
    let unkept = |n| meeting(n, "2017-08-01").register_not_kept();
    let registers = |closed: i64, open: i64, not_kept: i64| {
        json!({ "completeness": { "registers_closed": closed, "registers_open": open,
            "registers_not_kept": not_kept, "provisional": open > 0 } })
    };
    check([
        row("an open register", &rate(), &meetings([open(10)]))
            .no_value("register_open", "no_data")
            .with(registers(0, 1, 0))
            .left_out([(10, "register_open")])
            .missing(["register"]),
        row("a closed register at which nobody was expected", &rate(), &meetings([nobody(10)]))
            .no_value("no_eligible", "no_data")
            .with(registers(1, 0, 0))
            .left_out([(10, "nobody_expected")])
            .missing([]),
        row("a register that is not kept is not waited for", &rate(), &meetings([unkept(10)]))
            .no_value("no_entries", "no_data")
            .with(registers(0, 0, 1))
            .left_out([(10, "register_not_kept")])
            .missing([]),
        row(
            "all three: the open register is the reason",
            &rate(),
            &meetings([nobody(10), open(11), unkept(12)]),
        )
        .no_value("register_open", "no_data")
        .with(registers(1, 1, 1)),
        row("closed and not kept: nobody was eligible", &rate(), &meetings([nobody(10), unkept(11)]))
            .no_value("no_eligible", "no_data")
            .with(registers(1, 0, 1)),
        row(
            "a closed register beside all three",
            &rate(),
            &meetings([closed(9, "2017-05-01"), nobody(10), open(11), unkept(12)]),
        )
        .rate(2, 2, 100.0)
        .status("green", "meets_threshold")
        .with(registers(2, 1, 1))
        .with(json!({ "detail": { "kind": "attendance_rate", "meetings": 1 } }))
        .left_out([(10, "nobody_expected"), (11, "register_open"), (12, "register_not_kept")])
        .missing(["register"]),
        row(
            "an open register does not count before its meeting",
            &rate().as_at("2017-06-30"),
            &meetings([closed(9, "2017-05-01"), open(11)]),
        )
        .rate(2, 2, 100.0)
        .with(registers(1, 0, 0))
        .left_out([(11, "meeting_in_future")])
        .missing([]),
    ]);
}

#[test]
fn an_inquorate_meeting_counts_and_a_cancelled_one_does_not() {
    let (held, cancelled) = (meeting(10, "2017-05-01").attended(2, 2), meeting(12, "2017-07-01").cancelled());
    let (inquorate, ahead) = (meeting(11, "2017-06-01").inquorate(), meeting(13, "2018-02-01").scheduled());
    let counts = json!({ "completeness": { "meetings_planned": 4, "meetings_held": 2, "meetings_inquorate": 1,
        "meetings_cancelled": 1, "meetings_unreported": 0 } });
    let open = meetings([held.clone(), inquorate.clone().register_open(), cancelled.clone(), ahead.clone()]);
    let closed = meetings([held, inquorate.attended(0, 2), cancelled, ahead]);
    let rate = rate().as_at("2017-12-31");
    check([
        row("its register is open", &rate, &open)
            .rate(2, 2, 100.0)
            .with(counts.clone())
            .missing(["register"])
            .left_out([(11, "register_open"), (12, "meeting_cancelled"), (13, "meeting_in_future")]),
        row("its register is closed", &rate, &closed)
            .rate(2, 4, 50.0)
            .status("red", "misses_threshold")
            .with(counts)
            .missing([])
            .left_out([(12, "meeting_cancelled"), (13, "meeting_in_future")]),
    ]);
}

#[test]
fn a_meeting_counts_from_its_own_day_on() {
    // Example 4.1.1: 6 of 11 in October, 7 of 11 in January.
    let (october, january) =
        (meeting(10, "2017-10-01").attended(6, 11), meeting(11, "2018-01-10").attended(7, 11));
    let facts = meetings([october, january]);
    let on = |day: &str| row(day, &rate().as_at(day), &facts);
    let of_the_month = meetings([meeting(10, "2017-06-01").counts_from("2017-06-30").attended(1, 2)]);
    check([
        on("2017-09-30").no_value("not_due", "not_due"),
        on("2017-10-01")
            .rate(6, 11, 54.55)
            .status("amber", "within_tolerance")
            .with(json!({ "variance": -5.45 })),
        on("2018-01-09").rate(6, 11, 54.55).with(json!({ "direction": { "short": "none" } })),
        on("2018-01-10").rate(13, 22, 59.09).with(json!({ "direction": { "short": "improved" } })),
        on(LAST_DAY)
            .rate(13, 22, 59.09)
            .status("amber", "within_tolerance")
            .with(json!({ "variance": -0.91 })),
        row("known to the month, on the day before its end", &rate().as_at("2017-06-29"), &of_the_month)
            .no_value("not_due", "not_due"),
        row("known to the month, on its last day", &rate().as_at("2017-06-30"), &of_the_month)
            .rate(1, 2, 50.0),
    ]);
}

#[test]
fn the_lines_of_all_counted_registers_are_added_up() {
    let spring = meeting(10, "2017-05-01").attended(3, 5).lines(|fact| {
        (fact.present, fact.present_virtual, fact.substitutes) = (1, 1, 1);
        (fact.apologies, fact.absent, fact.not_recorded) = (1, 0, 1);
        fact.attended_oneself = 2;
    });
    let autumn = meeting(11, "2017-10-01").attended(1, 4).lines(|fact| {
        (fact.absent, fact.not_recorded, fact.vacant) = (1, 0, 2);
    });
    check([
        row("one meeting", &rate(), &meetings([spring.clone()]))
            .rate(3, 5, 60.0)
            .status("green", "meets_threshold")
            .with(json!({ "detail": { "kind": "attendance_rate", "meetings": 1, "present": 1, "present_virtual": 1,
                "substitutes": 1, "apologies": 1, "absent": 0, "not_recorded": 1, "vacant": 0 } })),
        row("two meetings", &rate(), &meetings([spring.clone(), autumn.clone()]))
            .rate(4, 9, 44.44)
            .status("red", "misses_threshold")
            .with(json!({ "detail": { "kind": "attendance_rate", "meetings": 2, "present": 2, "present_virtual": 1,
                "substitutes": 1, "apologies": 1, "absent": 1, "not_recorded": 1, "vacant": 2 } })),
        row("the second is to come", &rate().as_at("2017-09-30"), &meetings([spring, autumn]))
            .rate(3, 5, 60.0)
            .with(json!({ "detail": { "meetings": 1, "vacant": 0 } })),
    ]);
}

#[test]
fn a_rate_remains_after_its_group_is_handed_over() {
    // Example 4.1.2: the meeting before the handover counts.
    let facts = meetings([meeting(10, "2017-06-01").attended(6, 11)]);
    check([
        row("from the handover on", &rate().handed_over_on("2017-08-01"), &facts)
            .rate(6, 11, 54.55)
            .status("amber", "within_tolerance"),
        row(
            "its register is open",
            &rate().handed_over_on("2017-08-01"),
            &meetings([meeting(10, "2017-06-01").register_open()]),
        )
        .no_value("register_open", "no_data"),
    ]);
}

#[test]
fn the_cohort_is_all_who_were_expected_at_least_once() {
    let facts =
        meetings([meeting(10, "2017-05-01").attended(1, 2), meeting(11, "2017-06-01").attended(2, 3)])
            .over_all(2, 3);
    check([
        row("over two meetings", &rate(), &facts)
            .explained(json!({ "cohort": { "unit": "seat", "roles": [], "existing_on": null, "size": 3 } })),
        row("no meeting counts", &rate(), &meetings([]))
            .explained(json!({ "cohort": { "unit": "seat", "size": null } })),
    ]);
}
