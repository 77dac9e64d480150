//! Lists: pages that neither miss nor repeat a row, and what else every list does.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, Made, Person, World, every_resource, id};

/// The parameters of a list, as the document has them.
fn parameters(path: &str) -> Vec<Value> {
    let document = serde_json::to_value(outturn::api::document()).expect("a document");
    document["paths"][path]["get"]["parameters"].as_array().cloned().expect("parameters")
}

fn sorts(path: &str) -> Vec<String> {
    let parameters = parameters(path);
    let sort = parameters.iter().find(|parameter| parameter["name"] == "sort").expect("a sort");
    let words = sort["schema"]["enum"].as_array().expect("an enumeration");
    words.iter().map(|word| word.as_str().expect("a word").to_owned()).collect()
}

/// Gives all rows of a resource one instant of change.
async fn all_at_once(app: &App, path: &str) {
    let table = path.trim_start_matches("/v1/").replace('-', "_");
    let update = format!("UPDATE {table} SET updated_at = '2026-01-01T00:00:00Z'");
    app.sql(&format!("DO $$ BEGIN SET LOCAL session_replication_role = replica; {update}; END $$")).await;
}

/// Walks a list by its Link headers, two rows at a time.
async fn walk(person: &Person, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut next = path.to_owned();
    loop {
        let page = person.get(&next).await.expect(200);
        rows.extend(page.body["data"].as_array().expect("data").clone());
        assert_eq!(page.body["has_more"], json!(!page.body["next_cursor"].is_null()));
        let link = page.header("link");
        if link.is_empty() {
            assert_eq!(page.body["has_more"], false);
            return rows;
        }
        next = link
            .strip_prefix('<')
            .and_then(|link| link.strip_suffix(">; rel=\"next\""))
            .expect("a next link")
            .to_owned();
        assert!(next.contains(page.body["next_cursor"].as_str().expect("a cursor")));
    }
}

#[tokio::test]
async fn every_list_in_every_order_has_each_row_once() {
    let app = App::new();
    let world = World::new(&app).await;
    for resource in every_resource() {
        for n in 0..5 {
            world.made.0.make(resource.path, world.body(resource.one, &world.council, n).await).await;
        }
        // Rows written in one statement share their instant, and the order by it still ends.
        all_at_once(&app, resource.path).await;
        let whole: BTreeSet<String> =
            world.made.0.all(resource.path).await.iter().map(|row| row["id"].to_string()).collect();
        assert!(whole.len() >= 5);
        for sort in sorts(resource.path) {
            let rows = walk(&world.made.0, &format!("{}?sort={sort}&limit=2", resource.path)).await;
            let ids: Vec<String> = rows.iter().map(|row| row["id"].to_string()).collect();
            assert_eq!(ids.iter().cloned().collect::<BTreeSet<_>>(), whole, "{} by {sort}", resource.path);
            assert_eq!(ids.len(), whole.len(), "{} by {sort}", resource.path);
            let column = sort.trim_start_matches('-');
            let keys: Vec<_> =
                rows.iter().map(|row| (row[column].to_string(), row["id"].to_string())).collect();
            let mut sorted = keys.clone();
            sorted.sort_by(|a, b| if sort.starts_with('-') { b.cmp(a) } else { a.cmp(b) });
            if column != "position" {
                assert_eq!(keys, sorted, "{} by {sort}", resource.path);
            }
        }
    }
}

#[tokio::test]
async fn rows_that_come_and_go_meanwhile_neither_shift_nor_repeat_the_rest() {
    let app = App::new();
    let made = Made(app.officer());
    let mut groups = Vec::new();
    for name in ["b", "d", "f", "h"] {
        groups.push(made.group(json!({ "name": name })).await);
    }
    let first = made.0.read("/v1/groups?limit=2&sort=name").await;
    made.group(json!({ "name": "a" })).await;
    made.group(json!({ "name": "g" })).await;
    made.0.delete(&format!("/v1/groups/{}", id(&groups[1])), 1).await.expect(204);
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = made.0.read(&format!("/v1/groups?limit=5&sort=name&cursor={cursor}")).await;
    let names: Vec<&str> =
        second["data"].as_array().expect("data").iter().filter_map(|group| group["name"].as_str()).collect();
    assert_eq!(names, ["f", "g", "h"]);
}

#[tokio::test]
async fn a_cursor_is_bound_to_its_list_filters_and_order() {
    let app = App::new();
    let made = Made(app.officer());
    for _ in 0..3 {
        made.council(json!({})).await;
        made.group(json!({})).await;
    }
    let cursor =
        made.0.read("/v1/councils?limit=1").await["next_cursor"].as_str().expect("a cursor").to_owned();
    made.0.get(&format!("/v1/councils?limit=2&total=true&cursor={cursor}")).await.expect(200);
    let mut tampered = cursor.clone();
    tampered.replace_range(20..21, if &cursor[20..21] == "A" { "B" } else { "A" });
    for query in [
        format!("councils?kind=district&cursor={cursor}"),
        format!("councils?sort=-name&cursor={cursor}"),
        format!("councils?updated_since=2020-01-01T00:00:00Z&cursor={cursor}"),
        format!("groups?cursor={cursor}"),
        format!("councils?cursor={tampered}"),
        "councils?cursor=bm9uc2Vuc2U".to_owned(),
    ] {
        let refused = made.0.get(&format!("/v1/{query}")).await.expect(400);
        assert_eq!(refused.faults(), ["cursor bad_cursor"], "{query}");
    }
}

#[tokio::test]
async fn a_limit_is_one_to_five_hundred_and_fifty_unless_said() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let length = |page: Answer| page.body["data"].as_array().map(Vec::len);
    assert_eq!(length(reporter.get("/v1/attendance").await.expect(200)), Some(50));
    assert_eq!(length(reporter.get("/v1/attendance?limit=500").await.expect(200)), Some(500));
    assert_eq!(length(reporter.get("/v1/attendance?limit=1").await.expect(200)), Some(1));
    for (limit, code) in [
        ("0", "out_of_range"),
        ("501", "out_of_range"),
        ("-1", "out_of_range"),
        ("ten", "wrong_type"),
        ("1.5", "wrong_type"),
        ("99999999999999999999", "out_of_range"),
    ] {
        let refused = reporter.get(&format!("/v1/attendance?limit={limit}")).await.expect(400);
        assert_eq!(refused.faults(), [format!("limit {code}")], "{limit}");
    }
}

#[tokio::test]
async fn a_total_counts_what_matches_and_only_on_request() {
    let app = App::with_sample();
    let reporter = app.reporter();
    assert_eq!(reporter.read("/v1/attendance?limit=1").await["total"], Value::Null);
    assert_eq!(reporter.read("/v1/attendance?limit=1&total=true").await["total"], 516);
    let present = reporter.all("/v1/attendance?status=present").await.len();
    assert_eq!(reporter.read("/v1/attendance?limit=1&total=true&status=present").await["total"], present);
}

#[tokio::test]
async fn every_list_tells_what_changed_since() {
    let app = App::new();
    let world = World::new(&app).await;
    for (n, resource) in every_resource().enumerate() {
        let row = world.made.0.make(resource.path, world.body(resource.one, &world.council, n).await).await;
        all_at_once(&app, resource.path).await;
        let since = format!("{}?updated_since=2026-01-01T00:00:00.000001Z", resource.path);
        assert_eq!(world.made.0.all(&since).await.len(), 0, "{}", resource.path);
        let path = format!("{}/{}", resource.path, id(&row));
        let version = world.made.0.read(&path).await["version"].as_i64().expect("a version");
        world.made.0.patch(&path, version, resource.change(&row)).await.expect(200);
        let changed = world.made.0.all(&since).await;
        assert_eq!((changed.len(), &changed[0]["id"]), (1, &row["id"]), "{}", resource.path);
        let at = format!("{}?updated_since=2026-01-01T00:00:00Z", resource.path);
        assert_eq!(
            world.made.0.all(&at).await.len(),
            world.made.0.all(resource.path).await.len(),
            "the instant itself counts"
        );
    }
}

#[tokio::test]
async fn a_forged_cursor_is_refused_as_a_cursor() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for (path, keys) in [
        ("/v1/councils", [json!("\0"), json!(7), Value::Null]),
        ("/v1/meetings", [json!("-262143-01-01"), json!("2017-02-30"), json!("x")]),
        ("/v1/seats", [json!("-262143-01-01T00:00:00Z"), json!("2200-01-01T00:00:00Z"), json!(1)]),
        ("/v1/targets", [json!(1e30), json!("1"), json!(2_147_483_648_i64)]),
    ] {
        let page = reporter.read(&format!("{path}?limit=1")).await;
        let cursor = URL_SAFE_NO_PAD.decode(page["next_cursor"].as_str().expect("a cursor")).expect("base64");
        let mut cursor: Value = serde_json::from_slice(&cursor).expect("JSON");
        for key in keys {
            cursor["key"] = key.clone();
            let forged = URL_SAFE_NO_PAD.encode(cursor.to_string());
            let refused = reporter.get(&format!("{path}?limit=1&cursor={forged}")).await.expect(400);
            assert_eq!(refused.faults(), ["cursor bad_cursor"], "{path} {key}");
        }
    }
}

#[tokio::test]
async fn what_is_known_is_not_sent_again() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = id(&reporter.all("/v1/frameworks").await[0]);
    for path in [
        "/v1/councils".to_owned(),
        "/v1/me".to_owned(),
        format!("/v1/frameworks/{framework}/metrics"),
        format!("/v1/frameworks/{framework}/metrics.csv"),
    ] {
        let first = reporter.get(&path).await.expect(200);
        let etag = first.header("etag").to_owned();
        assert!(etag.starts_with("W/\""), "{path} {etag}");
        for known in [
            etag.clone(),
            etag.trim_start_matches("W/").to_owned(),
            format!("\"other\", {etag}"),
            "*".to_owned(),
        ] {
            let again =
                reporter.send(reporter.request(Method::GET, &path).header("If-None-Match", known)).await;
            assert_eq!((again.status, again.text.len(), again.header("etag")), (304, 0, etag.as_str()));
        }
        let other =
            reporter.send(reporter.request(Method::GET, &path).header("If-None-Match", "W/\"other\"")).await;
        assert_eq!(other.expect(200).body, first.body);
    }
}

#[tokio::test]
async fn lists_and_views_are_compressed_for_those_who_can_read_it() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for (accepted, used) in [("gzip", "gzip"), ("br", "br"), ("identity", "")] {
        let answer = reporter
            .send(reporter.request(Method::GET, "/v1/councils?limit=500").header("Accept-Encoding", accepted))
            .await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, used));
        assert!(
            answer.headers.get_all("vary").iter().any(|vary| vary
                .to_str()
                .expect("text")
                .to_lowercase()
                .contains("accept-encoding"))
                || used.is_empty()
        );
    }
}
