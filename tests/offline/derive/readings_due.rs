//! The readings of reporting periods: how many are due, and how many exist.

use serde_json::{Value, json};

use super::builders::{Entry, LAST_DAY, coverage, entries, entry, target};
use super::table::{check, row};

pub(super) fn readings(due: Option<i64>, received: Option<i64>) -> Value {
    json!({ "completeness": { "readings_due": due, "readings_received": received, "provisional": due > received } })
}

#[test]
fn a_reading_is_due_from_the_day_after_its_period_by_the_most_frequent_schedule() {
    // The frequencies, the requested day, and the readings that are due.
    let cases: [(&[&str], &str, i64); 31] = [
        (&["every_two_years"], "2018-03-31", 0),
        (&["every_two_years"], "2018-04-01", 1),
        (&["three_a_year"], "2017-08-01", 1),
        (&["half_yearly", "three_a_year"], "2018-04-01", 3),
        (&["annual"], "2018-03-31", 0),
        (&["annual"], "2018-04-01", 1),
        (&["annual"], "2020-01-01", 1),
        (&["half_yearly"], "2017-09-30", 0),
        (&["half_yearly"], "2017-10-01", 1),
        (&["half_yearly"], "2018-03-31", 1),
        (&["half_yearly"], "2018-04-01", 2),
        (&["on_demand", "half_yearly"], "2017-10-01", 1),
        (&["quarterly"], "2017-06-30", 0),
        (&["quarterly"], "2017-07-01", 1),
        (&["quarterly"], "2017-09-30", 1),
        (&["quarterly"], "2017-10-01", 2),
        (&["quarterly"], "2018-03-31", 3),
        (&["quarterly"], "2018-04-01", 4),
        (&["every_two_months"], "2017-05-31", 0),
        (&["every_two_months"], "2017-06-01", 1),
        (&["every_two_months"], "2018-04-01", 6),
        (&["monthly"], "2017-04-30", 0),
        (&["monthly"], "2017-05-01", 1),
        (&["monthly"], "2018-03-31", 11),
        (&["monthly", "annual"], "2018-04-01", 12),
        (&["twice_a_month"], "2017-04-15", 0),
        (&["twice_a_month"], "2017-04-16", 1),
        (&["twice_a_month"], "2017-04-30", 1),
        (&["twice_a_month"], "2017-05-01", 2),
        (&["twice_a_month"], "2018-04-01", 24),
        (&["quarterly"], "2017-03-31", 0),
    ];
    check(cases.iter().map(|(frequencies, day, number)| {
        let target = target(json!({ "kind": "ratio" })).frequencies(frequencies).as_at(day);
        row(format!("{frequencies:?} on {day}"), &target, &entries([])).with(readings(Some(*number), Some(0)))
    }));
    for frequencies in [&[][..], &["on_demand"], &["unknown"], &["on_demand", "unknown"]] {
        let target = target(json!({ "kind": "ratio" })).frequencies(frequencies).as_at("2018-04-01");
        check([row(format!("{frequencies:?}"), &target, &entries([]))
            .with(readings(None, None))
            .missing([])]);
    }
}

#[test]
fn every_measure_of_entries_has_readings() {
    let reading =
        |n, on: &str| -> Entry { entry(n, on).count(1).ratio(1, 1).money(1, 0).state("started").council(5) };
    // Two in the first quarter, and one on the first day of the third.
    let all = [reading(10, "2017-05-01"), reading(11, "2017-06-30"), reading(12, "2017-10-01")];
    let facts = coverage(1, 1).and_entries(all);
    let measures = [
        json!({ "kind": "count_total", "unit_name": "x" }),
        json!({ "kind": "ratio" }),
        json!({ "kind": "financial_balance", "area": "a" }),
        json!({ "kind": "milestone" }),
        json!({ "kind": "narrative" }),
        json!({ "kind": "council_coverage", "basis": "entries" }),
    ];
    check(measures.iter().flat_map(|measure| {
        let on = |day: &str, number: i64, received: i64| {
            let target = target(measure.clone()).frequencies(&["quarterly"]).as_at(day);
            row(format!("{measure} on {day}"), &target, &facts).with(readings(Some(number), Some(received)))
        };
        [
            on("2017-06-30", 0, 0).missing([]),
            on("2017-07-01", 1, 1).missing([]),
            on("2017-10-01", 2, 1).missing(["reading"]),
            on("2018-01-01", 3, 2).missing(["reading"]),
            on(LAST_DAY, 3, 2).missing(["reading"]),
            on("2018-04-01", 4, 2).missing(["reading", "reading"]),
        ]
    }));
}

#[test]
fn a_reading_belongs_to_the_period_of_its_day() {
    // The second half of the year begins on 1 October.
    let facts = entries([entry(10, "2017-10-01").ratio(1, 1)]);
    let on = |day: &str| {
        let target = target(json!({ "kind": "ratio" })).frequencies(&["on_demand", "half_yearly"]).as_at(day);
        row(day, &target, &facts)
    };
    check([
        on("2017-09-30").with(readings(Some(0), Some(0))).missing([]),
        on("2017-10-01").with(readings(Some(1), Some(0))).missing(["reading"]),
        on("2018-03-31").with(readings(Some(1), Some(0))).missing(["reading"]),
        on("2018-04-01").with(readings(Some(2), Some(1))).missing(["reading"]),
    ]);
}
