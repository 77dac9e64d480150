//! Why there is no value without a progress entry, for every measure that reads entries.

use serde_json::{Value, json};

use super::builders::{LAST_DAY, Target, nothing, target};
use super::table::{check, row};

/// The measures that wait for their first reading. A milestone waits for its due date.
fn measures() -> [Value; 4] {
    [
        json!({ "kind": "count_total", "unit_name": "x" }),
        json!({ "kind": "ratio" }),
        json!({ "kind": "financial_balance", "area": "a" }),
        json!({ "kind": "council_coverage", "basis": "entries" }),
    ]
}

#[test]
fn without_an_entry_a_target_is_not_due_before_its_first_reading() {
    let not_due = ("not_due", "not_due");
    let no_data = ("no_entries", "no_data");
    let cases: [(&[&str], &str, (&str, &str)); 13] = [
        (&[], "2017-03-31", not_due),
        (&[], "2018-03-30", not_due),
        (&[], LAST_DAY, no_data),
        (&["on_demand"], "2018-03-30", not_due),
        (&["annual"], "2018-03-30", not_due),
        (&["annual"], LAST_DAY, no_data),
        (&["half_yearly"], "2017-09-29", not_due),
        (&["half_yearly"], "2017-09-30", no_data),
        (&["quarterly"], "2017-06-29", not_due),
        (&["quarterly"], "2017-06-30", no_data),
        (&["annual", "monthly"], "2017-04-30", no_data),
        (&["twice_a_month"], "2017-04-14", not_due),
        (&["twice_a_month"], "2017-04-15", no_data),
    ];
    let at_least = |target: Target| target.at_least(5);
    check(measures().iter().flat_map(|measure| {
        cases.iter().flat_map(move |(frequencies, day, (reason, status))| {
            let target = target(measure.clone()).frequencies(frequencies).as_at(day);
            [at_least(target.clone()), target].map(|target| {
                let name = format!("{measure}, {frequencies:?}, on {day}");
                row(name, &target, &nothing().unrecorded(4))
                    .no_value(reason, status)
                    .with(json!({ "numerator": null, "denominator": null, "direction": { "short": "none", "long": "none" } }))
            })
        })
    }));
}

#[test]
fn the_explanation_names_the_day_on_which_the_first_reading_is_due() {
    check(measures().iter().flat_map(|measure| {
        [(&[][..], LAST_DAY), (&["annual"][..], LAST_DAY), (&["annual", "quarterly"][..], "2017-06-30")].map(
            |(frequencies, day)| {
                row(
                    format!("{measure}, {frequencies:?}"),
                    &target(measure.clone()).frequencies(frequencies),
                    &nothing(),
                )
                .explained(json!({ "rule": { "first_due_on": day, "due_on": null } }))
            },
        )
    }));
}
