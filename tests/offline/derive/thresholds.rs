//! Rates of every measure beside their thresholds: exact, amber, revised, and independent of the
//! pace.

use serde_json::{Value, json};

use super::builders::{Facts, LAST_DAY, Target, coverage, entries, entry, meeting, meetings, target};
use super::table::{check, row};

/// The facts of a measure whose rate is so many of so many.
type Parts = fn(i64, i64) -> Facts;

/// The measures whose value is a rate. With a threshold, a coverage is one of them.
fn rates() -> [(Value, Parts); 5] {
    [
        (json!({ "kind": "attendance_rate" }), |n, d| meetings([meeting(10, "2017-05-01").attended(n, d)])),
        (json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }), |n, d| {
            let number = |i: i64| u128::try_from(i).expect("an id");
            meetings((1..=d).map(|i| meeting(number(i), "2017-05-01").delivered(i <= n)))
        }),
        (json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" }), |n, d| {
            meetings([meeting(10, "2017-05-01").forms(n, d)])
        }),
        (json!({ "kind": "council_coverage", "basis": "entries" }), coverage),
        (json!({ "kind": "ratio" }), |n, d| entries([entry(10, "2017-05-01").ratio(n, d)])),
    ]
}

/// A name, a target without its measure, the rate, its percentage, the status, where amber begins,
/// the variance, and whether rounding to whole per cents would change the status.
type Case = (&'static str, fn(Target) -> Target, (i64, i64), f64, &'static str, f64, f64, bool);

const CASES: &[Case] = &[
    ("at the threshold", |t| t.at_least(60), (120, 200), 60.0, "green", 54.0, 0.0, false),
    ("everybody", |t| t.at_least(60), (200, 200), 100.0, "green", 54.0, 40.0, false),
    ("just below, and rounded up to it", |t| t.at_least(60), (119, 200), 59.5, "amber", 54.0, -0.5, true),
    ("31 of 52, which rounds to 60", |t| t.at_least(60), (31, 52), 59.62, "amber", 54.0, -0.38, true),
    ("30 of 52, which rounds to 58", |t| t.at_least(60), (30, 52), 57.69, "amber", 54.0, -2.31, false),
    ("13 of 22, which rounds to 59", |t| t.at_least(60), (13, 22), 59.09, "amber", 54.0, -0.91, false),
    ("at a tenth below the threshold", |t| t.at_least(60), (108, 200), 54.0, "amber", 54.0, -6.0, false),
    ("below amber, and rounded up to it", |t| t.at_least(60), (107, 200), 53.5, "red", 54.0, -6.5, true),
    ("below amber", |t| t.at_least(60), (106, 200), 53.0, "red", 54.0, -7.0, false),
    ("nobody", |t| t.at_least(60), (0, 200), 0.0, "red", 54.0, -60.0, false),
    (
        "2 points below",
        |t| t.at_least(60).absolute_tolerance(2),
        (116, 200),
        58.0,
        "amber",
        58.0,
        -2.0,
        false,
    ),
    (
        "more than 2 points",
        |t| t.at_least(60).absolute_tolerance(2),
        (115, 200),
        57.5,
        "red",
        58.0,
        -2.5,
        true,
    ),
    ("5 % below", |t| t.at_least(60).relative_tolerance(5), (114, 200), 57.0, "amber", 57.0, -3.0, false),
    ("more than 5 %", |t| t.at_least(60).relative_tolerance(5), (112, 200), 56.0, "red", 57.0, -4.0, false),
    ("no tolerance", |t| t.at_least(60).absolute_tolerance(0), (119, 200), 59.5, "red", 60.0, -0.5, true),
    ("all of all", |t| t.at_least(100), (200, 200), 100.0, "green", 100.0, 0.0, false),
    ("not quite all has no amber", |t| t.at_least(100), (199, 200), 99.5, "red", 100.0, -0.5, true),
    (
        "a tenth for all",
        |t| t.at_least(100).relative_tolerance(10),
        (180, 200),
        90.0,
        "amber",
        90.0,
        -10.0,
        false,
    ),
    ("at least none", |t| t.at_least(0), (0, 200), 0.0, "green", 0.0, 0.0, false),
    ("at the cap", |t| t.at_most(60), (120, 200), 60.0, "green", 66.0, 0.0, false),
    ("above the cap, and rounded to it", |t| t.at_most(60), (241, 400), 60.25, "amber", 66.0, 0.25, true),
    ("a tenth above the cap", |t| t.at_most(60), (132, 200), 66.0, "amber", 66.0, 6.0, false),
    ("more than a tenth above", |t| t.at_most(60), (133, 200), 66.5, "red", 66.0, 6.5, false),
    ("none, as it is to be", |t| t.at_most(0), (0, 34), 0.0, "green", 0.0, 0.0, false),
    ("one where none is to be", |t| t.at_most(0), (1, 34), 2.94, "red", 0.0, 2.94, false),
    ("a point above none", |t| t.at_most(0).absolute_tolerance(1), (2, 200), 1.0, "amber", 1.0, 1.0, false),
    ("above that point", |t| t.at_most(0).absolute_tolerance(1), (3, 200), 1.5, "red", 1.0, 1.5, false),
    ("an exact third", |t| t.at_least(33), (1, 3), 33.33, "green", 29.7, 0.33, false),
    ("two thirds, half up", |t| t.at_least(67), (2, 3), 66.67, "amber", 60.3, -0.33, true),
];

/// The reason of a colour, of a value that is compared with its threshold.
fn reason(status: &str) -> &'static str {
    match status {
        "green" => "meets_threshold",
        "amber" => "within_tolerance",
        _ => "misses_threshold",
    }
}

#[test]
fn every_rate_is_compared_exactly_with_its_whole_threshold_on_any_day() {
    for day in ["2017-06-12", LAST_DAY] {
        check(rates().iter().flat_map(|(measure, facts)| {
            CASES.iter().map(move |(name, set, (n, d), percent, status, amber_from, variance, rounding)| {
                let target = set(target(measure.clone())).as_at(day);
                row(format!("{measure} on {day}, {name}"), &target, &facts(*n, *d))
                    .rate(*n, *d, *percent)
                    .status(status, reason(status))
                    .with(json!({ "amber_from": amber_from, "variance": variance,
                        "rounding_sensitive": rounding, "expected_by_now": null }))
            })
        }));
    }
}

#[test]
fn a_rate_without_a_threshold_is_a_number_without_a_colour() {
    check(rates().iter().filter(|(measure, _)| measure["kind"] != "council_coverage").map(
        |(measure, facts)| {
            row(measure.to_string(), &target(measure.clone()), &facts(1, 3))
                .rate(1, 3, 33.33)
                .status("contextual", "no_threshold")
                .with(json!({ "threshold": null, "amber_from": null, "variance": null,
                    "rounding_sensitive": false, "choice_sensitive": false }))
                .explained(json!({ "comparison": null }))
        },
    ));
}

const MAY: &str = "2017-05-31";
const JUNE: &str = "2017-06-01";

/// A name, the thresholds before and after a revision of 1 June, the requested day, how many of a
/// hundred, the status with its threshold and where amber begins, and the status against the
/// threshold before.
type Revision = (&'static str, (i64, i64), &'static str, i64, (&'static str, i64, f64), Option<&'static str>);

#[test]
fn a_revision_moves_the_threshold_and_amber_from_its_own_day_on() {
    let cases: [Revision; 6] = [
        ("to all, before", (60, 100), MAY, 95, ("green", 60, 54.0), None),
        ("to all, from its day on", (60, 100), JUNE, 95, ("red", 100, 100.0), Some("green")),
        ("from all, before", (100, 60), MAY, 55, ("red", 100, 100.0), None),
        ("from all, from its day on", (100, 60), JUNE, 55, ("amber", 60, 54.0), Some("red")),
        ("lower, from its day on", (60, 50), JUNE, 50, ("green", 50, 45.0), Some("red")),
        ("within the tolerance of both", (60, 59), JUNE, 58, ("amber", 59, 53.1), Some("amber")),
    ];
    check(rates().iter().flat_map(|(measure, facts)| {
        cases.iter().map(move |(name, (from, to), day, n, (status, threshold, amber_from), previous)| {
            let target = target(measure.clone()).at_least(*from).revised(JUNE, *to).as_at(day);
            let revision = previous.map(|previous| {
                json!({ "revised_on": JUNE, "original_threshold": from, "previous_threshold": from,
                    "previous_status": previous })
            });
            row(format!("{measure}, {name}"), &target, &facts(*n, 100))
                .status(status, reason(status))
                .with(json!({ "threshold": threshold, "amber_from": amber_from, "revision": revision }))
        })
    }));
}

#[test]
fn the_comparison_is_explained_in_whole_numbers() {
    let rate = target(json!({ "kind": "ratio" })).at_least(60);
    let facts = entries([entry(10, "2017-05-01").ratio(13, 22)]);
    check([
        // Amber begins at 54: 13 x 100 >= 22 x 54.
        row("13 of 22 against 60", &rate, &facts).explained(json!({ "comparison": {
            "against": "threshold",
            "green": { "left": "1300", "operator": "at_least", "right": "1320", "holds": false },
            "amber": { "left": "1300", "operator": "at_least", "right": "1188", "holds": true },
        } })),
        row("without a tolerance", &rate.clone().absolute_tolerance(0), &facts)
            .explained(json!({ "comparison": { "amber": null } })),
        row("without a value", &rate, &entries([])).explained(json!({ "comparison": null })),
    ]);
}
