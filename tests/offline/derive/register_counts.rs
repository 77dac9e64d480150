//! The counts of registers by the parameters of an attendance rate, from the rows of the statement.

use outturn::metrics::facts::{AttendanceFact, AttendanceScope, MeetingFact};
use outturn::metrics::register_counts::RegisterCounts;
use outturn::metrics::registers::{Attendee, RegisterRow, Registers};
use outturn::rules::measure::AttendanceRate;
use serde_json::{Value, json};

use super::builders::{day, id, meeting, read};

/// A seat of a council, which a holder has. Its records are those of the meetings 1, 2 and so on.
fn seat(seat: u128, council: u128, holder: &str, statuses: &str) -> RegisterRow {
    let attendee = Attendee {
        council_id: id(100 + council),
        council_kind: read(json!("district")),
        seat_id: Some(id(200 + seat)),
        role: Some(read(json!("member"))),
        holder_ref: Some(read(json!(holder))),
    };
    RegisterRow { attendee, ordinals: (1..).take(statuses.len()).collect(), statuses: statuses.to_owned() }
}

fn vacant(row: RegisterRow) -> RegisterRow {
    RegisterRow { attendee: Attendee { holder_ref: None, ..row.attendee }, ..row }
}

fn in_role(role: &str, row: RegisterRow) -> RegisterRow {
    RegisterRow { attendee: Attendee { role: Some(read(json!(role))), ..row.attendee }, ..row }
}

fn of_kind(kind: &str, row: RegisterRow) -> RegisterRow {
    RegisterRow { attendee: Attendee { council_kind: read(json!(kind)), ..row.attendee }, ..row }
}

fn at_open_event(row: RegisterRow) -> RegisterRow {
    let attendee = Attendee { seat_id: None, role: None, holder_ref: None, ..row.attendee };
    RegisterRow { attendee, ..row }
}

/// Counts three meetings, in May, June and July, the last one of another group.
fn counts(measure: Value, rows: &[RegisterRow]) -> RegisterCounts {
    let meetings: [MeetingFact; 3] = [
        meeting(1, "2017-05-01").fact(),
        meeting(2, "2017-06-01").fact(),
        meeting(3, "2017-07-01").group(4).fact(),
    ];
    let measure: AttendanceRate = read(measure);
    let mut registers = Registers::default();
    registers.insert(&[id(1), id(2), id(3)], rows.to_vec());
    RegisterCounts::new(&measure, &meetings.each_ref(), &registers)
}

/// Returns attended and expected of each meeting by a date, and then over all of them.
fn rates(counts: &RegisterCounts, as_at: &str) -> Vec<(i64, i64)> {
    let mut facts = counts.on(day(as_at));
    facts.sort_by_key(|fact| (fact.meeting_id.is_none(), fact.meeting_id, fact.group_id));
    facts.iter().map(|fact| (fact.attended, fact.expected)).collect()
}

const YEAR_END: &str = "2018-03-31";

#[test]
fn a_seat_counts_at_each_meeting_and_once_over_all() {
    let rows = [seat(1, 1, "a", "pxp"), seat(2, 2, "b", "xxx"), seat(3, 3, "c", "v-s")];
    let counts = counts(json!({}), &rows);
    assert_eq!(rates(&counts, YEAR_END), [(2, 3), (0, 3), (2, 3), (2, 3)]);
    assert_eq!(rates(&counts, "2017-05-01"), [(2, 3), (2, 3)]);
    assert_eq!(rates(&counts, "2017-04-30"), []);
    let facts = counts.on(day(YEAR_END));
    let third = facts.iter().find(|fact| fact.meeting_id == Some(id(3))).expect("the third meeting");
    let lines = (third.present, third.present_virtual, third.substitutes, third.absent, third.not_recorded);
    assert_eq!(lines, (1, 0, 1, 1, 0));
}

#[test]
fn a_substitute_attends_only_if_the_measure_counts_substitutes() {
    let rows = [seat(1, 1, "a", "s"), seat(2, 2, "b", "p"), seat(3, 3, "c", "a")];
    assert_eq!(rates(&counts(json!({}), &rows), YEAR_END), [(2, 3), (2, 3)]);
    let without = counts(json!({ "substitutes": "not_counted" }), &rows);
    assert_eq!(rates(&without, YEAR_END), [(1, 3), (1, 3)]);
    let facts: Vec<AttendanceFact> = without.on(day(YEAR_END));
    let alternatives: Vec<(i64, i64)> =
        facts.iter().map(|fact| (fact.attended_or_sent, fact.attended_oneself)).collect();
    assert_eq!(alternatives, [(2, 1), (2, 1)]);
}

#[test]
fn a_person_with_two_seats_and_a_council_with_two_seats_count_once() {
    let rows = [seat(1, 1, "a", "xp"), seat(2, 1, "a", "px"), seat(3, 2, "b", "xx"), seat(4, 2, "c", "xx")];
    assert_eq!(rates(&counts(json!({ "unit": "seat" }), &rows), YEAR_END), [(1, 4), (1, 4), (2, 4)]);
    assert_eq!(rates(&counts(json!({ "unit": "person" }), &rows), YEAR_END), [(1, 3), (1, 3), (1, 3)]);
    assert_eq!(rates(&counts(json!({ "unit": "council" }), &rows), YEAR_END), [(1, 2), (1, 2), (1, 2)]);
}

#[test]
fn a_new_holder_of_a_seat_is_the_same_seat_and_another_person() {
    let later = RegisterRow { ordinals: vec![2], ..seat(1, 1, "b", "p") };
    let rows = [seat(1, 1, "a", "x"), later];
    assert_eq!(rates(&counts(json!({ "unit": "seat" }), &rows), YEAR_END), [(0, 1), (1, 1), (1, 1)]);
    assert_eq!(rates(&counts(json!({ "unit": "person" }), &rows), YEAR_END), [(0, 1), (1, 1), (1, 2)]);
}

#[test]
fn roles_kinds_and_vacancies_decide_who_is_expected() {
    let rows = [
        seat(1, 1, "a", "p"),
        in_role("chair", seat(2, 2, "b", "x")),
        of_kind("county", seat(3, 3, "c", "x")),
        vacant(seat(4, 4, "d", "-")),
        at_open_event(seat(5, 5, "e", "p")),
    ];
    let expected = |measure| rates(&counts(measure, &rows), YEAR_END)[0];
    assert_eq!(expected(json!({})), (2, 4));
    assert_eq!(expected(json!({ "roles": ["chair"] })), (1, 2), "an open event has no roles");
    assert_eq!(expected(json!({ "council_kinds": ["county"] })), (0, 1));
    assert_eq!(expected(json!({ "vacancies": "included" })), (2, 5));
    assert_eq!(expected(json!({ "vacancies": "included", "unit": "person" })), (2, 5));
}

#[test]
fn a_distinct_rate_also_counts_each_group() {
    let rows = [seat(1, 1, "a", "xpx"), seat(2, 2, "b", "xx"), seat(3, 3, "c", "-xp")];
    let counts = counts(json!({ "aggregate": "distinct" }), &rows);
    let mut groups: Vec<_> = counts
        .on(day(YEAR_END))
        .into_iter()
        .filter(|fact| fact.scope == AttendanceScope::Group)
        .map(|fact| (fact.group_id, fact.attended, fact.expected))
        .collect();
    groups.sort_unstable();
    assert_eq!(groups, [(Some(id(3)), 1, 3), (Some(id(4)), 1, 2)]);
}
