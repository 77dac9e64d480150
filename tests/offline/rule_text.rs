//! The sentence that describes a target's rule, for each kind of measure.

use outturn::rules::rule_text::{RuleTextInput, sentence};
use outturn::rules::{Aim, Measure};
use outturn::values::{Day, Number};
use serde_json::{Value, json};

fn day(text: &str) -> Day {
    text.parse().expect("a date")
}

fn sentence_for(measure: Value, aim: Aim, threshold: Option<i64>, first_amber: Option<i64>) -> String {
    sentence_with_expected(measure, aim, threshold, None, first_amber)
}

fn sentence_with_expected(
    measure: Value,
    aim: Aim,
    threshold: Option<i64>,
    expected: Option<i64>,
    first_amber: Option<i64>,
) -> String {
    let measure: Measure = serde_json::from_value(measure).expect("a measure");
    sentence(&RuleTextInput {
        measure: &measure,
        aim,
        threshold: threshold.map(Number::from),
        expected: expected.map(Number::from),
        first_amber: first_amber.map(Number::from),
        from: day("2017-04-01"),
        last: day("2018-03-31"),
        as_at: day("2018-01-31"),
        due_on: day("2017-12-31"),
    })
}

#[test]
fn every_kind_of_measure_has_a_sentence() {
    let at_least = |measure: Value| sentence_for(measure, Aim::AtLeast, Some(60), Some(54));
    let without_threshold = |measure: Value| sentence_for(measure, Aim::AtLeast, None, None);
    for (sentence, expected) in [
        (
            at_least(
                json!({ "kind": "attendance_rate", "unit": "person", "aggregate": "distinct", "substitutes": "not_counted",
                "vacancies": "included", "roles": ["leader", "chief_executive"], "council_kinds": ["county"] }),
            ),
            "Persons in seats of the role leader or chief_executive of councils of the kind county that attended (in person or from elsewhere, substitutes not counted), out of all that exist on the day, vacant or not, over all meetings held from 2017-04-01 to 2018-03-31 with a closed register, each counted once and attending once being enough; green from 60 %, amber from 54 %, else red.",
        ),
        (
            at_least(json!({ "kind": "meetings_held", "selector": { "meeting_kinds": ["summit"] } })),
            "Number of meetings of the kind summit held from 2017-04-01 to 2018-03-31; green from 60, amber from 54, else red.",
        ),
        (
            sentence_with_expected(
                json!({ "kind": "count_total", "unit_name": "case studies" }),
                Aim::AtLeast,
                Some(60),
                Some(50),
                Some(45),
            ),
            "Sum of the entries of \"case studies\" dated from 2017-04-01 to 2018-03-31; green from 50 (expected by 2018-01-31, of 60), amber from 45, else red.",
        ),
        (
            without_threshold(json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" })),
            "Meetings that got \"briefing\", out of meetings held from 2017-04-01 to 2018-03-31 of which it is known; without a threshold, so without a colour.",
        ),
        (
            sentence_for(
                json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" }),
                Aim::AtLeast,
                Some(100),
                None,
            ),
            "Forms that rate \"overall\" as \"good\" or better, out of all forms that answer it, over all meetings held from 2017-04-01 to 2018-03-31 added up; green from 100 %, else red.",
        ),
        (
            at_least(
                json!({ "kind": "council_coverage", "basis": "entries", "when": "during", "over_occasions": "distinct" }),
            ),
            "Councils that an entry says are covered at any time from 2017-04-01 to 2018-03-31 so far, out of all councils that exist on 2018-01-31, each council counted once over all occasions; green from 60 %, amber from 54 %, else red.",
        ),
        (
            without_threshold(
                json!({ "kind": "council_coverage", "basis": "membership", "council_kinds": ["district"] }),
            ),
            "Councils that are members on 2018-01-31, out of all councils of the kind district that exist on 2018-01-31; without a threshold, so without a colour.",
        ),
        (
            without_threshold(json!({ "kind": "count_total", "unit_name": "case studies" })),
            "Sum of the entries of \"case studies\" dated from 2017-04-01 to 2018-03-31; without a threshold, so without a colour.",
        ),
        (
            sentence_for(json!({ "kind": "ratio", "aggregate": "minimum" }), Aim::AtMost, Some(20), Some(22)),
            "The numerator out of the denominator of the lowest reading, of each occasion's latest entry dated from 2017-04-01 to 2018-03-31; green up to 20 %, amber up to 22 %, else red.",
        ),
        (
            sentence_for(
                json!({ "kind": "financial_balance", "area": "training" }),
                Aim::AtLeast,
                Some(0),
                None,
            ),
            "Income less cost of \"training\", in pence, over the entries dated from 2017-04-01 to 2018-03-31; green above 0 pence, else red.",
        ),
        (
            without_threshold(json!({ "kind": "milestone" })),
            "The latest state of the milestone that is due on 2017-12-31; green when achieved, red when missed or overdue.",
        ),
        (
            without_threshold(json!({ "kind": "narrative" })),
            "What a person judges, without a number; without a threshold, so without a colour.",
        ),
    ] {
        assert_eq!(sentence, expected);
    }
}
