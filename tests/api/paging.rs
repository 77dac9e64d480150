//! Lists: pages, cursors, limits, totals, conditional requests and compression.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ApiResponse, App, Caller, Fixtures, ResourceFixtures, all_resources, id};

/// Returns the parameters of a list in the OpenAPI document.
fn parameters(path: &str) -> Vec<Value> {
    let document = serde_json::to_value(outturn::openapi::document()).expect("a document");
    document["paths"][path]["get"]["parameters"].as_array().cloned().expect("parameters")
}

fn sorts(path: &str) -> Vec<String> {
    let parameters = parameters(path);
    let sort = parameters.iter().find(|parameter| parameter["name"] == "sort").expect("a sort");
    let values = sort["schema"]["enum"].as_array().expect("an enumeration");
    values.iter().map(|value| value.as_str().expect("a word").to_owned()).collect()
}

/// Sets the same `updated_at` for all rows of a resource.
async fn set_updated_at(app: &App, path: &str) {
    let table = path.trim_start_matches("/v1/").replace('-', "_");
    let update = format!("UPDATE {table} SET updated_at = '2026-01-01T00:00:00Z'");
    app.sql(&format!("DO $$ BEGIN SET LOCAL session_replication_role = replica; {update}; END $$")).await;
}

/// Reads all pages of a list by its `Link` headers.
async fn read_pages(caller: &Caller, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut next = path.to_owned();
    loop {
        let page = caller.get(&next).await.expect(200);
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
async fn every_list_returns_each_row_once_in_every_order() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    for resource in all_resources() {
        for n in 0..5 {
            resources
                .fixtures
                .0
                .create(resource.path, resources.body(resource.one, &resources.council, n).await)
                .await;
        }
        // Rows of one statement share `updated_at`. The order by it must still be complete.
        set_updated_at(&app, resource.path).await;
        let all_ids: BTreeSet<String> =
            resources.fixtures.0.all(resource.path).await.iter().map(|row| row["id"].to_string()).collect();
        assert!(all_ids.len() >= 5);
        for sort in sorts(resource.path) {
            let rows =
                read_pages(&resources.fixtures.0, &format!("{}?sort={sort}&limit=2", resource.path)).await;
            let ids: Vec<String> = rows.iter().map(|row| row["id"].to_string()).collect();
            assert_eq!(ids.iter().cloned().collect::<BTreeSet<_>>(), all_ids, "{} by {sort}", resource.path);
            assert_eq!(ids.len(), all_ids.len(), "{} by {sort}", resource.path);
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
async fn concurrent_inserts_and_deletes_neither_skip_nor_repeat_other_rows() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let mut groups = Vec::new();
    for name in ["b", "d", "f", "h"] {
        groups.push(fixtures.group(json!({ "name": name })).await);
    }
    let first = fixtures.0.read("/v1/groups?limit=2&sort=name").await;
    fixtures.group(json!({ "name": "a" })).await;
    fixtures.group(json!({ "name": "g" })).await;
    fixtures.0.delete(&format!("/v1/groups/{}", id(&groups[1])), 1).await.expect(204);
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = fixtures.0.read(&format!("/v1/groups?limit=5&sort=name&cursor={cursor}")).await;
    let names: Vec<&str> =
        second["data"].as_array().expect("data").iter().filter_map(|group| group["name"].as_str()).collect();
    assert_eq!(names, ["f", "g", "h"]);
}

#[tokio::test]
async fn a_cursor_is_bound_to_its_list_filters_and_order() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    for _ in 0..3 {
        fixtures.council(json!({})).await;
        fixtures.group(json!({})).await;
    }
    let cursor =
        fixtures.0.read("/v1/councils?limit=1").await["next_cursor"].as_str().expect("a cursor").to_owned();
    fixtures.0.get(&format!("/v1/councils?limit=2&total=true&cursor={cursor}")).await.expect(200);
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
        let refused = fixtures.0.get(&format!("/v1/{query}")).await.expect(400);
        assert_eq!(refused.field_errors(), ["cursor bad_cursor"], "{query}");
    }
}

#[tokio::test]
async fn a_limit_is_1_to_500_and_defaults_to_50() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let length = |page: ApiResponse| page.body["data"].as_array().map(Vec::len);
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
        assert_eq!(refused.field_errors(), [format!("limit {code}")], "{limit}");
    }
}

#[tokio::test]
async fn a_total_counts_matching_rows_and_is_returned_only_on_request() {
    let app = App::with_sample();
    let reporter = app.reporter();
    assert_eq!(reporter.read("/v1/attendance?limit=1").await["total"], Value::Null);
    assert_eq!(reporter.read("/v1/attendance?limit=1&total=true").await["total"], 516);
    let present = reporter.all("/v1/attendance?status=present").await.len();
    assert_eq!(reporter.read("/v1/attendance?limit=1&total=true&status=present").await["total"], present);
}

#[tokio::test]
async fn every_list_can_be_filtered_by_updated_since() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    for (n, resource) in all_resources().enumerate() {
        let row = resources
            .fixtures
            .0
            .create(resource.path, resources.body(resource.one, &resources.council, n).await)
            .await;
        set_updated_at(&app, resource.path).await;
        let since = format!("{}?updated_since=2026-01-01T00:00:00.000001Z", resource.path);
        assert_eq!(resources.fixtures.0.all(&since).await.len(), 0, "{}", resource.path);
        let path = format!("{}/{}", resource.path, id(&row));
        let version = resources.fixtures.0.read(&path).await["version"].as_i64().expect("a version");
        resources.fixtures.0.patch(&path, version, resource.change(&row)).await.expect(200);
        let changed = resources.fixtures.0.all(&since).await;
        assert_eq!((changed.len(), &changed[0]["id"]), (1, &row["id"]), "{}", resource.path);
        let at = format!("{}?updated_since=2026-01-01T00:00:00Z", resource.path);
        assert_eq!(
            resources.fixtures.0.all(&at).await.len(),
            resources.fixtures.0.all(resource.path).await.len(),
            "the filter includes the instant itself"
        );
    }
}

#[tokio::test]
async fn a_forged_cursor_is_refused() {
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
            assert_eq!(refused.field_errors(), ["cursor bad_cursor"], "{path} {key}");
        }
    }
}

#[tokio::test]
async fn a_matching_if_none_match_header_returns_304() {
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
        for tag in [
            etag.clone(),
            etag.trim_start_matches("W/").to_owned(),
            format!("\"other\", {etag}"),
            "*".to_owned(),
        ] {
            let unchanged =
                reporter.send(reporter.request(Method::GET, &path).header("If-None-Match", tag)).await;
            assert_eq!(
                (unchanged.status, unchanged.text.len(), unchanged.header("etag")),
                (304, 0, etag.as_str())
            );
        }
        let other =
            reporter.send(reporter.request(Method::GET, &path).header("If-None-Match", "W/\"other\"")).await;
        assert_eq!(other.expect(200).body, first.body);
    }
}

#[tokio::test]
async fn responses_are_compressed_according_to_accept_encoding() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for (accepted, coding) in [("gzip", "gzip"), ("br", "br"), ("identity", "")] {
        let response = reporter
            .send(reporter.request(Method::GET, "/v1/councils?limit=500").header("Accept-Encoding", accepted))
            .await;
        assert_eq!((response.status, response.header("content-encoding")), (200, coding));
        assert!(
            response.headers.get_all("vary").iter().any(|vary| vary
                .to_str()
                .expect("text")
                .to_lowercase()
                .contains("accept-encoding"))
                || coding.is_empty()
        );
    }
}

#[tokio::test]
async fn a_small_response_is_not_compressed() {
    let app = App::new();
    let reporter = app.reporter();
    let request = reporter.request(Method::GET, "/v1/councils").header("Accept-Encoding", "gzip, br");
    let response = reporter.send(request).await.expect(200);
    assert_eq!(response.body["data"], json!([]));
    assert!(!response.headers.contains_key("content-encoding"));
}
