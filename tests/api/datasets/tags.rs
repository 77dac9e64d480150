//! Entity tags: an unchanged dataset is a 304 response that reads no rows.

use reqwest::Method;
use serde_json::json;

use crate::support::{App, Caller, Fixtures, execute_sql, id};

async fn read_tag(caller: &Caller, path: &str) -> String {
    let tag = caller.get(path).await.expect(200).header("etag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    tag
}

/// Returns whether the response to a request with this tag is 304.
async fn is_not_modified(caller: &Caller, path: &str, tag: &str) -> bool {
    let request = caller.request(Method::GET, path).header("If-None-Match", tag);
    let response = caller.send(request).await;
    assert!(response.status == 200 || response.text.is_empty());
    response.status == 304
}

#[tokio::test]
async fn a_tag_is_valid_until_a_table_of_its_dataset_changes() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    let reporter = app.reporter();
    let (attendance, councils, metrics) = (
        "/v1/datasets/attendance?format=csv",
        "/v1/datasets/councils",
        "/v1/datasets/metrics?as_at=2018-03-31",
    );
    let tags = [
        read_tag(&reporter, attendance).await,
        read_tag(&reporter, councils).await,
        read_tag(&reporter, metrics).await,
    ];
    let not_modified = async || {
        [
            is_not_modified(&reporter, attendance, &tags[0]).await,
            is_not_modified(&reporter, councils, &tags[1]).await,
            is_not_modified(&reporter, metrics, &tags[2]).await,
        ]
    };
    assert_eq!(not_modified().await, [true; 3]);
    let key = json!({ "name": "a key", "expires_at": crate::support::days_from_now(3) });
    app.admin().create("/v1/dataset-keys", key).await;
    assert_eq!(not_modified().await, [true; 3], "datasets do not contain dataset keys");
    fixtures.close_register(&meeting).await;
    assert_eq!(not_modified().await, [false, true, false]);
    let path = format!("/v1/councils/{}", seat["council_id"].as_str().expect("an id"));
    fixtures.0.patch(&path, 1, json!({ "name": "Another" })).await.expect(200);
    assert_eq!(not_modified().await, [false; 3]);
    for other in ["?format=json", "?format=csv&occurred_from=2017-01-01"] {
        assert!(
            !is_not_modified(
                &reporter,
                &format!("/v1/datasets/attendance{other}"),
                &read_tag(&reporter, attendance).await
            )
            .await
        );
    }
    let catalogue = read_tag(&reporter, "/v1/datasets").await;
    assert!(is_not_modified(&reporter, "/v1/datasets", &catalogue).await);
}

#[tokio::test]
async fn a_304_response_reads_no_rows() {
    let app = App::with_sample();
    app.count_statements().await;
    let reporter = app.reporter();
    let path = "/v1/datasets/attendance?format=csv";
    let tag = read_tag(&reporter, path).await;
    let fetches = "SELECT COALESCE(sum(calls), 0)::bigint AS n FROM pg_stat_statements s
                   JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
                   WHERE query LIKE 'FETCH%'";
    let before = app.number(fetches).await;
    assert!(before > 0);
    assert!(is_not_modified(&reporter, path, &tag).await);
    assert_eq!(app.number(fetches).await, before);
}

#[tokio::test]
async fn a_change_that_commits_after_a_later_change_invalidates_the_tag() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (one, two) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let rename = |council: &serde_json::Value, name: &str| {
        format!("UPDATE councils SET name = '{name}' WHERE id = '{}'", id(council))
    };
    let mut slow = app.begin_and_execute(&rename(&one, "Entered first")).await;
    app.sql(&rename(&two, "Seen first")).await;
    let reporter = app.reporter();
    let path = "/v1/datasets/councils";
    let tag = read_tag(&reporter, path).await;
    assert!(is_not_modified(&reporter, path, &tag).await);
    // A transaction without a change and a transaction in another database do not change the tag.
    let other_app = App::new();
    let (mut idle, mut other_database) = (app.connection().await, other_app.connection().await);
    for (conn, sql) in
        [(&mut idle, "SELECT pg_current_xact_id()"), (&mut other_database, "CREATE TABLE other (n integer)")]
    {
        execute_sql(conn, "BEGIN").await;
        execute_sql(conn, sql).await;
    }
    assert!(is_not_modified(&reporter, path, &tag).await);
    execute_sql(&mut slow, "COMMIT").await;
    assert!(
        !is_not_modified(&reporter, path, &tag).await,
        "the change that committed last has a lower id than the change before"
    );
}

#[tokio::test]
async fn a_late_commit_invalidates_the_tag_if_its_transaction_began_after_the_seen_one() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (one, two) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let rename = |council: &serde_json::Value, name: &str| {
        format!("UPDATE councils SET name = '{name}' WHERE id = '{}'", id(council))
    };
    let mut seen = app.begin_and_execute("SELECT pg_current_xact_id()").await;
    // This transaction has a higher id and a line with a lower id. No snapshot lists it as running
    // until a transaction with a higher id has ended.
    let mut slow = app.begin_and_execute(&rename(&one, "Entered first")).await;
    execute_sql(&mut seen, &rename(&two, "Seen first")).await;
    execute_sql(&mut seen, "COMMIT").await;
    let reporter = app.reporter();
    let path = "/v1/datasets/councils";
    let tag = read_tag(&reporter, path).await;
    execute_sql(&mut slow, "COMMIT").await;
    assert!(!is_not_modified(&reporter, path, &tag).await);
}
