//! The value at the end of the plan period if the pace so far continues.

use serde_json::{Value, json};

use super::builders::{Facts, LAST_DAY, coverage, entries, entry, meeting, meetings, target};
use super::table::{check, row};

/// The 73rd day of 365, so a fifth of the year has passed.
const A_FIFTH: &str = "2017-06-12";

fn facts() -> Facts {
    let meetings = meetings([
        meeting(10, "2017-05-01").attended(1, 4).delivered(true).forms(1, 4),
        meeting(11, "2017-06-01").attended(3, 4).delivered(false).forms(3, 4),
    ]);
    let reading = |n, on: &str, numerator: i64| {
        entry(n, on).count(numerator).ratio(numerator, 10).money(100, numerator).state("started")
    };
    meetings
        .over_all(3, 4)
        .occasion(None, 1, 2)
        .and_entries([reading(12, "2017-05-01", 4), reading(13, "2017-06-01", 5)])
}

/// A measure, the member with its number, that number in June, and its forecast with the method.
type Case = (Value, &'static str, f64, Option<(f64, &'static str)>);

fn measures() -> [Case; 13] {
    let rate = |aggregate: &str| json!({ "kind": "attendance_rate", "aggregate": aggregate });
    let ratio = |aggregate: &str| json!({ "kind": "ratio", "aggregate": aggregate });
    let pooled = |value: f64| Some((value, "pooled_so_far"));
    let carried_on = |value: f64| Some((value, "carried_on"));
    let (percent, value) = ("value_percent", "value");
    [
        (json!({ "kind": "count_total", "unit_name": "x" }), value, 9.0, carried_on(45.0)),
        (json!({ "kind": "meetings_held" }), value, 2.0, carried_on(10.0)),
        (rate("pooled"), percent, 50.0, pooled(50.0)),
        (rate("distinct"), percent, 75.0, None),
        (rate("min_meeting"), percent, 25.0, None),
        (
            json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }),
            percent,
            50.0,
            pooled(50.0),
        ),
        (
            json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" }),
            percent,
            50.0,
            pooled(50.0),
        ),
        (ratio("summed"), percent, 45.0, pooled(45.0)),
        (ratio("latest"), percent, 50.0, None),
        (ratio("minimum"), percent, 40.0, None),
        (json!({ "kind": "council_coverage", "basis": "entries" }), value, 1.0, None),
        (json!({ "kind": "financial_balance", "area": "a" }), value, 191.0, None),
        (json!({ "kind": "milestone" }), value, 0.0, None),
    ]
}

#[test]
fn counts_are_carried_on_and_pooled_rates_stay_as_they_are() {
    check(measures().iter().flat_map(|(measure, member, number, forecast)| {
        let target = target(measure.clone());
        let forecast = match forecast {
            Some((value, method)) => json!({ "forecast": { "value": value, "method": method } }),
            None => json!({ "forecast": null }),
        };
        let in_june = row(format!("{measure} in June"), &target.clone().as_at(A_FIFTH), &facts());
        [
            in_june.with(json!({ *member: number })).with(forecast),
            row(format!("{measure} on the last day"), &target, &facts()).with(json!({ "forecast": null })),
        ]
    }));
}

#[test]
fn a_forecast_is_rounded_once() {
    let so_many = |count| entries([entry(10, "2017-04-05").count(count)]);
    let count = |day: &str| target(json!({ "kind": "count_total", "unit_name": "x" })).as_at(day);
    let carried_on = |value: f64| json!({ "forecast": { "value": value, "method": "carried_on" } });
    let thirds = target(json!({ "kind": "ratio" })).as_at(A_FIFTH);
    check([
        row("3 in a fifth of the year", &count(A_FIFTH), &so_many(3)).with(carried_on(15.0)),
        row("2 in 91 days of 365", &count("2017-06-30"), &so_many(2)).with(carried_on(8.02)),
        row("5 in 306 days of 365", &count("2018-01-31"), &so_many(5)).with(carried_on(5.96)),
        row("364 days", &count("2018-03-30"), &so_many(364)).with(carried_on(365.0)),
        row("0 stays 0", &count(A_FIFTH), &so_many(0)).with(carried_on(0.0)),
        row("the year is over", &count(LAST_DAY), &so_many(2)).with(json!({ "forecast": null })),
        row("a third", &thirds, &entries([entry(10, "2017-05-01").ratio(1, 3)]))
            .with(json!({ "forecast": { "value": 33.33, "method": "pooled_so_far" } })),
        row(
            "a coverage with a threshold",
            &target(json!({ "kind": "council_coverage", "basis": "entries" })).at_least(90).as_at(A_FIFTH),
            &coverage(1, 2),
        )
        .rate(1, 2, 50.0)
        .with(json!({ "forecast": null })),
    ]);
}
