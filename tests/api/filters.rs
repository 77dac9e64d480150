//! Filters: each returns exactly the rows that a recount over all rows expects.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::support::{App, Caller, Fixtures, RESOURCES, id};

/// List parameters that are not filters, or have a separate test (`updated_since`).
const NO_FILTERS: [&str; 5] = ["sort", "limit", "cursor", "total", "updated_since"];

/// All rows of each resource by its path.
type Rows = HashMap<&'static str, Vec<Value>>;

async fn read_all(caller: &Caller) -> Rows {
    let mut rows = Rows::new();
    for resource in RESOURCES {
        rows.insert(resource.path, caller.all(resource.path).await);
    }
    rows
}

/// Creates rows that the sample lacks: evaluations, a second revision, external ids.
async fn create_missing_rows(fixtures: &Fixtures, rows: &Rows) {
    let keys = |n: usize| json!([{ "system": format!("crm{}", n % 2), "external_id": format!("key {n}") }]);
    let nth = |path: &str, n: usize| &rows[path][n]["id"];
    for n in 0..4 {
        let question = if n % 2 == 0 { "overall" } else { "venue" };
        let body = json!({ "meeting_id": nth("/v1/meetings", n), "question": question,
            "ratings": [{ "rating": "poor", "forms": 1 }, { "rating": "good", "forms": n }], "external_ids": keys(n) });
        fixtures.0.create("/v1/evaluations", body).await;
        for path in ["/v1/groups", "/v1/seats", "/v1/meetings", "/v1/attendance", "/v1/progress"] {
            let row = format!("{path}/{}", nth(path, n).as_str().expect("an id"));
            fixtures.0.patch(&row, 1, json!({ "external_ids": keys(n) })).await.expect(200);
        }
    }
    let active = rows["/v1/frameworks"].iter().find(|year| year["status"] == "active").expect("a year");
    let has_threshold = |target: &&Value| target["framework_id"] == active["id"] && target["threshold"] == 60;
    let target = rows["/v1/targets"].iter().find(has_threshold).expect("a target");
    let body =
        json!({ "target_id": target["id"], "revised_on": "2017-06-01", "threshold": 55, "reason": "agreed" });
    fixtures.0.create("/v1/revisions", body).await;
    let group = &rows["/v1/groups"][5];
    let change = json!({ "responsible_from": "2017-01-01" });
    fixtures.0.patch(&format!("/v1/groups/{}", id(group)), 1, change).await.expect(200);
    let target = rows["/v1/targets"].iter().find(|t| t["measure"]["basis"] == "entries").expect("a target");
    let change = json!({ "council_reported": true });
    fixtures.0.patch(&format!("/v1/targets/{}", id(target)), 1, change).await.expect(200);
}

fn any(list: &Value, predicate: impl Fn(&Value) -> bool) -> bool {
    list.as_array().expect("a list").iter().any(predicate)
}

/// Whether a half-open range of days contains a day; days are compared as text.
fn covers(row: &Value, from: &str, until: &str, day: &Value) -> bool {
    let day = day.as_str().expect("a day");
    row[from].as_str().is_none_or(|from| from <= day) && row[until].as_str().is_none_or(|until| day < until)
}

/// Whether a council is expected at a meeting that is not cancelled: it has a seat with a holder in
/// the group, or it exists and the meeting is an open event.
fn expects_council(rows: &Rows, meeting: &Value, council: &Value) -> bool {
    let day = &meeting["held_on"];
    let seats = rows["/v1/seats"].iter().filter(|seat| seat["council_id"] == *council);
    let mut held_seats = seats.filter(|seat| seat["group_id"] == meeting["group_id"]).filter(|seat| {
        covers(seat, "exists_from", "exists_until", day)
            && any(&seat["terms"], |term| covers(term, "held_from", "held_until", day))
    });
    let mut matching_councils = rows["/v1/councils"].iter().filter(|row| row["id"] == *council);
    let exists = matching_councils.any(|row| covers(row, "exists_from", "exists_until", day));
    let is_open_event = meeting["group_id"].is_null();
    exists && meeting["status"] != "cancelled" && (is_open_event || held_seats.next().is_some())
}

/// Whether a meeting belongs to an action: by its id, or by its group and the plan period.
fn belongs_to_action(rows: &Rows, meeting: &Value, action: &Value) -> bool {
    let action = rows["/v1/actions"].iter().find(|row| row["id"] == *action).expect("an action");
    let year = rows["/v1/frameworks"].iter().find(|row| row["id"] == action["framework_id"]).expect("a year");
    let group = rows["/v1/groups"].iter().find(|row| row["id"] == meeting["group_id"]);
    let is_responsible = group
        .is_some_and(|group| covers(group, "responsible_from", "responsible_until", &meeting["held_on"]));
    let of_group = any(&action["group_ids"], |group| *group == meeting["group_id"]) && is_responsible;
    let linked = any(&action["meeting_ids"], |linked| *linked == meeting["id"]);
    covers(year, "plan_from", "plan_until", &meeting["held_on"]) && (of_group || linked)
}

/// Whether a row matches a filter.
fn matches_filter(rows: &Rows, path: &str, filter: &str, value: &Value, row: &Value) -> bool {
    match (path, filter) {
        (_, "external_id") => any(&row["external_ids"], |key| key["external_id"] == *value),
        (_, "external_system") => any(&row["external_ids"], |key| key["system"] == *value),
        ("/v1/councils", "gss_code") => any(&row["gss_codes"], |code| code["gss_code"] == *value),
        ("/v1/councils", "exists_on") => covers(row, "exists_from", "exists_until", value),
        ("/v1/councils", "member_on") => {
            any(&row["memberships"], |member| covers(member, "member_from", "member_until", value))
        }
        ("/v1/groups", "responsible_on") => covers(row, "responsible_from", "responsible_until", value),
        ("/v1/seats", "holder_ref") => any(&row["terms"], |term| term["holder_ref"] == *value),
        ("/v1/seats", "held_on") => any(&row["terms"], |term| covers(term, "held_from", "held_until", value)),
        ("/v1/meetings", "action_id") => belongs_to_action(rows, row, value),
        ("/v1/meetings", "council_id") => expects_council(rows, row, value),
        ("/v1/meetings", "held_from") => row["held_on"].as_str() >= value.as_str(),
        ("/v1/meetings", "held_until") => row["held_on"].as_str() < value.as_str(),
        ("/v1/progress", "occurred_from") => row["occurred_on"].as_str() >= value.as_str(),
        ("/v1/progress", "occurred_until") => row["occurred_on"].as_str() < value.as_str(),
        ("/v1/progress", "kind") => row["entry"]["kind"] == *value,
        ("/v1/progress", "council_id") => row["entry"]["council_id"] == *value,
        ("/v1/actions", "group_id") => any(&row["group_ids"], |group| group == value),
        ("/v1/targets", "action_id") => any(&row["action_ids"], |action| action == value),
        ("/v1/targets", "measure_kind") => row["measure"]["kind"] == *value,
        _ => {
            assert!(row.get(filter).is_some(), "define here which rows {path}?{filter}= matches");
            row[filter] == *value
        }
    }
}

/// Values to filter by: from existing rows, or days on which rows change.
fn values(rows: &Rows, path: &'static str, filter: &str, enumeration: &Value) -> Vec<Value> {
    let of = |path: &'static str, pointer: &str| -> Vec<Value> {
        let values =
            rows[path].iter().filter_map(|row| row.pointer(pointer)).filter(|value| !value.is_null());
        values.cloned().collect()
    };
    let values = match (path, filter) {
        _ if enumeration.is_array() => enumeration.as_array().expect("an array").clone(),
        (_, "external_id") => of(path, "/external_ids/0/external_id"),
        (_, "external_system") => of(path, "/external_ids/0/system"),
        (_, "implied" | "council_reported") => vec![json!(true), json!(false)],
        (_, "exists_on" | "member_on") => vec![json!("2019-03-31"), json!("2019-04-01")],
        (_, "responsible_on") => vec![json!("2016-12-31"), json!("2017-07-31"), json!("2017-08-01")],
        (_, "held_on") => vec![json!("2015-12-31"), json!("2016-01-01")],
        (_, "held_from" | "held_until") => of("/v1/meetings", "/held_on"),
        (_, "occurred_from" | "occurred_until") => of("/v1/progress", "/occurred_on"),
        (_, "gss_code") => vec![json!("E07000240"), json!("E07000100")],
        (_, "holder_ref") => of(path, "/terms/0/holder_ref"),
        ("/v1/meetings", "action_id") => of("/v1/actions", "/id").into_iter().skip(44).take(4).collect(),
        ("/v1/targets", "action_id") => of(path, "/action_ids/0"),
        ("/v1/actions", "group_id") => of(path, "/group_ids/0"),
        ("/v1/meetings", "council_id") => of("/v1/councils", "/id").into_iter().take(2).collect(),
        ("/v1/progress", "council_id") => of(path, "/entry/council_id"),
        _ => of(path, &format!("/{filter}")),
    };
    let step = (values.len() / 3).max(1);
    if enumeration.is_array() { values } else { values.into_iter().step_by(step).take(3).collect() }
}

fn ids<'r>(rows: impl IntoIterator<Item = &'r Value>) -> BTreeSet<String> {
    rows.into_iter().map(|row| id(row).to_string()).collect()
}

#[tokio::test]
async fn every_documented_filter_returns_exactly_the_matching_rows() {
    let app = App::with_sample();
    let officer = app.officer();
    create_missing_rows(&Fixtures(officer.clone()), &read_all(&officer).await).await;
    let rows = read_all(&officer).await;
    let document = serde_json::to_value(outturn::openapi::document()).expect("a document");
    for resource in RESOURCES {
        let path = resource.path;
        for parameter in document["paths"][path]["get"]["parameters"].as_array().expect("parameters") {
            let name = parameter["name"].as_str().unwrap_or_default();
            if parameter["in"] != "query" || NO_FILTERS.contains(&name) {
                continue;
            }
            let mut sizes = BTreeSet::new();
            for value in values(&rows, path, name, &parameter["schema"]["enum"]) {
                let text = value.as_str().map_or(value.to_string(), str::to_owned);
                let query = format!("{path}?{name}={}", text.replace('+', "%2B").replace(' ', "%20"));
                let expected =
                    ids(rows[path].iter().filter(|row| matches_filter(&rows, path, name, &value, row)));
                assert_eq!(ids(&officer.all(&query).await), expected, "{query}");
                sizes.insert(expected.len());
            }
            assert!(sizes.iter().any(|size| *size > 0), "no value of {path}?{name}= matches a row");
            let is_selective = sizes.iter().any(|size| *size < rows[path].len());
            assert!(is_selective, "every value of {path}?{name}= matches all rows");
        }
    }
}
