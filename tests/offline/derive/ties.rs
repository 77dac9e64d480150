//! Of several with one value the first decides: by date, then by id, whatever order they are read in.

use outturn::metrics::derive::Verdicts;
use outturn::metrics::facts::{AttendanceFact, AttendanceScope, EntryFact, Evidence, MeetingFact};
use outturn::rules::Aim;
use serde_json::json;

use super::{LAST_DAY, attendance, day, id, meeting, metric, parts, target};

const AIMS: [Aim; 2] = [Aim::AtLeast, Aim::AtMost];

#[test]
fn of_meetings_with_one_rate_the_first_by_date_and_id_decides() {
    for aim in AIMS {
        let mut target =
            target(json!({ "kind": "attendance_rate", "aggregate": "min_meeting" }), 60, LAST_DAY);
        target.aim = aim;
        let all: Vec<(MeetingFact, AttendanceFact)> =
            [(10, "2017-06-01", 2, 4), (12, "2017-05-01", 3, 6), (11, "2017-05-01", 1, 2)]
                .map(|(n, on, attended, expected)| {
                    let scope = (AttendanceScope::Meeting, Some(n));
                    (
                        meeting(&target, n, 3, on, "held"),
                        attendance(&target, scope, Some(3), (attended, expected)),
                    )
                })
                .into();
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]] {
            let evidence = Evidence {
                meetings: order.iter().map(|i| all[*i].0.clone()).collect(),
                attendance: order.iter().rev().map(|i| all[*i].1.clone()).collect(),
                ..Evidence::default()
            };
            assert_eq!(parts(&metric(&target, &evidence)), (Some(1), Some(2)), "{aim} in order {order:?}");
            let verdicts = Verdicts::of(&target, &evidence);
            let decides = |n| verdicts.meeting(id(n)).is_some_and(|share| share.reason.is_none());
            assert_eq!([10, 11, 12].map(decides), [false, true, false], "{aim} in order {order:?}");
        }
    }
}

#[test]
fn a_lower_rate_decides_before_an_earlier_day() {
    let target = target(json!({ "kind": "attendance_rate", "aggregate": "min_meeting" }), 60, LAST_DAY);
    let evidence = Evidence {
        meetings: vec![
            meeting(&target, 10, 3, "2017-05-01", "held"),
            meeting(&target, 11, 3, "2017-06-01", "held"),
        ],
        attendance: [(10, 2), (11, 3)]
            .map(|(n, expected)| {
                attendance(&target, (AttendanceScope::Meeting, Some(n)), Some(3), (1, expected))
            })
            .to_vec(),
        ..Evidence::default()
    };
    assert_eq!(parts(&metric(&target, &evidence)), (Some(1), Some(3)));
}

#[test]
fn of_readings_with_one_value_the_first_by_date_decides() {
    for aim in AIMS {
        let mut target = target(json!({ "kind": "ratio", "aggregate": "minimum" }), 60, LAST_DAY);
        target.aim = aim;
        let entries = [(10, "2017-05-01", 1, 2), (11, "2017-06-01", 2, 4), (12, "2017-06-01", 3, 6)];
        let entries = entries.map(|(n, on, numerator, denominator)| EntryFact {
            target_id: target.target_id,
            as_at: target.as_at,
            progress_id: id(n),
            council_id: None,
            occurred_on: day(on),
            occasion: None,
            count: None,
            numerator: Some(numerator),
            denominator: Some(denominator),
            income_pence: None,
            cost_pence: None,
            milestone_state: None,
        });
        let evidence = Evidence { entries: entries.to_vec(), ..Evidence::default() };
        assert_eq!(parts(&metric(&target, &evidence)), (Some(1), Some(2)), "{aim}");
    }
}
