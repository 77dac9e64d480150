//! Meetings that were cancelled, and bodies that are others' now.

use outturn::metrics::derive::missing;
use outturn::metrics::facts::Evidence;
use outturn::rules::Aim;
use outturn::rules::trend::Travel;
use serde_json::json;

use super::{LAST_DAY, day, meeting, metric, said, target};

const NOT_DUE: (Option<i64>, &str, &str, &str) = (None, "not_due", "not_due", "no_value");

#[test]
fn a_cancelled_meeting_is_to_come_until_its_day_and_leaves_nought_once_all_are() {
    let all_cancelled = (Some(0), "-", "red", "meeting_cancelled");
    let unreported = (None, "no_meeting", "no_data", "no_value");
    let cancelled = ("2017-05-01", "cancelled");
    let (ahead, held) = (("2017-10-01", "scheduled"), ("2017-10-01", "held"));
    for (meetings, as_at, expected) in [
        (vec![], LAST_DAY, unreported),
        (vec![cancelled], "2017-04-30", NOT_DUE),
        (vec![cancelled], "2017-05-01", all_cancelled),
        (vec![cancelled], LAST_DAY, all_cancelled),
        (vec![cancelled, ("2017-10-01", "cancelled")], "2017-09-30", NOT_DUE),
        (vec![cancelled, ("2017-10-01", "cancelled")], "2017-10-01", all_cancelled),
        (vec![cancelled, ahead], "2017-09-30", NOT_DUE),
        (vec![cancelled, ahead], "2017-10-01", unreported),
        (vec![cancelled, held], "2017-10-01", (Some(1), "-", "red", "behind")),
        (vec![cancelled, held], LAST_DAY, (Some(1), "-", "red", "misses_threshold")),
    ] {
        let target = target(json!({ "kind": "meetings_held" }), 4, as_at);
        let meetings: Vec<_> =
            (10..).zip(&meetings).map(|(n, (on, status))| meeting(&target, n, 3, on, status)).collect();
        let metric = metric(&target, &Evidence { meetings: meetings.clone(), ..Evidence::default() });
        assert_eq!(said(&metric), expected, "{meetings:?} at {as_at}");
    }
}

#[test]
fn nought_of_no_meeting_is_judged_by_the_aim_and_without_a_threshold_not_at_all() {
    let mut target = target(json!({ "kind": "meetings_held" }), 4, LAST_DAY);
    let cancelled = meeting(&target, 10, 3, "2017-05-01", "cancelled");
    let evidence = Evidence { meetings: vec![cancelled], ..Evidence::default() };
    target.aim = Aim::AtMost;
    assert_eq!(said(&metric(&target, &evidence)), (Some(0), "-", "green", "meeting_cancelled"));
    target.threshold = None;
    assert_eq!(said(&metric(&target, &evidence)), (Some(0), "-", "contextual", "no_threshold"));
}

#[test]
fn a_rate_waits_for_a_cancelled_meeting_and_then_says_that_it_was_cancelled() {
    for (as_at, expected) in
        [("2017-04-30", NOT_DUE), ("2017-05-01", (None, "meeting_cancelled", "no_data", "no_value"))]
    {
        for measure in [
            json!({ "kind": "attendance_rate" }),
            json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }),
            json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" }),
            json!({ "kind": "council_coverage", "basis": "attendance" }),
        ] {
            let target = target(measure.clone(), 60, as_at);
            let meetings = vec![meeting(&target, 10, 3, "2017-05-01", "cancelled")];
            let metric = metric(&target, &Evidence { meetings, ..Evidence::default() });
            assert_eq!(said(&metric), expected, "{measure} at {as_at}");
        }
    }
}

#[test]
fn completeness_counts_a_cancelled_meeting_from_its_day() {
    for (as_at, cancelled, planned) in [("2017-04-30", 0, 1), ("2017-05-01", 1, 1)] {
        let target = target(json!({ "kind": "meetings_held" }), 4, as_at);
        let meetings = vec![meeting(&target, 10, 3, "2017-05-01", "cancelled")];
        let evidence = Evidence { meetings, ..Evidence::default() };
        let completeness = metric(&target, &evidence).completeness;
        let counts = (completeness.meetings_cancelled, completeness.meetings_planned);
        assert_eq!(counts, (Some(cancelled), Some(planned)), "{as_at}");
        assert!(missing(&target, &evidence).is_empty(), "nobody owes anything of a cancelled meeting");
    }
}

#[test]
fn a_body_handed_over_before_the_year_leaves_nothing_to_do_in_it() {
    let handed_over = (None, "handed_over", "not_applicable", "no_value");
    for (handed_over_on, as_at, expected) in [
        ("2017-04-01", LAST_DAY, handed_over),
        ("2010-01-01", LAST_DAY, handed_over),
        ("2010-01-01", "2017-03-31", handed_over),
        ("2017-04-01", "2017-03-31", NOT_DUE),
    ] {
        for measure in [json!({ "kind": "meetings_held" }), json!({ "kind": "attendance_rate" })] {
            let mut target = target(measure.clone(), 4, as_at);
            target.handed_over_on = Some(day(handed_over_on));
            let metric = metric(&target, &Evidence::default());
            assert_eq!(said(&metric), expected, "{measure} handed over on {handed_over_on}, at {as_at}");
        }
    }
}

#[test]
fn a_meeting_known_to_the_year_belongs_to_the_period_from_whose_end_it_counts() {
    let target = target(json!({ "kind": "meetings_held" }), 4, "2018-01-15");
    let mut of_the_year = meeting(&target, 12, 3, "2017-05-01", "held");
    of_the_year.counts_from = day("2017-12-31");
    let summer = [10, 11].map(|n| meeting(&target, n, 3, "2017-08-01", "held"));
    let meetings = summer.into_iter().chain([of_the_year]).collect();
    let metric = metric(&target, &Evidence { meetings, ..Evidence::default() });
    assert_eq!((metric.value, metric.direction.short), (Some(3), Travel::Declined), "two, then one");
}
