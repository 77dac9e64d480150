//! Attendance over several meetings: aggregates, other choices, parts and the decisive meeting.

use outturn::metrics::derive::RowShares;
use outturn::metrics::derive::explanation::explain;
use outturn::rules::Aim;
use serde_json::{Value, json};

use super::builders::{Facts, Target, id, meeting, meetings, target};
use super::table::{check, row};

fn rate(aggregate: &str) -> Target {
    target(json!({ "kind": "attendance_rate", "aggregate": aggregate })).at_least(60)
}

/// The other choices, in the order of the response: numerator, denominator, percentage and status.
fn choices(of: [(&str, Value, Value); 6]) -> Value {
    let choice = |(choice, rate, shown): (&str, Value, Value)| {
        json!({ "choice": choice, "numerator": rate[0], "denominator": rate[1],
            "value_percent": shown[0], "status": shown[1] })
    };
    json!({ "alternatives": of.map(choice) })
}

#[test]
fn several_meetings_are_pooled_distinct_or_the_lowest() {
    // Three of four attend the first meeting, and the fourth attends the second one.
    let facts =
        meetings([meeting(10, "2017-05-01").attended(3, 4), meeting(11, "2017-06-01").attended(1, 4)])
            .over_all(4, 4);
    let others = |with_substitutes: (Value, Value)| {
        let (rate, shown) = with_substitutes;
        choices([
            ("pooled", json!([4, 8]), json!([50, "red"])),
            ("distinct", json!([4, 4]), json!([100, "green"])),
            ("min_meeting", json!([1, 4]), json!([25, "red"])),
            ("mean", json!([null, null]), json!([50, null])),
            ("substitutes_counted", rate.clone(), shown.clone()),
            ("substitutes_not_counted", rate, shown),
        ])
    };
    let declined = json!({ "choice_sensitive": true, "direction": { "short": "declined" } });
    check([
        row("pooled", &rate("pooled"), &facts)
            .rate(4, 8, 50.0)
            .status("red", "misses_threshold")
            .with(declined.clone())
            .with(others((json!([4, 8]), json!([50, "red"]))))
            .left_out([]),
        row("distinct", &rate("distinct"), &facts)
            .rate(4, 4, 100.0)
            .status("green", "meets_threshold")
            .with(declined.clone())
            .with(others((json!([4, 4]), json!([100, "green"]))))
            .left_out([]),
        row("min_meeting", &rate("min_meeting"), &facts)
            .rate(1, 4, 25.0)
            .status("red", "misses_threshold")
            .with(declined)
            .with(others((json!([1, 4]), json!([25, "red"]))))
            .left_out([(10, "another_decides")]),
        row("min_meeting, at most: the highest", &rate("min_meeting").at_most(60), &facts)
            .rate(3, 4, 75.0)
            .status("red", "misses_threshold")
            .left_out([(11, "another_decides")]),
        row(
            "distinct, as far as the year has come",
            &rate("distinct").as_at("2017-05-31"),
            &meetings([meeting(10, "2017-05-01").attended(3, 4)]).over_all(3, 4),
        )
        .rate(3, 4, 75.0)
        .with(json!({ "choice_sensitive": false })),
    ]);
}

#[test]
fn another_choice_has_the_aggregate_of_the_measure() {
    let first = meeting(10, "2017-05-01").attended(3, 4).lines(|fact| fact.attended_oneself = 2);
    let facts = meetings([first, meeting(11, "2017-06-01").attended(4, 4)]).over_all(4, 4);
    let all_green = |status: Value| {
        choices([
            ("pooled", json!([7, 8]), json!([87.5, "green"])),
            ("distinct", json!([4, 4]), json!([100, "green"])),
            ("min_meeting", json!([3, 4]), json!([75, "green"])),
            ("mean", json!([null, null]), json!([87.5, null])),
            ("substitutes_counted", json!([3, 4]), json!([75, "green"])),
            ("substitutes_not_counted", json!([2, 4]), json!([50, status])),
        ])
    };
    check([
        row("the lowest meeting is lower without substitutes", &rate("min_meeting").at_least(75), &facts)
            .rate(3, 4, 75.0)
            .status("green", "meets_threshold")
            .with(json!({ "choice_sensitive": true }))
            .with(all_green(json!("red"))),
        row("green by every choice", &rate("min_meeting").at_least(50), &facts)
            .with(json!({ "choice_sensitive": false }))
            .with(all_green(json!("green"))),
    ]);
}

#[test]
fn whether_substitutes_count_can_change_the_status() {
    let facts = meetings([meeting(10, "2017-05-01").attended(3, 5).lines(|fact| fact.attended_oneself = 2)]);
    let strict = meetings([meeting(10, "2017-05-01").attended(2, 5).lines(|fact| fact.attended_or_sent = 3)]);
    let not_counted = json!({ "kind": "attendance_rate", "substitutes": "not_counted" });
    check([
        row("counted", &rate("pooled"), &facts)
            .rate(3, 5, 60.0)
            .status("green", "meets_threshold")
            .with(json!({ "choice_sensitive": true })),
        row("not counted", &target(not_counted).at_least(60), &strict)
            .rate(2, 5, 40.0)
            .status("red", "misses_threshold")
            .with(json!({ "choice_sensitive": true })),
        row(
            "without a threshold no choice has a status",
            &target(json!({ "kind": "attendance_rate" })),
            &facts,
        )
        .rate(3, 5, 60.0)
        .with(json!({ "choice_sensitive": false })),
        row(
            "no meeting counts, so there is no choice",
            &rate("pooled"),
            &meetings([meeting(10, "2017-05-01")]),
        )
        .with(json!({ "choice_sensitive": false, "alternatives": [] })),
    ]);
}

#[test]
fn the_mean_of_meetings_is_exact_and_rounded_once() {
    // 33.333... three times and 62.5 have the mean 40.625.
    let thirds = [(10, "2017-04-10"), (11, "2017-05-10"), (12, "2017-06-10")];
    let thirds = thirds.map(|(n, on)| meeting(n, on).attended(1, 3));
    let facts = meetings(thirds.into_iter().chain([meeting(13, "2017-09-10").attended(5, 8)])).over_all(5, 8);
    check([row("40.625 goes up", &rate("pooled").at_least(40), &facts)
        .rate(8, 17, 47.06)
        .status("green", "meets_threshold")
        .with(choices([
            ("pooled", json!([8, 17]), json!([47.06, "green"])),
            ("distinct", json!([5, 8]), json!([62.5, "green"])),
            ("min_meeting", json!([1, 3]), json!([33.33, "red"])),
            ("mean", json!([null, null]), json!([40.63, null])),
            ("substitutes_counted", json!([8, 17]), json!([47.06, "green"])),
            ("substitutes_not_counted", json!([8, 17]), json!([47.06, "green"])),
        ]))]);
}

#[test]
fn each_part_has_the_aggregate_of_the_measure() {
    let facts = meetings([
        meeting(10, "2017-05-01").attended(2, 4),
        meeting(11, "2017-05-01").attended(1, 4),
        meeting(12, "2017-05-01").group(5).attended(1, 2),
    ])
    .over_group(3, 3, 4)
    .over_group(5, 1, 2)
    .over_all(4, 6);
    let parts = |aggregate: &str, three: (i64, i64, f64)| {
        let part = |group: u128, meetings: i64, (n, d, percent): (i64, i64, f64)| {
            json!({ "group_id": id(group), "aggregate": aggregate, "meetings": meetings, "numerator": n,
                "denominator": d, "value_percent": percent })
        };
        json!({ "parts": [part(3, 2, three), part(5, 1, (1, 2, 50.0))] })
    };
    let one_group =
        meetings([meeting(10, "2017-05-01").attended(2, 4), meeting(11, "2017-05-02").attended(1, 4)]);
    let one_to_come = meetings([
        meeting(10, "2017-05-01").attended(2, 4),
        meeting(12, "2017-08-01").group(5).attended(1, 2),
    ]);
    check([
        row("pooled", &rate("pooled"), &facts).rate(4, 10, 40.0).with(parts("pooled", (3, 8, 37.5))),
        row("distinct", &rate("distinct"), &facts).rate(4, 6, 66.67).with(parts("distinct", (3, 4, 75.0))),
        row("min_meeting", &rate("min_meeting"), &facts).rate(1, 4, 25.0).with(parts("min_meeting", (1, 4, 25.0))),
        row("one group has no parts", &rate("pooled"), &one_group).with(json!({ "parts": [] })),
        row("the meeting of one group is to come", &rate("pooled").as_at("2017-07-31"), &one_to_come).with(
            json!({ "parts": [{ "group_id": id(3), "numerator": 2, "denominator": 4 },
                { "group_id": id(5), "meetings": 0, "numerator": 0, "denominator": 0, "value_percent": null }] }),
        ),
    ]);
}

#[test]
fn of_meetings_with_the_same_rate_the_first_by_date_and_id_decides() {
    let all = [(10, "2017-06-01", 2, 4), (12, "2017-05-01", 3, 6), (11, "2017-05-01", 1, 2)];
    let all = all.map(|(n, on, attended, expected)| meeting(n, on).attended(attended, expected));
    for aim in [Aim::AtLeast, Aim::AtMost] {
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]] {
            let target = rate("min_meeting").aim(aim).fact();
            let mut evidence = meetings(order.map(|i: usize| all[i].clone())).on(&target);
            // The order in which registers are read does not matter either.
            evidence.attendance.reverse();
            let (metric, ..) = explain(&target, &evidence);
            let parts = (metric.numerator, metric.denominator);
            assert_eq!(parts, (Some(1), Some(2)), "{aim} in order {order:?}");
            let row_shares = RowShares::of(&target, &evidence);
            let decides = |n| row_shares.meeting(id(n)).is_some_and(|share| share.reason.is_none());
            assert_eq!([10, 11, 12].map(decides), [false, true, false], "{aim} in order {order:?}");
        }
    }
}

#[test]
fn a_lower_rate_decides_before_an_earlier_day() {
    let facts: Facts =
        meetings([meeting(10, "2017-05-01").attended(1, 2), meeting(11, "2017-06-01").attended(1, 3)]);
    check([row("a half in May, a third in June", &rate("min_meeting"), &facts)
        .rate(1, 3, 33.33)
        .left_out([(10, "another_decides")])]);
}
