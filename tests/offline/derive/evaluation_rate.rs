//! Forms with the named rating or a better one, of the forms that answer the question.

use serde_json::{Value, json};

use super::builders::{Meeting, Target, id, meeting, meetings, target};
use super::table::{check, row};

fn rate() -> Target {
    target(json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" })).at_least(80)
}

fn event(n: u128) -> Meeting {
    meeting(n, "2017-05-01").register_not_kept()
}

fn forms(without: i64, answered: i64, expected: Option<i64>) -> Value {
    json!({ "completeness": { "meetings_without_forms": without, "forms_answered": answered,
        "forms_expected": expected, "provisional": without > 0 } })
}

fn detail(events: i64, on_another_scale: i64, return_percent: Value) -> Value {
    json!({ "detail": { "kind": "evaluation_rate", "events": events,
        "events_on_another_scale": on_another_scale, "return_percent": return_percent } })
}

#[test]
fn the_forms_of_all_events_are_added_up() {
    let (one, two) = (event(10).forms(8, 10).handed_out(20), event(11).forms(7, 10).handed_out(20));
    let foreign = event(12).forms(0, 10).handed_out(20).on_another_scale();
    let later = meeting(13, "2017-10-01").forms(10, 10).handed_out(10);
    check([
        row(
            "two events on their own scales, and one on another scale",
            &rate(),
            &meetings([one.clone(), two.clone(), foreign]),
        )
        .rate(15, 20, 75.0)
        .status("amber", "within_tolerance")
        .with(json!({ "amber_from": 72, "variance": -5, "direction": { "short": "declined" } }))
        .with(detail(2, 1, json!(50)))
        .with(forms(0, 20, Some(40)))
        .left_out([(12, "scale_lacks_rating")])
        .missing([]),
        row("an event without forms", &rate(), &meetings([one.clone(), event(11)]))
            .rate(8, 10, 80.0)
            .status("green", "meets_threshold")
            .with(forms(1, 10, Some(20)))
            .left_out([(11, "no_forms")])
            .missing(["forms"]),
        row("a later event is to come", &rate().as_at("2017-09-30"), &meetings([one.clone(), later.clone()]))
            .rate(8, 10, 80.0)
            .with(forms(0, 10, Some(20)))
            .left_out([(13, "meeting_in_future")]),
        row("on its day it counts", &rate().as_at("2017-10-01"), &meetings([one, later]))
            .rate(18, 20, 90.0)
            .with(forms(0, 20, Some(30))),
        row("after the handover", &rate().handed_over_on("2017-08-01"), &meetings([two])).rate(7, 10, 70.0),
    ]);
}

#[test]
fn the_return_rate_is_of_the_forms_handed_out_or_else_of_the_attendees() {
    let known = event(10).forms(20, 20).handed_out(40);
    check([
        row("of those handed out", &rate(), &meetings([known.clone()]))
            .with(detail(1, 0, json!(50)))
            .with(forms(0, 20, Some(40))),
        row("of the attendees", &rate(), &meetings([event(10).forms(10, 10).attendees(30)]))
            .with(detail(1, 0, json!(33.33)))
            .with(forms(0, 10, Some(30))),
        row(
            "the number handed out comes first",
            &rate(),
            &meetings([event(10).forms(10, 10).handed_out(20).attendees(30)]),
        )
        .with(detail(1, 0, json!(50)))
        .with(forms(0, 10, Some(20))),
        row(
            "without either number, an event is left out",
            &rate(),
            &meetings([known.clone(), event(11).forms(30, 30)]),
        )
        .rate(50, 50, 100.0)
        .with(detail(2, 0, json!(50)))
        .with(forms(0, 20, Some(40))),
        row(
            "with more forms than attendees, an event is left out",
            &rate(),
            &meetings([known, event(11).forms(9, 9).attendees(8)]),
        )
        .rate(29, 29, 100.0)
        .with(detail(2, 0, json!(50)))
        .with(forms(0, 20, Some(40))),
        row("as many forms as attendees", &rate(), &meetings([event(10).forms(9, 9).attendees(9)]))
            .with(detail(1, 0, json!(100)))
            .with(forms(0, 9, Some(9))),
        row("neither number is known for any event", &rate(), &meetings([event(11).forms(30, 30)]))
            .with(detail(1, 0, Value::Null))
            .with(forms(0, 30, None)),
    ]);
}

#[test]
fn unanswered_forms_and_forms_on_another_scale_each_have_their_reason() {
    let unanswered = || event(10).forms(0, 0).handed_out(10);
    let foreign = || event(11).forms(7, 7).handed_out(10).on_another_scale();
    let zero = |n: Option<i64>| json!({ "numerator": n, "denominator": n });
    let without =
        |count: i64| json!({ "completeness": { "meetings_without_forms": count, "provisional": count > 0 } });
    check([
        row("no forms", &rate(), &meetings([event(10), event(11)]))
            .no_value("no_entries", "no_data")
            .with(zero(None))
            .with(without(2))
            .left_out([(10, "no_forms"), (11, "no_forms")])
            .missing(["forms", "forms"]),
        row("nobody answered", &rate(), &meetings([unanswered(), event(11)]))
            .no_value("no_entries", "no_data")
            .with(zero(Some(0)))
            .with(without(1))
            .missing(["forms"]),
        row(
            "nobody answered forms on another scale",
            &rate(),
            &meetings([event(10), event(11).forms(0, 0).on_another_scale()]),
        )
        .no_value("no_entries", "no_data")
        .with(zero(Some(0)))
        .with(without(1))
        .missing(["forms"]),
        row("another scale", &rate(), &meetings([event(10), foreign()]))
            .no_value("other_scale", "no_data")
            .with(zero(None))
            .with(without(1))
            .left_out([(10, "no_forms"), (11, "scale_lacks_rating")])
            .missing(["forms"]),
        row("nobody answered, and another scale", &rate(), &meetings([unanswered(), foreign()]))
            .no_value("other_scale", "no_data")
            .with(zero(Some(0)))
            .with(without(0))
            .missing([]),
        row(
            "answered, and another scale",
            &rate(),
            &meetings([event(10).forms(5, 5).handed_out(10), foreign()]),
        )
        .rate(5, 5, 100.0)
        .status("green", "meets_threshold")
        .with(without(0))
        .left_out([(11, "scale_lacks_rating")])
        .missing([]),
    ]);
}

#[test]
fn each_group_has_its_part() {
    let facts = meetings([event(10).forms(8, 10), event(11).group(5).forms(1, 4), event(12).group(5)]);
    let part = |group: u128, meetings: i64, n: i64, d: i64, percent: i64| {
        json!({ "group_id": id(group), "aggregate": "pooled", "meetings": meetings, "numerator": n,
            "denominator": d, "value_percent": percent })
    };
    check([row("two groups", &rate(), &facts)
        .rate(9, 14, 64.29)
        .with(json!({ "parts": [part(3, 1, 8, 10, 80), part(5, 1, 1, 4, 25)] }))]);
}
