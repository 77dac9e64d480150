//! Random registers, forms and entries: the rows of an explanation add up to the metric.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::recount;
use crate::support::{App, Fixtures, id};

#[derive(Debug, Clone)]
struct Scenario {
    councils: Vec<Council>,
    seats: Vec<Seat>,
    meetings: Vec<Meeting>,
    entries: Vec<Entry>,
    thresholds: Vec<u32>,
}

#[derive(Debug, Clone)]
struct Council {
    kind: usize,
    until: Option<i32>,
    member_until: Option<i32>,
}

#[derive(Debug, Clone)]
struct Seat {
    group: usize,
    council: usize,
    role: usize,
    holder: usize,
    from: i32,
    until: Option<i32>,
    exists_until: Option<i32>,
}

#[derive(Debug, Clone)]
struct Meeting {
    group: usize,
    kind: usize,
    month: i32,
    status: usize,
    register: usize,
    delivered: usize,
    lines: Vec<usize>,
    forms: Vec<u32>,
}

#[derive(Debug, Clone)]
struct Entry {
    month: i32,
    council: usize,
    occasion: usize,
    covered: bool,
    n: u32,
    more: u32,
    state: usize,
    corrects: bool,
}

const KINDS: [&str; 3] = ["county", "unitary", "district"];
const ROLES: [&str; 2] = ["leader", "member"];
const STATUSES: [&str; 6] =
    ["present", "present_virtual", "substitute", "apologies", "absent", "in_attendance"];
const STATES: [&str; 4] = ["planned", "started", "achieved", "missed"];
const OCCASIONS: [Option<&str>; 3] = [None, Some("spring"), Some("autumn")];
const DAYS: [&str; 4] = ["2017-03-31", "2017-08-31", "2018-01-15", "2018-03-31"];

/// Returns the first day of a month. Month 0 is April 2017, so -1 is before and 12 after the year.
fn first_of(month: i32) -> String {
    let (year, month) = (2017 + (month + 3).div_euclid(12), (month + 3).rem_euclid(12) + 1);
    format!("{year}-{month:02}-01")
}

fn scenarios() -> impl Strategy<Value = Scenario> {
    let council = (0..3_usize, option::weighted(0.2, 1..14), option::weighted(0.3, -2..14))
        .prop_map(|(kind, until, member_until)| Council { kind, until, member_until });
    let seat = (
        0..2_usize,
        0..4_usize,
        0..2_usize,
        0..5_usize,
        -2..10,
        option::of(1..4),
        option::weighted(0.2, 1..14),
    )
        .prop_map(|(group, council, role, holder, from, held_for, exists_until)| Seat {
            group,
            council,
            role,
            holder,
            from,
            until: held_for.map(|months| from + months),
            exists_until,
        });
    let header = (0..3_usize, 0..2_usize, -1..14, 0..6_usize, 0..5_usize, 0..3_usize);
    let meeting = (header, vec(0..8_usize, 10), vec(0..4_u32, 3)).prop_map(
        |((group, kind, month, status, register, delivered), lines, forms)| Meeting {
            group,
            kind,
            month,
            status,
            register,
            delivered,
            lines,
            forms,
        },
    );
    let entry = (
        -2..13,
        0..4_usize,
        0..3_usize,
        any::<bool>(),
        0..6_u32,
        0..4_u32,
        0..4_usize,
        proptest::bool::weighted(0.2),
    )
        .prop_map(|(month, council, occasion, covered, n, more, state, corrects)| Entry {
            month,
            council,
            occasion,
            covered,
            n,
            more,
            state,
            corrects,
        });
    (vec(council, 4), vec(seat, 1..9), vec(meeting, 1..6), vec(entry, 0..6), vec(0..101_u32, 7)).prop_map(
        |(councils, seats, meetings, entries, thresholds)| Scenario {
            councils,
            seats,
            meetings,
            entries,
            thresholds,
        },
    )
}

/// Returns every kind of measure in its variants. A profile must not exceed the threshold.
fn measures(group: &Value, scenario: &Scenario) -> Vec<Value> {
    let max_expected = threshold(scenario, PROFILE_INDEX).unwrap_or(9).min(9);
    let mut all = vec![
        json!({ "kind": "attendance_rate", "council_kinds": ["county", "unitary"], "selector": { "meeting_kinds": ["meeting"] } }),
        json!({ "kind": "meetings_held" }),
        json!({ "kind": "meetings_held", "selector": { "group_ids": [group["id"]] } }),
        json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }),
        json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" }),
        json!({ "kind": "council_coverage", "basis": "attendance", "council_kinds": ["district", "unitary"] }),
        json!({ "kind": "count_total", "unit_name": "things" }),
        json!({ "kind": "count_total", "unit_name": "things",
            "profile": [{ "by_on": "2017-07-31", "expected": max_expected / 3 }, { "by_on": "2017-12-31", "expected": max_expected }] }),
        json!({ "kind": "financial_balance", "area": "a" }),
        json!({ "kind": "financial_balance", "area": "a", "requirement": "break_even" }),
        json!({ "kind": "milestone" }),
        json!({ "kind": "narrative" }),
    ];
    for (unit, aggregate) in [
        ("seat", "pooled"),
        ("seat", "min_meeting"),
        ("person", "pooled"),
        ("person", "distinct"),
        ("council", "min_meeting"),
        ("council", "distinct"),
    ] {
        let substitutes = if aggregate == "distinct" { "not_counted" } else { "counted" };
        let vacancies = if unit == "person" { "included" } else { "excluded" };
        let roles = if aggregate == "min_meeting" { json!(["leader"]) } else { json!([]) };
        all.push(json!({ "kind": "attendance_rate", "unit": unit, "aggregate": aggregate, "substitutes": substitutes, "vacancies": vacancies, "roles": roles }));
    }
    for aggregate in ["summed", "latest", "minimum"] {
        all.push(json!({ "kind": "ratio", "aggregate": aggregate }));
    }
    for when in ["as_at", "during"] {
        for over in ["minimum", "pooled", "distinct"] {
            all.push(json!({ "kind": "council_coverage", "basis": "entries", "when": when, "over_occasions": over }));
        }
        all.push(json!({ "kind": "council_coverage", "basis": "membership", "when": when, "council_kinds": ["county"] }));
    }
    all
}

/// Creates the records of a scenario. Returns its targets.
async fn create_records(fixtures: &Fixtures, scenario: &Scenario) -> Vec<Value> {
    let councils = create_councils(fixtures, scenario).await;
    let groups = [
        fixtures.group(json!({})).await,
        fixtures.group(json!({ "responsible_until": "2017-12-01", "handed_to": "Another" })).await,
    ];
    let mut seats = Vec::new();
    for (ordinal, seat) in scenario.seats.iter().enumerate() {
        let term = json!({ "holder_ref": format!("holder-{}", seat.holder), "held_from": first_of(seat.from),
            "held_until": seat.until.map(first_of) });
        let more = json!({ "role": ROLES[seat.role], "ordinal": ordinal + 1, "terms": [term],
            "exists_until": seat.exists_until.map(first_of) });
        seats.push((seat.group, fixtures.seat(&groups[seat.group], &councils[seat.council], more).await));
    }
    let mut linked = Vec::new();
    for meeting in &scenario.meetings {
        let created = create_meeting(fixtures, meeting, &groups, &seats, &councils).await;
        if meeting.group == 2 {
            linked.push(created["id"].clone());
        }
    }
    let framework = fixtures.framework(json!({})).await;
    let outcome = fixtures.outcome(&fixtures.theme(&framework).await).await;
    let ids = json!(groups.iter().map(|group| group["id"].clone()).collect::<Vec<_>>());
    let action = fixtures.action(&outcome, json!({ "group_ids": ids, "meeting_ids": linked })).await;
    let handed_over = fixtures.action(&outcome, json!({ "group_ids": [groups[1]["id"]] })).await;
    let mut targets = Vec::new();
    for (i, measure) in measures(&groups[0], scenario).into_iter().enumerate() {
        let action = if i % 5 == 3 { &handed_over } else { &action };
        let target = fixtures.target(action, measure, target_fields(scenario, i)).await;
        create_entries(fixtures, scenario, &target, &councils).await;
        targets.push(target);
    }
    targets
}

/// The index of the measure that has a profile.
const PROFILE_INDEX: usize = 7;

/// Returns the threshold of the target with this index.
fn threshold(scenario: &Scenario, i: usize) -> Option<u32> {
    let kind_has_none = i == 10 || i == 11;
    let threshold = scenario.thresholds[i % scenario.thresholds.len()];
    let is_count = [1, 2, 6, 7].contains(&i);
    let threshold = if is_count { threshold / 10 } else { threshold };
    (!kind_has_none && !threshold.is_multiple_of(7)).then_some(threshold)
}

/// Returns the threshold, aim, tolerance and frequencies of the target with this index.
fn target_fields(scenario: &Scenario, i: usize) -> Value {
    let threshold = threshold(scenario, i);
    let frequencies = [json!(["quarterly"]), json!(["annual"]), json!(["unknown"]), json!(["twice_a_month"])];
    let mut more =
        json!({ "frequencies": frequencies[i % 4], "aim": if i % 3 == 2 { "at_most" } else { "at_least" } });
    if let Some(threshold) = threshold {
        more["threshold"] = json!(threshold);
    }
    if i % 4 == 1 && ![8, 9, 10, 11].contains(&i) {
        let value = if threshold.is_some_and(|threshold| threshold < 2) { 0.5 } else { 1.5 };
        more["tolerance"] = json!({ "kind": "absolute", "value": value });
    }
    if i == 10 {
        more["due_on"] = json!("2018-01-01");
    }
    more
}

async fn create_councils(fixtures: &Fixtures, scenario: &Scenario) -> Vec<Value> {
    let mut councils = Vec::new();
    for council in &scenario.councils {
        let membership =
            json!({ "member_from": "2010-04-01", "member_until": council.member_until.map(first_of) });
        let more = json!({ "kind": KINDS[council.kind], "exists_until": council.until.map(first_of), "memberships": [membership] });
        councils.push(fixtures.council(more).await);
    }
    councils
}

async fn create_meeting(
    fixtures: &Fixtures,
    input: &Meeting,
    groups: &[Value; 2],
    seats: &[(usize, Value)],
    councils: &[Value],
) -> Value {
    let day = format!("{}15", &first_of(input.month)[..8]);
    let kind = ["meeting", "summit"][input.kind];
    let precision = ["day", "day", "month", "year"][input.lines[0] % 4];
    let mut more = json!({ "kind": kind, "date_precision": precision });
    if let Some(delivered) = [None, Some(true), Some(false)][input.delivered] {
        more["deliverables"] = json!([{ "deliverable": "briefing", "delivered": delivered }]);
    }
    let meeting = fixtures.meeting(groups.get(input.group), &day, more).await;
    // The server rejects a line that does not match its meeting. The scenario ignores such lines.
    let seats_of_group = seats
        .iter()
        .filter(|(group, _)| *group == input.group)
        .map(|(_, seat)| json!({ "seat_id": seat["id"] }));
    let delegates = (0..input.lines.len()).map(|n| json!({ "council_id": councils[n % councils.len()]["id"], "delegate_ref": format!("delegate-{n}") }));
    let attendees: Vec<Value> = if input.group == 2 { delegates.collect() } else { seats_of_group.collect() };
    for (mut line, status) in attendees.into_iter().zip(&input.lines) {
        if let Some(status) = STATUSES.get(*status) {
            (line["meeting_id"], line["status"]) = (meeting["id"].clone(), json!(status));
            fixtures.0.post("/v1/attendance", line).await;
        }
    }
    if input.forms[0] != 3 {
        let best = if input.forms[1] == 0 { "excellent" } else { "good" };
        let ratings = json!([{ "rating": "poor", "forms": input.forms[1] }, { "rating": "fair", "forms": input.forms[2] }, { "rating": best, "forms": input.forms[0] }]);
        let question = if input.forms[2] == 3 { "venue" } else { "overall" };
        fixtures
            .0
            .create(
                "/v1/evaluations",
                json!({ "meeting_id": meeting["id"], "question": question, "ratings": ratings }),
            )
            .await;
    }
    let status = ["held", "held", "held", "inquorate", "cancelled", "scheduled"][input.status];
    let register = ["closed", "closed", "closed", "open", "not_kept"][input.register];
    let path = format!("/v1/meetings/{}", id(&meeting));
    let version = fixtures.0.read(&path).await["version"].as_i64().expect("a version");
    fixtures.0.patch(&path, version, json!({ "status": status, "register": register })).await;
    meeting
}

async fn create_entries(fixtures: &Fixtures, scenario: &Scenario, target: &Value, councils: &[Value]) {
    let measure = &target["measure"];
    let mut previous = Value::Null;
    for input in &scenario.entries {
        let (n, of) = (input.n, input.n + input.more);
        let entry = match measure["kind"].as_str().expect("a kind") {
            "council_coverage" if measure["basis"] == "entries" => {
                json!({ "kind": "coverage", "council_id": councils[input.council]["id"], "covered": input.covered })
            }
            "count_total" => json!({ "kind": "count", "count": n }),
            "ratio" => json!({ "kind": "ratio", "numerator": n, "denominator": of }),
            "financial_balance" => {
                json!({ "kind": "money", "area": "a", "income_pence": 3 * n, "cost_pence": of })
            }
            "milestone" => json!({ "kind": "milestone", "state": STATES[input.state] }),
            "narrative" => json!({ "kind": "narrative", "text": "So it was." }),
            _ => return,
        };
        let mut body = json!({ "target_id": target["id"], "occurred_on": first_of(input.month), "entry": entry,
            "occasion": OCCASIONS[input.occasion] });
        if input.corrects {
            body["supersedes_id"] = previous.clone();
        }
        previous = fixtures.0.create("/v1/progress", body).await["id"].clone();
    }
}

#[test]
fn the_rows_of_random_scenarios_add_up_to_the_metric() {
    let app = App::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config {
        cases: 4,
        max_shrink_iters: 40,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&scenarios(), |scenario| {
        runtime.block_on(async {
            let fixtures = Fixtures(app.officer());
            for (i, target) in create_records(&fixtures, &scenario).await.iter().enumerate() {
                for (j, day) in DAYS.iter().enumerate() {
                    // A third of the explanations is read in small pages.
                    recount(&fixtures.0, target, day, if (i + j) % 3 == 0 { 5 } else { 500 }).await;
                }
            }
        });
        Ok(())
    });
    outcome.expect("every explanation adds up to its metric");
}
