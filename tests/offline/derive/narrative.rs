//! Narratives, and what is shown beside every figure: judgements, claims and implied targets.

use serde_json::{Value, json};

use super::builders::{Target, entries, entry, nothing, target};
use super::readings_due::readings;
use super::table::{Row, check, row};

fn narrative() -> Target {
    target(json!({ "kind": "narrative" }))
}

#[test]
fn a_narrative_has_no_value_and_its_status_is_contextual() {
    let judged_only = |row: Row| {
        row.status("contextual", "judged_only").with(json!({ "value": null, "value_percent": null,
            "numerator": null, "value_reason": "judged_only", "unit": "none", "forecast": null,
            "amber_from": null, "variance": null, "direction": { "short": "none", "long": "none" } }))
    };
    let quarterly = |day: &str| narrative().frequencies(&["quarterly"]).as_at(day);
    let texts = entries([entry(10, "2017-05-01"), entry(11, "2017-11-01")]);
    let left_out = "judged_only";
    check([
        judged_only(row("no entry", &narrative(), &nothing())).missing([]),
        judged_only(row("judged green", &narrative().judged("green"), &nothing()))
            .with(json!({ "judgement": { "status": "green", "author": "olive" } })),
        judged_only(row("before the year", &narrative().as_at("2017-03-31"), &nothing())),
        judged_only(row("texts are readings", &quarterly("2018-01-15"), &texts))
            .with(readings(Some(3), Some(2)))
            .missing(["reading"])
            .left_out([(10, left_out), (11, left_out)]),
        judged_only(row("as far as the year has come", &quarterly("2017-07-01"), &texts))
            .with(readings(Some(1), Some(1)))
            .missing([])
            .left_out([(10, left_out)]),
    ]);
}

#[test]
fn judgements_and_claims_never_change_the_figure() {
    let one = entries([entry(10, "2017-05-01").count(1).ratio(1, 10).money(0, 100).state("missed")]);
    let count = json!({ "kind": "count_total", "unit_name": "x" });
    let red: [(Value, i64, &str); 4] = [
        (count, 10, "misses_threshold"),
        (json!({ "kind": "ratio" }), 60, "misses_threshold"),
        (json!({ "kind": "financial_balance", "area": "a" }), 0, "misses_threshold"),
        (json!({ "kind": "milestone" }), 0, "missed"),
    ];
    check(red.into_iter().flat_map(|(measure, threshold, reason)| {
        let is_milestone = measure["kind"] == "milestone";
        let plain = target(measure.clone());
        let plain = if is_milestone { plain } else { plain.at_least(threshold) };
        let derived = |name: &str, target: &Target| {
            row(format!("{measure}: {name}"), target, &one).status("red", reason)
        };
        [
            derived("neither", &plain).with(json!({ "judgement": null, "claims": [] })),
            derived("judged green", &plain.clone().judged("green"))
                .with(json!({ "judgement": { "status": "green", "reason": "Arranged", "author": "olive" } })),
            derived("claimed", &plain.clone().claimed("91%"))
                .with(json!({ "claims": [{ "printed": "91%" }] })),
            derived("both", &plain.judged("amber").claimed("91%"))
                .with(json!({ "judgement": { "status": "amber" }, "claims": [{ "printed": "91%" }] })),
        ]
    }));
}

#[test]
fn a_claim_and_a_judgement_give_no_value() {
    // Example 2.1.1: 91 % was printed, and no list of members is known.
    let rate = target(json!({ "kind": "attendance_rate" })).at_least(60);
    check([row("no meeting", &rate.claimed("91%").judged("green"), &nothing())
        .no_value("no_meeting", "no_data")
        .with(json!({ "claims": [{ "printed": "91%" }], "judgement": { "status": "green" } }))]);
}

#[test]
fn an_implied_target_is_derived_like_any_other_and_says_that_it_is_implied() {
    let rate = target(json!({ "kind": "ratio" })).at_least(60);
    let facts = entries([entry(10, "2017-05-01").ratio(6, 10)]);
    let green = |name: &str, target: &Target| {
        row(name, target, &facts).rate(6, 10, 60.0).status("green", "meets_threshold")
    };
    check([
        green("stated", &rate).with(json!({ "implied": false })),
        green("implied", &rate.clone().implied()).with(json!({ "implied": true })),
    ]);
}
