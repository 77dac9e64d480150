//! The parts of a rate are made as the rate is.

use outturn::metrics::facts::{AttendanceScope, Evidence};
use outturn::rules::measure::MeetingAggregate;
use serde_json::json;

use super::{LAST_DAY, attendance, id, meeting, metric, parts, target};

#[test]
fn each_part_of_a_rate_is_made_by_the_measures_own_aggregate() {
    use AttendanceScope::{All, Group, Meeting};
    for (aggregate, word, whole, of_groups) in [
        (MeetingAggregate::Pooled, "pooled", (4, 10), [(3, 8), (1, 2)]),
        (MeetingAggregate::Distinct, "distinct", (4, 6), [(3, 4), (1, 2)]),
        (MeetingAggregate::MinMeeting, "min_meeting", (1, 4), [(1, 4), (1, 2)]),
    ] {
        let target = target(json!({ "kind": "attendance_rate", "aggregate": word }), 60, LAST_DAY);
        let counts = [
            (Meeting, Some(10), Some(3), (2, 4)),
            (Meeting, Some(11), Some(3), (1, 4)),
            (Meeting, Some(12), Some(5), (1, 2)),
            (Group, None, Some(3), (3, 4)),
            (Group, None, Some(5), (1, 2)),
            (All, None, None, (4, 6)),
        ];
        let evidence = Evidence {
            meetings: [(10, 3), (11, 3), (12, 5)]
                .map(|(n, group)| meeting(&target, n, group, "2017-05-01", "held"))
                .to_vec(),
            attendance: counts
                .map(|(scope, n, group, rate)| attendance(&target, (scope, n), group, rate))
                .to_vec(),
            ..Evidence::default()
        };
        let metric = metric(&target, &evidence);
        assert_eq!(parts(&metric), (Some(whole.0), Some(whole.1)), "{word}");
        let told: Vec<_> =
            metric.parts.iter().map(|part| (part.group_id, part.numerator, part.denominator)).collect();
        let [one, two] = of_groups;
        let expected = [(3, one), (5, two)].map(|(group, (n, d))| (Some(id(group)), Some(n), Some(d)));
        assert_eq!(told, expected, "{word}");
        assert!(metric.parts.iter().all(|part| part.aggregate == Some(aggregate)), "{word}");
    }
}
