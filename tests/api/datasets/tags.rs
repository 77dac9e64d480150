//! Tags: nothing is read for who has it all, and whoever has not is told.

use reqwest::Method;
use serde_json::json;

use crate::support::{App, Made, Person, id, run_alone};

async fn tag(person: &Person, path: &str) -> String {
    let tag = person.get(path).await.expect(200).header("etag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    tag
}

async fn has(person: &Person, path: &str, tag: &str) -> bool {
    let request = person.request(Method::GET, path).header("If-None-Match", tag);
    let answer = person.send(request).await;
    assert!(answer.status == 200 || answer.text.is_empty());
    answer.status == 304
}

#[tokio::test]
async fn a_tag_holds_until_something_changes_that_the_dataset_is_read_from() {
    let app = App::new();
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    made.line(&meeting, &seat, "present").await;
    let reporter = app.reporter();
    let (attendance, councils, metrics) = (
        "/v1/datasets/attendance?format=csv",
        "/v1/datasets/councils",
        "/v1/datasets/metrics?as_at=2018-03-31",
    );
    let tags =
        [tag(&reporter, attendance).await, tag(&reporter, councils).await, tag(&reporter, metrics).await];
    let had = async || {
        [
            has(&reporter, attendance, &tags[0]).await,
            has(&reporter, councils, &tags[1]).await,
            has(&reporter, metrics, &tags[2]).await,
        ]
    };
    assert_eq!(had().await, [true; 3]);
    let key = json!({ "name": "a key", "expires_at": crate::support::in_days(3) });
    app.admin().make("/v1/dataset-keys", key).await;
    assert_eq!(had().await, [true; 3], "of keys nothing is read");
    made.close(&meeting).await;
    assert_eq!(had().await, [false, true, false]);
    let path = format!("/v1/councils/{}", seat["council_id"].as_str().expect("an id"));
    made.0.patch(&path, 1, json!({ "name": "Another" })).await.expect(200);
    assert_eq!(had().await, [false; 3]);
    for other in ["?format=json", "?format=csv&occurred_from=2017-01-01"] {
        assert!(
            !has(&reporter, &format!("/v1/datasets/attendance{other}"), &tag(&reporter, attendance).await)
                .await
        );
    }
    let catalogue = tag(&reporter, "/v1/datasets").await;
    assert!(has(&reporter, "/v1/datasets", &catalogue).await);
}

#[tokio::test]
async fn a_304_reads_no_row() {
    let app = App::with_sample();
    app.sql("CREATE EXTENSION pg_stat_statements").await;
    let reporter = app.reporter();
    let path = "/v1/datasets/attendance?format=csv";
    let tag = tag(&reporter, path).await;
    let fetches = "SELECT COALESCE(sum(calls), 0)::bigint AS n FROM pg_stat_statements s
                   JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
                   WHERE query LIKE 'FETCH%'";
    let before = app.number(fetches).await;
    assert!(before > 0);
    assert!(has(&reporter, path, &tag).await);
    assert_eq!(app.number(fetches).await, before);
}

#[tokio::test]
async fn a_change_that_was_under_way_when_a_later_one_was_seen_is_not_missed() {
    let app = App::new();
    let made = Made(app.officer());
    let (one, two) = (made.council(json!({})).await, made.council(json!({})).await);
    let rename = |council: &serde_json::Value, name: &str| {
        format!("UPDATE councils SET name = '{name}' WHERE id = '{}'", id(council))
    };
    let mut slow = app.holding(&rename(&one, "Entered first")).await;
    app.sql(&rename(&two, "Seen first")).await;
    let reporter = app.reporter();
    let path = "/v1/datasets/councils";
    let seen = tag(&reporter, path).await;
    assert!(has(&reporter, path, &seen).await);
    // Neither who has not written yet nor who writes to another database makes the tag another.
    let elsewhere = App::new();
    let (mut idle, mut foreign) = (app.connection().await, elsewhere.connection().await);
    for (conn, sql) in
        [(&mut idle, "SELECT pg_current_xact_id()"), (&mut foreign, "CREATE TABLE other (n integer)")]
    {
        run_alone(conn, "BEGIN").await;
        run_alone(conn, sql).await;
    }
    assert!(has(&reporter, path, &seen).await);
    run_alone(&mut slow, "COMMIT").await;
    assert!(!has(&reporter, path, &seen).await, "its line has a lower number than one that was seen");
}
