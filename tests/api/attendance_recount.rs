//! The pooled rate is what somebody counts who walks through the registers by hand. The recount shares no code with
//! the rules or the SQL: it reads the API's rows and counts.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::{App, Made, Person, id};

/// A register made of small numbers: who sits where, in which terms, and what each line says.
#[derive(Debug, Clone)]
struct Story {
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

fn stories() -> impl Strategy<Value = Story> {
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
        .prop_map(|(seats, meetings, unit, substitutes, roles)| Story {
            seats,
            meetings,
            unit,
            substitutes,
            roles,
        })
}

/// The first of the n-th month of 2017-18, April being the first.
fn first_of(month: u32) -> String {
    let (year, month) = if month <= 9 { (2017, month + 3) } else { (2018, month - 9) };
    format!("{year}-{month:02}-01")
}

/// Enters a story and gives its target.
async fn enter(made: &Made, story: &Story) -> (Value, Value) {
    let group = made.group(json!({})).await;
    let mut councils = Vec::new();
    for _ in 0..COUNCILS {
        councils.push(made.council(json!({})).await);
    }
    let mut seats = Vec::new();
    for (ordinal, seat) in story.seats.iter().enumerate() {
        let term = json!({ "holder_ref": format!("holder-{}", seat.holder), "held_from": first_of(seat.from), "held_until": seat.until.map(first_of) });
        let role = if seat.role { "leader" } else { "member" };
        seats.push(
            made.seat(
                &group,
                &councils[seat.council],
                json!({ "role": role, "ordinal": ordinal + 1, "terms": [term] }),
            )
            .await,
        );
    }
    let (_, action) = made.plan(&[&group]).await;
    for told in &story.meetings {
        let day = format!("{}15", &first_of(told.month)[..8]);
        let meeting = made.meeting(Some(&group), &day, json!({})).await;
        for (seat, line) in seats.iter().zip(&told.lines) {
            let body =
                json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": STATUSES[*line] });
            if !STATUSES[*line].is_empty() {
                made.0.post("/v1/attendance", body).await;
            }
        }
        let (status, register) = (
            ["held", "inquorate", "cancelled", "scheduled"][told.status],
            ["open", "closed", "closed"][told.register],
        );
        let path = format!("/v1/meetings/{}", id(&meeting));
        made.0.patch(&path, 1, json!({ "status": status, "register": register })).await;
    }
    let measure = json!({ "kind": "attendance_rate", "unit": UNITS[story.unit], "substitutes": if story.substitutes { "counted" } else { "not_counted" },
        "roles": if story.roles { json!(["leader"]) } else { json!([]) } });
    (group, made.target(&action, measure, json!({ "threshold": 60 })).await)
}

/// Walks through the rows: for each counted meeting, who was expected, and which of them came.
async fn recount(person: &Person, group: &Value, target: &Value) -> (i64, i64) {
    let seats = person.all(&format!("/v1/seats?group_id={}", id(group))).await;
    let measure = &target["measure"];
    let came = |status: &str| {
        matches!(status, "present" | "present_virtual")
            || (status == "substitute" && measure["substitutes"] == "counted")
    };
    let (mut attended, mut expected) = (0, 0);
    for meeting in person.all(&format!("/v1/meetings?group_id={}", id(group))).await {
        if !matches!(meeting["status"].as_str(), Some("held" | "inquorate"))
            || meeting["register"] != "closed"
        {
            continue;
        }
        let day = meeting["held_on"].as_str().expect("a date");
        let lines = person.all(&format!("/v1/attendance?meeting_id={}", id(&meeting))).await;
        let (mut who_expected, mut who_came) = (BTreeSet::new(), BTreeSet::new());
        for seat in &seats {
            if measure["roles"]
                .as_array()
                .is_some_and(|roles| !roles.is_empty() && !roles.contains(&seat["role"]))
            {
                continue;
            }
            let holds = |term: &&Value| {
                term["held_from"].as_str().is_some_and(|from| from <= day)
                    && term["held_until"].as_str().is_none_or(|until| day < until)
            };
            let Some(term) = seat["terms"].as_array().expect("terms").iter().find(holds) else { continue };
            let who = match measure["unit"].as_str() {
                Some("person") => term["holder_ref"].to_string(),
                Some("council") => seat["council_id"].to_string(),
                _ => seat["id"].to_string(),
            };
            let line = lines.iter().find(|line| line["seat_id"] == seat["id"]);
            if line.is_some_and(|line| came(line["status"].as_str().expect("a status"))) {
                who_came.insert(who.clone());
            }
            who_expected.insert(who);
        }
        expected += i64::try_from(who_expected.len()).expect("a count");
        attended += i64::try_from(who_came.len()).expect("a count");
    }
    (attended, expected)
}

#[test]
fn the_pooled_rate_is_a_naive_recount() {
    let app = App::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config {
        cases: 20,
        max_shrink_iters: 60,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&stories(), |story| {
        let (metric, counted) = runtime.block_on(async {
            let made = Made(app.officer());
            let (group, target) = enter(&made, &story).await;
            (made.metric(&target, "2018-03-31").await, recount(&made.0, &group, &target).await)
        });
        match counted {
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
    outcome.expect("the recount agrees");
}
