//! Forms that were handed out, answered, or have another scale.

use outturn::metrics::derive::missing;
use outturn::metrics::facts::{EvaluationFact, Evidence, TargetFact};
use serde_json::json;

use super::{LAST_DAY, day, id, meeting, metric, parts, said, target};

fn forms(
    target: &TargetFact,
    meeting: u128,
    answered: i64,
    handed_out: i64,
    foreign: bool,
) -> EvaluationFact {
    EvaluationFact {
        target_id: target.target_id,
        as_at: target.as_at,
        meeting_id: id(meeting),
        held_on: day("2017-05-01"),
        answered,
        rated: if foreign { 0 } else { answered },
        is_scale_foreign: foreign,
        handed_out: Some(handed_out),
        attendees: 0,
    }
}

#[test]
fn unanswered_forms_and_forms_on_another_scale_each_have_their_reason() {
    let measure = json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" });
    let target = target(measure, 80, LAST_DAY);
    let (unanswered, foreign) = (forms(&target, 10, 0, 10, false), forms(&target, 11, 7, 10, true));
    let unanswered_foreign = forms(&target, 11, 0, 10, true);
    let answered = forms(&target, 10, 5, 10, false);
    for (evaluations, why_none, share, without_forms) in [
        (vec![], "no_entries", (None, None), 2),
        (vec![unanswered.clone()], "no_entries", (Some(0), Some(0)), 1),
        (vec![unanswered_foreign], "no_entries", (Some(0), Some(0)), 1),
        (vec![foreign.clone()], "other_scale", (None, None), 1),
        (vec![unanswered, foreign.clone()], "other_scale", (Some(0), Some(0)), 0),
        (vec![answered, foreign], "-", (Some(5), Some(5)), 0),
    ] {
        let meetings = [10, 11].map(|n| meeting(&target, n, 3, "2017-05-01", "held")).to_vec();
        let evidence = Evidence { meetings, evaluations, ..Evidence::default() };
        let metric = metric(&target, &evidence);
        let status = if why_none == "-" { "green" } else { "no_data" };
        assert_eq!((said(&metric).1, said(&metric).2), (why_none, status), "{evidence:?}");
        assert_eq!(parts(&metric), share, "{evidence:?}");
        assert_eq!(metric.completeness.meetings_without_forms, Some(without_forms), "{evidence:?}");
        let owed = missing(&target, &evidence).len();
        assert_eq!(i64::try_from(owed), Ok(without_forms), "{evidence:?}");
    }
}
