//! Meetings that got a deliverable, of the meetings held for which this is known.

use serde_json::json;

use super::builders::{LAST_DAY, Meeting, Target, id, meeting, meetings, target};
use super::table::{check, row};

fn briefing() -> Target {
    target(json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" })).at_least(100)
}

fn delivered(n: u128, on: &str) -> Meeting {
    meeting(n, on).delivered(true)
}

fn unknown(count: i64) -> serde_json::Value {
    json!({ "completeness": { "deliverables_unknown": count, "provisional": count > 0 } })
}

#[test]
fn meetings_with_the_deliverable_are_counted_of_those_for_which_it_is_known() {
    let undelivered = meeting(15, "2017-06-01").delivered(false);
    let five_of_six = meetings((10..15).map(|n| delivered(n, "2017-05-01")).chain([undelivered.clone()]));
    let one_unknown = meetings([delivered(10, "2017-05-01"), meeting(11, "2017-06-01")]);
    let not_held = meetings([
        delivered(10, "2017-05-01"),
        meeting(11, "2017-06-01"),
        meeting(12, "2017-07-01").cancelled().delivered(false),
        meeting(13, "2018-03-01").scheduled().delivered(true),
    ]);
    check([
        // Example 1.2.1.
        row("5 of 6, where all is the threshold", &briefing(), &five_of_six)
            .rate(5, 6, 83.33)
            .status("red", "misses_threshold")
            .with(json!({ "amber_from": 100, "variance": -16.67, "detail": { "deliverable": "briefing" } }))
            .with(unknown(0))
            .left_out([(15, "not_delivered")])
            .missing([]),
        row(
            "an inquorate meeting was held",
            &briefing(),
            &meetings([delivered(10, "2017-05-01").inquorate()]),
        )
        .rate(1, 1, 100.0)
        .status("green", "meets_threshold"),
        row("where it is unknown, the meeting does not count", &briefing(), &one_unknown)
            .rate(1, 1, 100.0)
            .status("green", "meets_threshold")
            .with(unknown(1))
            .left_out([(11, "not_known")])
            .missing(["deliverable"]),
        row("cancelled and unreported meetings do not count", &briefing(), &not_held)
            .rate(1, 1, 100.0)
            .status("green", "meets_threshold")
            .with(unknown(1))
            .left_out([(11, "not_known"), (12, "meeting_cancelled"), (13, "meeting_unreported")])
            .missing(["meeting_report", "deliverable"]),
        row("a later meeting is to come", &briefing().as_at("2017-05-31"), &five_of_six)
            .rate(5, 5, 100.0)
            .status("green", "meets_threshold")
            .left_out([(15, "meeting_in_future")]),
        row(
            "the group is handed over after the meeting",
            &briefing().handed_over_on("2017-08-01"),
            &five_of_six,
        )
        .rate(5, 6, 83.33)
        .status("red", "misses_threshold"),
    ]);
}

#[test]
fn if_the_deliverable_is_not_known_for_any_meeting_held_there_is_no_value() {
    let facts = meetings([meeting(10, "2017-05-01"), meeting(11, "2017-10-01")]);
    check([
        row("of two meetings", &briefing(), &facts)
            .no_value("no_entries", "no_data")
            .with(unknown(2))
            .left_out([(10, "not_known"), (11, "not_known")])
            .missing(["deliverable", "deliverable"]),
        row("one of them is to come", &briefing().as_at("2017-05-01"), &facts)
            .no_value("no_entries", "no_data")
            .with(unknown(1))
            .missing(["deliverable"]),
    ]);
}

#[test]
fn each_group_has_its_part() {
    let facts = meetings([
        delivered(10, "2017-05-01"),
        meeting(11, "2017-06-01").delivered(false),
        delivered(12, "2017-07-01").group(5),
        meeting(13, "2017-08-01").group(5),
    ]);
    let part = |group: u128, meetings: i64, n: i64, d: i64, percent: i64| {
        json!({ "group_id": id(group), "aggregate": "pooled", "meetings": meetings, "numerator": n,
            "denominator": d, "value_percent": percent })
    };
    check([row(LAST_DAY, &briefing(), &facts)
        .rate(2, 3, 66.67)
        .with(json!({ "parts": [part(3, 2, 1, 2, 50), part(5, 1, 1, 1, 100)] }))]);
}
