//! Filters: each finds the rows it names and no others, by a recount over all rows.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::support::{App, Made, Person, RESOURCES, id};

/// Parameters of every list that are no filters, or (updated_since) have a test of their own.
const NO_FILTERS: [&str; 5] = ["sort", "limit", "cursor", "total", "updated_since"];

/// All rows of every resource, by its path.
type Rows = HashMap<&'static str, Vec<Value>>;

async fn read_all(person: &Person) -> Rows {
    let mut rows = Rows::new();
    for resource in RESOURCES {
        rows.insert(resource.path, person.all(resource.path).await);
    }
    rows
}

/// What the sample lacks: evaluations, a second revision, keys of other systems.
async fn add_what_is_missing(made: &Made, rows: &Rows) {
    let keys = |n: usize| json!([{ "system": format!("crm{}", n % 2), "external_id": format!("key {n}") }]);
    let nth = |path: &str, n: usize| &rows[path][n]["id"];
    for n in 0..4 {
        let question = if n % 2 == 0 { "overall" } else { "venue" };
        let body = json!({ "meeting_id": nth("/v1/meetings", n), "question": question,
            "ratings": [{ "rating": "poor", "forms": 1 }, { "rating": "good", "forms": n }], "external_ids": keys(n) });
        made.0.make("/v1/evaluations", body).await;
        for path in ["/v1/groups", "/v1/seats", "/v1/meetings", "/v1/attendance", "/v1/progress"] {
            let row = format!("{path}/{}", nth(path, n).as_str().expect("an id"));
            made.0.patch(&row, 1, json!({ "external_ids": keys(n) })).await.expect(200);
        }
    }
    let active = rows["/v1/frameworks"].iter().find(|year| year["status"] == "active").expect("a year");
    let promised = |target: &&Value| target["framework_id"] == active["id"] && target["threshold"] == 60;
    let target = rows["/v1/targets"].iter().find(promised).expect("a target");
    let body =
        json!({ "target_id": target["id"], "revised_on": "2017-06-01", "threshold": 55, "reason": "agreed" });
    made.0.make("/v1/revisions", body).await;
    let group = &rows["/v1/groups"][5];
    let change = json!({ "responsible_from": "2017-01-01" });
    made.0.patch(&format!("/v1/groups/{}", id(group)), 1, change).await.expect(200);
    let target = rows["/v1/targets"].iter().find(|t| t["measure"]["basis"] == "entries").expect("a target");
    let change = json!({ "council_reported": true });
    made.0.patch(&format!("/v1/targets/{}", id(target)), 1, change).await.expect(200);
}

fn any(list: &Value, is_it: impl Fn(&Value) -> bool) -> bool {
    list.as_array().expect("a list").iter().any(is_it)
}

/// Whether a day lies in a half-open range; days compare as text.
fn covers(row: &Value, from: &str, until: &str, day: &Value) -> bool {
    let day = day.as_str().expect("a day");
    row[from].as_str().is_none_or(|from| from <= day) && row[until].as_str().is_none_or(|until| day < until)
}

/// Whether a meeting that is not cancelled expects a council: by a held seat of its group, or as an open event by existing.
fn expects(rows: &Rows, meeting: &Value, council: &Value) -> bool {
    let day = &meeting["held_on"];
    let seats = rows["/v1/seats"].iter().filter(|seat| seat["council_id"] == *council);
    let mut held = seats.filter(|seat| seat["group_id"] == meeting["group_id"]).filter(|seat| {
        covers(seat, "exists_from", "exists_until", day)
            && any(&seat["terms"], |term| covers(term, "held_from", "held_until", day))
    });
    let mut councils = rows["/v1/councils"].iter().filter(|row| row["id"] == *council);
    let exists = councils.any(|row| covers(row, "exists_from", "exists_until", day));
    let is_open_event = meeting["group_id"].is_null();
    exists && meeting["status"] != "cancelled" && (is_open_event || held.next().is_some())
}

/// Whether a meeting is linked to an action, or one of its groups' in its year.
fn serves(rows: &Rows, meeting: &Value, action: &Value) -> bool {
    let action = rows["/v1/actions"].iter().find(|row| row["id"] == *action).expect("an action");
    let year = rows["/v1/frameworks"].iter().find(|row| row["id"] == action["framework_id"]).expect("a year");
    let group = rows["/v1/groups"].iter().find(|row| row["id"] == meeting["group_id"]);
    let is_responsible = group
        .is_some_and(|group| covers(group, "responsible_from", "responsible_until", &meeting["held_on"]));
    let of_group = any(&action["group_ids"], |group| *group == meeting["group_id"]) && is_responsible;
    let linked = any(&action["meeting_ids"], |linked| *linked == meeting["id"]);
    covers(year, "plan_from", "plan_until", &meeting["held_on"]) && (of_group || linked)
}

/// Whether a filter keeps a row.
fn keeps(rows: &Rows, path: &str, filter: &str, value: &Value, row: &Value) -> bool {
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
        ("/v1/meetings", "action_id") => serves(rows, row, value),
        ("/v1/meetings", "council_id") => expects(rows, row, value),
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
            assert!(row.get(filter).is_some(), "say here what {path}?{filter}= keeps");
            row[filter] == *value
        }
    }
}

/// Values to filter by: from rows that have one, or days on which something changes.
fn values(rows: &Rows, path: &'static str, filter: &str, words: &Value) -> Vec<Value> {
    let of = |path: &'static str, pointer: &str| -> Vec<Value> {
        let found = rows[path].iter().filter_map(|row| row.pointer(pointer)).filter(|value| !value.is_null());
        found.cloned().collect()
    };
    let found = match (path, filter) {
        _ if words.is_array() => words.as_array().expect("words").clone(),
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
    let step = (found.len() / 3).max(1);
    if words.is_array() { found } else { found.into_iter().step_by(step).take(3).collect() }
}

fn ids<'r>(rows: impl IntoIterator<Item = &'r Value>) -> BTreeSet<String> {
    rows.into_iter().map(|row| id(row).to_string()).collect()
}

#[tokio::test]
async fn every_filter_of_the_document_keeps_the_rows_it_names_and_no_others() {
    let app = App::with_sample();
    let officer = app.officer();
    add_what_is_missing(&Made(officer.clone()), &read_all(&officer).await).await;
    let rows = read_all(&officer).await;
    let document = serde_json::to_value(outturn::api::document()).expect("a document");
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
                let expected = ids(rows[path].iter().filter(|row| keeps(&rows, path, name, &value, row)));
                assert_eq!(ids(&officer.all(&query).await), expected, "{query}");
                sizes.insert(expected.len());
            }
            assert!(sizes.iter().any(|size| *size > 0), "{path}?{name}= was tried on nothing");
            let tells_apart = sizes.iter().any(|size| *size < rows[path].len());
            assert!(tells_apart, "{path}?{name}= was tried on everything alone");
        }
    }
}
