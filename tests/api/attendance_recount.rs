//! The pooled attendance rate equals a naive recount of the registers. The recount reads the rows
//! of the API and shares no code with the rules or the SQL.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::{App, Caller, Fixtures, id};

/// Seats with their terms, meetings with their attendance records, and settings of the measure.
#[derive(Debug, Clone)]
struct Scenario {
    seats: Vec<Seat>,
    meetings: Vec<Meeting>,
    unit: usize,
    substitutes: bool,
    roles: bool,
}

#[derive(Debug, Clone)]
struct Seat {
    council: usize,
    holder: usize,
    role: bool,
    from: u32,
    until: Option<u32>,
}

#[derive(Debug, Clone)]
struct Meeting {
    month: u32,
    status: usize,
    register: usize,
    lines: Vec<usize>,
}

const COUNCILS: usize = 4;
const STATUSES: [&str; 6] = ["present", "present_virtual", "substitute", "apologies", "absent", ""];
const UNITS: [&str; 3] = ["seat", "person", "council"];

fn scenarios() -> impl Strategy<Value = Scenario> {
    let seat = (0..COUNCILS, 0..5_usize, any::<bool>(), 1..12_u32, proptest::option::of(2..13_u32)).prop_map(
        |(council, holder, role, from, until)| Seat {
            council,
            holder,
            role,
            from,
            until: until.filter(|until| *until > from),
        },
    );
    let meeting = (1..13_u32, 0..4_usize, 0..3_usize, proptest::collection::vec(0..6_usize, 8))
        .prop_map(|(month, status, register, lines)| Meeting { month, status, register, lines });
    (
        proptest::collection::vec(seat, 1..8),
        proptest::collection::vec(meeting, 1..5),
        0..3_usize,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(seats, meetings, unit, substitutes, roles)| Scenario {
            seats,
            meetings,
            unit,
            substitutes,
            roles,
        })
}

/// Returns the first day of a month of the plan of 2017-18. Month 1 is April.
fn first_of(month: u32) -> String {
    let (year, month) = if month <= 9 { (2017, month + 3) } else { (2018, month - 9) };
    format!("{year}-{month:02}-01")
}

/// Creates the records of a scenario. Returns its group and target.
async fn create_records(fixtures: &Fixtures, scenario: &Scenario) -> (Value, Value) {
    let group = fixtures.group(json!({})).await;
    let mut councils = Vec::new();
    for _ in 0..COUNCILS {
        councils.push(fixtures.council(json!({})).await);
    }
    let mut seats = Vec::new();
    for (ordinal, seat) in scenario.seats.iter().enumerate() {
        let term = json!({ "holder_ref": format!("holder-{}", seat.holder), "held_from": first_of(seat.from), "held_until": seat.until.map(first_of) });
        let role = if seat.role { "leader" } else { "member" };
        seats.push(
            fixtures
                .seat(
                    &group,
                    &councils[seat.council],
                    json!({ "role": role, "ordinal": ordinal + 1, "terms": [term] }),
                )
                .await,
        );
    }
    let (_, action) = fixtures.plan(&[&group]).await;
    for input in &scenario.meetings {
        let day = format!("{}15", &first_of(input.month)[..8]);
        let meeting = fixtures.meeting(Some(&group), &day, json!({})).await;
        for (seat, line) in seats.iter().zip(&input.lines) {
            let body =
                json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": STATUSES[*line] });
            if !STATUSES[*line].is_empty() {
                fixtures.0.post("/v1/attendance", body).await;
            }
        }
        let (status, register) = (
            ["held", "inquorate", "cancelled", "scheduled"][input.status],
            ["open", "closed", "closed"][input.register],
        );
        let path = format!("/v1/meetings/{}", id(&meeting));
        fixtures.0.patch(&path, 1, json!({ "status": status, "register": register })).await;
    }
    let measure = json!({ "kind": "attendance_rate", "unit": UNITS[scenario.unit], "substitutes": if scenario.substitutes { "counted" } else { "not_counted" },
        "roles": if scenario.roles { json!(["leader"]) } else { json!([]) } });
    (group, fixtures.target(&action, measure, json!({ "threshold": 60 })).await)
}

/// Counts the attended and the expected units of each counted meeting.
async fn recount(caller: &Caller, group: &Value, target: &Value) -> (i64, i64) {
    let seats = caller.all(&format!("/v1/seats?group_id={}", id(group))).await;
    let measure = &target["measure"];
    let has_attended = |status: &str| {
        matches!(status, "present" | "present_virtual")
            || (status == "substitute" && measure["substitutes"] == "counted")
    };
    let (mut attended, mut expected) = (0, 0);
    for meeting in caller.all(&format!("/v1/meetings?group_id={}", id(group))).await {
        if !matches!(meeting["status"].as_str(), Some("held" | "inquorate"))
            || meeting["register"] != "closed"
        {
            continue;
        }
        let day = meeting["held_on"].as_str().expect("a date");
        let lines = caller.all(&format!("/v1/attendance?meeting_id={}", id(&meeting))).await;
        let (mut expected_units, mut attended_units) = (BTreeSet::new(), BTreeSet::new());
        for seat in &seats {
            if measure["roles"]
                .as_array()
                .is_some_and(|roles| !roles.is_empty() && !roles.contains(&seat["role"]))
            {
                continue;
            }
            let is_current = |term: &&Value| {
                term["held_from"].as_str().is_some_and(|from| from <= day)
                    && term["held_until"].as_str().is_none_or(|until| day < until)
            };
            let Some(term) = seat["terms"].as_array().expect("terms").iter().find(is_current) else {
                continue;
            };
            let unit = match measure["unit"].as_str() {
                Some("person") => term["holder_ref"].to_string(),
                Some("council") => seat["council_id"].to_string(),
                _ => seat["id"].to_string(),
            };
            let line = lines.iter().find(|line| line["seat_id"] == seat["id"]);
            if line.is_some_and(|line| has_attended(line["status"].as_str().expect("a status"))) {
                attended_units.insert(unit.clone());
            }
            expected_units.insert(unit);
        }
        expected += i64::try_from(expected_units.len()).expect("a count");
        attended += i64::try_from(attended_units.len()).expect("a count");
    }
    (attended, expected)
}

#[test]
fn the_pooled_rate_equals_a_naive_recount() {
    let app = App::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config {
        cases: 20,
        max_shrink_iters: 60,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&scenarios(), |scenario| {
        let (metric, recounted) = runtime.block_on(async {
            let fixtures = Fixtures(app.officer());
            let (group, target) = create_records(&fixtures, &scenario).await;
            (fixtures.metric(&target, "2018-03-31").await, recount(&fixtures.0, &group, &target).await)
        });
        match recounted {
            (_, 0) => prop_assert_eq!(&metric["denominator"], &Value::Null),
            (attended, expected) => {
                prop_assert_eq!(
                    (metric["numerator"].as_i64(), metric["denominator"].as_i64()),
                    (Some(attended), Some(expected))
                );
                prop_assert_eq!(metric["status"] == "green", attended * 100 >= expected * 60);
            }
        }
        Ok(())
    });
    outcome.expect("every recount equals the metric");
}
