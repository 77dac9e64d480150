//! What an achieved milestone owes, and membership before the year.

use outturn::metrics::derive::missing;
use outturn::metrics::facts::{CoverageFact, EntryFact, Evidence};
use serde_json::json;

use super::{day, id, metric, parts, read, said, target};

#[test]
fn an_achieved_milestone_owes_no_further_reading() {
    // Three quarters of the year have ended.
    let as_at = "2018-01-15";
    for (states, due, received) in [
        (vec![], 3, 0),
        (vec![("2017-05-01", "started")], 3, 1),
        (vec![("2017-05-01", "achieved")], 1, 1),
        (vec![("2017-06-30", "achieved")], 1, 1),
        (vec![("2017-05-01", "started"), ("2017-08-01", "achieved")], 2, 2),
        (vec![("2017-08-01", "achieved")], 2, 1),
        (vec![("2017-05-01", "achieved"), ("2017-11-01", "achieved")], 1, 1),
        (vec![("2017-03-01", "achieved")], 0, 0),
        (vec![("2017-05-01", "achieved"), ("2017-11-01", "started")], 3, 2),
        (vec![("2017-05-01", "missed")], 3, 1),
    ] {
        let mut target = target(json!({ "kind": "milestone" }), 0, as_at);
        target.threshold = None;
        let entries = (10..).zip(&states).map(|(n, (on, state))| EntryFact {
            target_id: target.target_id,
            as_at: target.as_at,
            progress_id: id(n),
            council_id: None,
            occurred_on: day(on),
            occasion: None,
            count: None,
            numerator: None,
            denominator: None,
            income_pence: None,
            cost_pence: None,
            milestone_state: Some(read(json!(state))),
        });
        let evidence = Evidence { entries: entries.collect(), ..Evidence::default() };
        let completeness = metric(&target, &evidence).completeness;
        let counts = (completeness.readings_due, completeness.readings_received);
        assert_eq!(counts, (Some(due), Some(received)), "{states:?}");
        assert_eq!(completeness.provisional, due > received, "{states:?}");
        assert_eq!(i64::try_from(missing(&target, &evidence).len()), Ok(due - received), "{states:?}");
    }
}

#[test]
fn membership_during_a_year_that_has_not_begun_is_not_due() {
    let during = json!({ "kind": "council_coverage", "basis": "membership", "when": "during" });
    let on_the_day = json!({ "kind": "council_coverage", "basis": "membership" });
    let not_due = ("not_due", "not_due", (None, None));
    for (measure, as_at, covered, expected) in [
        (&during, "2017-03-31", 0, not_due),
        (&during, "2017-04-01", 4, ("-", "green", (Some(4), Some(4)))),
        (&on_the_day, "2017-03-31", 4, ("-", "green", (Some(4), Some(4)))),
    ] {
        for threshold in [Some(90.into()), None] {
            let mut target = target(measure.clone(), 90, as_at);
            target.threshold = threshold;
            let fact = CoverageFact {
                target_id: target.target_id,
                as_at: target.as_at,
                occasion: None,
                covered,
                cohort: 4,
                entries: 4,
            };
            let metric = metric(&target, &Evidence { coverage: vec![fact], ..Evidence::default() });
            let (_, why_none, status, _) = said(&metric);
            let coloured = if threshold.is_none() && status == "contextual" { "green" } else { status };
            assert_eq!((why_none, coloured, parts(&metric)), expected, "{measure} at {as_at}");
        }
    }
}
