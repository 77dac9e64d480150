//! Councils covered, of the councils of a cohort.

use outturn::metrics::derive::RowShares;
use serde_json::{Value, json};

use super::builders::{Facts, LAST_DAY, Target, coverage, entry, meeting, meetings, nothing, read, target};
use super::table::{check, row};

fn by(basis: &str) -> Target {
    target(json!({ "kind": "council_coverage", "basis": basis })).at_least(90)
}

fn over(occasions: &str) -> Target {
    target(json!({ "kind": "council_coverage", "basis": "entries", "over_occasions": occasions }))
        .at_least(90)
}

fn during() -> Target {
    target(json!({ "kind": "council_coverage", "basis": "membership", "when": "during" }))
}

#[test]
fn with_a_threshold_a_coverage_is_a_rate_and_without_one_a_number() {
    let number = json!({ "kind": "council_coverage", "basis": "entries" });
    check([
        row("44 of 52", &by("entries"), &coverage(44, 52))
            .rate(44, 52, 84.62)
            .status("amber", "within_tolerance")
            .with(json!({ "variance": -5.38, "amber_from": 81 }))
            .explained(json!({ "cohort": { "unit": "council", "council_kinds": [], "existing_on": LAST_DAY, "size": 52 } })),
        row("the number alone", &target(number.clone()), &coverage(44, 52))
            .value(44)
            .status("contextual", "no_threshold")
            .with(json!({ "unit": "count", "numerator": 44, "denominator": 52, "variance": null, "amber_from": null })),
        row("a number moves by the number", &target(number.clone()).baseline(json!({ "value": 3 })), &coverage(2, 2))
            .value(2)
            .with(json!({ "baseline_variance": -1, "direction": { "long": "declined", "long_compared_with": "baseline" } })),
        row("the cohort is empty", &by("entries"), &coverage(0, 0)).no_value("no_eligible", "no_data"),
        row("the cohort is empty, without a threshold", &target(number), &coverage(0, 0)).no_value("no_eligible", "no_data"),
    ]);
}

#[test]
fn several_occasions_count_by_the_lowest_or_added_up_or_as_one() {
    let two = nothing().occasion(Some("spring"), 2, 2).occasion(Some("autumn"), 1, 2);
    let merged = coverage(2, 2);
    let occasions = json!({ "detail": { "occasions": [{ "occasion": "spring", "numerator": 2, "denominator": 2 },
        { "occasion": "autumn", "numerator": 1, "denominator": 2 }] } });
    check([
        row("minimum", &over("minimum"), &two)
            .rate(1, 2, 50.0)
            .status("red", "misses_threshold")
            .with(occasions.clone()),
        row("minimum, at most: the highest", &over("minimum").at_most(90), &two).rate(2, 2, 100.0).status("red", "misses_threshold"),
        row("pooled", &over("pooled"), &two).rate(3, 4, 75.0).status("red", "misses_threshold").with(occasions),
        row("distinct, whose occasions the statement merges", &over("distinct"), &merged)
            .rate(2, 2, 100.0)
            .status("green", "meets_threshold")
            .with(json!({ "detail": { "occasions": [{ "occasion": null, "numerator": 2, "denominator": 2 }] } })),
        row("by default the lowest counts", &by("entries"), &two).rate(1, 2, 50.0),
    ]);
}

/// The reason for which each of these occasions does not count.
fn reasons<const N: usize>(
    target: &Target,
    facts: &Facts,
    occasions: [&str; N],
) -> [Option<&'static str>; N] {
    let target = target.fact();
    let evidence = facts.on(&target);
    let row_shares = RowShares::of(&target, &evidence);
    occasions.map(|occasion| row_shares.occasion(Some(&read(json!(occasion)))).map(|reason| reason.as_str()))
}

#[test]
fn an_occasion_that_does_not_count_has_its_reason() {
    let two = nothing().occasion(Some("spring"), 2, 2).occasion(Some("autumn"), 1, 2);
    // Both are equally bad. The entries of the first one are older.
    let equal = nothing().occasion(Some("spring"), 1, 2).occasion(Some("autumn"), 1, 2);
    let all = ["spring", "autumn", "winter"];
    let not_recorded = Some("not_recorded");
    let another = Some("another_decides");
    for (name, target, facts, expected) in [
        ("minimum", over("minimum"), &two, [another, None, not_recorded]),
        ("minimum of equals", over("minimum"), &equal, [None, another, not_recorded]),
        ("at most, of equals", over("minimum").at_most(90), &equal, [None, another, not_recorded]),
        ("pooled", over("pooled"), &two, [None, None, not_recorded]),
        ("before the year", during().as_at("2017-03-31"), &two, [Some("outside_window"); 3]),
    ] {
        assert_eq!(reasons(&target, facts, all), expected, "{name}");
    }
}

#[test]
fn a_later_entry_about_the_same_council_and_occasion_counts_instead() {
    let facts = coverage(1, 2).and_entries([
        entry(10, "2017-05-01").council(5),
        entry(11, "2017-06-01").council(6),
        entry(12, "2017-07-01").council(5).occasion("spring"),
        entry(13, "2017-09-01").council(5),
    ]);
    let overtaken = "overtaken_by_later_reading";
    let any_time = target(json!({ "kind": "council_coverage", "basis": "entries", "when": "during" }));
    check([
        row("on the last day", &by("entries"), &facts).left_out([(10, overtaken)]),
        row("before the later entry", &by("entries").as_at("2017-08-31"), &facts).left_out([]),
        row("during the year every entry counts", &any_time, &facts).left_out([]),
    ]);
}

#[test]
fn membership_during_a_year_that_has_not_begun_is_not_due() {
    let (first, before) = ("2017-04-01", "2017-03-31");
    let members = coverage(4, 4);
    let not_due = json!({ "numerator": null, "denominator": null });
    check([
        row("the day before, with a threshold", &during().at_least(90).as_at(before), &members)
            .no_value("not_due", "not_due")
            .with(not_due.clone()),
        row("the day before, without a threshold", &during().as_at(before), &members)
            .no_value("not_due", "not_due")
            .with(not_due),
        row("on the first day, with a threshold", &during().at_least(90).as_at(first), &members)
            .rate(4, 4, 100.0)
            .status("green", "meets_threshold"),
        row("on the first day, without a threshold", &during().as_at(first), &members)
            .value(4)
            .status("contextual", "no_threshold"),
        row("on the day itself, before the year", &by("membership").as_at(before), &members)
            .rate(4, 4, 100.0)
            .status("green", "meets_threshold"),
        row("nobody is a member", &by("membership"), &nothing().unrecorded(4))
            .no_value("no_entries", "no_data"),
    ]);
}

#[test]
fn attendance_covers_councils_once_a_register_is_closed() {
    let met = |meeting| meetings([meeting]);
    let (open, unkept) =
        (meeting(10, "2017-05-01").register_open(), meeting(10, "2017-05-01").register_not_kept());
    let registers = |closed: i64, open: i64, not_kept: i64| {
        json!({ "completeness": { "registers_closed": closed, "registers_open": open,
            "registers_not_kept": not_kept, "readings_due": null } })
    };
    check([
        row("two of four attended", &by("attendance"), &met(meeting(10, "2017-05-01")).occasion(None, 2, 4))
            .rate(2, 4, 50.0)
            .status("red", "misses_threshold")
            .with(registers(1, 0, 0))
            .left_out([])
            .missing([]),
        row(
            "a closed register without a line covers nobody",
            &by("attendance"),
            &met(meeting(10, "2017-05-01")).unrecorded(4),
        )
        .rate(0, 4, 0.0)
        .status("red", "misses_threshold"),
        row("the register is open", &by("attendance"), &met(open.clone()).unrecorded(4))
            .no_value("register_open", "no_data")
            .with(registers(0, 1, 0))
            .left_out([(10, "register_open")])
            .missing(["register"]),
        row("no register is kept", &by("attendance"), &met(unkept.clone()).unrecorded(4))
            .no_value("no_entries", "no_data")
            .with(registers(0, 0, 1))
            .left_out([(10, "register_not_kept")])
            .missing([]),
        row(
            "one is open and one is not kept",
            &by("attendance"),
            &meetings([unkept, meeting(11, "2017-06-01").register_open()]).unrecorded(4),
        )
        .no_value("register_open", "no_data"),
        row(
            "a register is awaited beside the one that counts",
            &by("attendance"),
            &meetings([open, meeting(11, "2017-06-01")]).occasion(None, 4, 4),
        )
        .rate(4, 4, 100.0)
        .with(registers(1, 1, 0))
        .left_out([(10, "register_open")])
        .missing(["register"]),
    ]);
}

#[test]
fn each_basis_has_the_completeness_of_its_records() {
    let none = |names: &[&str]| -> Value {
        let members = names.iter().map(|name| ((*name).to_owned(), Value::Null));
        json!({ "completeness": Value::Object(members.collect()) })
    };
    let told = coverage(1, 2).and_entries([entry(10, "2017-05-01").council(5)]);
    check([
        row("entries have readings", &by("entries").frequencies(&["quarterly"]).as_at("2017-10-01"), &told)
            .with(
                json!({ "completeness": { "readings_due": 2, "readings_received": 1, "registers_open": null,
                "meetings_planned": null, "provisional": true } }),
            )
            .missing(["reading"]),
        row(
            "memberships have nothing that is due",
            &by("membership").frequencies(&["quarterly"]),
            &coverage(1, 2),
        )
        .with(none(&["readings_due", "readings_received", "registers_open", "meetings_planned"]))
        .missing([]),
    ]);
}
