//! Instants: any offset of RFC 3339 is taken, and all are kept and sent in UTC.

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Made, id};

/// The same instant, as it may be written.
const WRITTEN: [&str; 9] = [
    "2026-01-01T00:30:00Z",
    "2026-01-01T00:30:00+00:00",
    "2026-01-01T00:30:00-00:00",
    "2026-01-01T01:30:00+01:00",
    "2025-12-31T19:00:00-05:30",
    "2026-01-01t00:30:00z",
    "2026-01-01T00:30:00.0Z",
    "2026-01-01T14:30:00.000000000000+14:00",
    "2025-12-31T00:31:00.000-23:59",
];

/// What is no instant, and what a person is told of it.
const REFUSED: [(&str, &str); 9] = [
    ("2026-01-01T00:00:00", "offset"),
    ("2026-01-01T00:00:00.5", "offset"),
    ("2026-01-01", "such as 2018-03-20T09:30:00Z"),
    ("2026-01-01 00:00:00Z", "such as 2018-03-20T09:30:00Z"),
    ("2026-02-30T00:00:00Z", "such as 2018-03-20T09:30:00Z"),
    ("2026-01-01T25:00:00Z", "such as 2018-03-20T09:30:00Z"),
    ("yesterday", "such as 2018-03-20T09:30:00Z"),
    ("1900-01-01T00:30:00+01:00", "1900 to 2100"),
    ("2100-12-31T23:30:00-01:00", "1900 to 2100"),
];

fn url_encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// An instant as it is sent.
fn sent(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// An instant as other zones write it.
fn in_other_zones(instant: DateTime<Utc>) -> [String; 3] {
    [3600, -19_800, 0].map(|seconds| {
        let zone = FixedOffset::east_opt(seconds).expect("an offset");
        instant.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Micros, false)
    })
}

#[tokio::test]
async fn a_query_takes_any_offset_and_a_bare_plus() {
    let app = App::new();
    let made = Made(app.officer());
    let council = made.council(json!({})).await;
    let (framework, _) = made.plan(&[]).await;
    app.sql("ALTER TABLE councils DISABLE TRIGGER USER").await;
    for (at, count) in [("2026-01-01T00:30:00Z", 1), ("2026-01-01T00:29:59.999999Z", 0)] {
        app.sql(&format!("UPDATE councils SET updated_at = '{at}' WHERE id = '{}'", id(&council))).await;
        for written in WRITTEN {
            for query in [url_encoded(written), written.to_owned()] {
                let listed = made.0.all(&format!("/v1/councils?updated_since={query}")).await;
                assert_eq!(listed.len(), count, "{query} {at}");
            }
        }
    }
    let known = Utc::now();
    for written in in_other_zones(known) {
        let metrics =
            made.0.read(&format!("/v1/frameworks/{}/metrics?known_at={written}", id(&framework))).await;
        assert_eq!(metrics["known_at"], sent(known), "{written}");
    }
}

#[tokio::test]
async fn a_cursor_holds_however_its_instant_is_written() {
    let app = App::new();
    let made = Made(app.officer());
    for _ in 0..3 {
        made.council(json!({})).await;
    }
    let page = made.0.get("/v1/councils?limit=2&updated_since=2020-01-01T01:00:00+01:00").await.expect(200);
    let cursor = page.body["next_cursor"].as_str().expect("a cursor").to_owned();
    let link = page.header("link").to_owned();
    let next = link.trim_start_matches('<').split('>').next().expect("an address");
    for path in [next.to_owned(), format!("/v1/councils?updated_since=2020-01-01T00:00:00Z&cursor={cursor}")]
    {
        assert_eq!(made.0.read(&path).await["data"].as_array().map(Vec::len), Some(1), "{path}");
    }
}

#[tokio::test]
async fn a_body_takes_any_offset_in_json_and_csv() {
    let app = App::new();
    let admin = app.admin();
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    let send = async |key: String, media_type: &str, body: String| {
        let request = made.0.request(Method::POST, "/v1/attendance/bulk?mode=validate");
        let request = request.header("Idempotency-Key", key).header("Content-Type", media_type);
        made.0.send(request.body(body)).await.expect(200).body["results"][0].clone()
    };
    let json = |seen: &str| {
        json!({ "lines": [{ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present", "observed_at": seen }] })
            .to_string()
    };
    let csv = |seen: &str| {
        format!("meeting_id,seat_id,status,observed_at\r\n{},{},present,{seen}\r\n", id(&meeting), id(&seat))
    };
    for (n, written) in WRITTEN.into_iter().enumerate() {
        let bodies = [("application/json", json(written)), ("text/csv", csv(written))];
        for (media_type, body) in bodies {
            let result = send(format!("{n}-{media_type}"), media_type, body).await;
            assert_eq!(result["status"], "created", "{written} {result}");
        }
    }
    for (n, (written, told)) in REFUSED.into_iter().enumerate() {
        let result = send(format!("refused-{n}"), "application/json", json(written)).await;
        let error = &result["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!("#/lines/0/observed_at"), &json!("bad_format"))
        );
        assert!(error["detail"].as_str().expect("a sentence").contains(told), "{written} {error}");
    }
    let expiry = Utc::now() + TimeDelta::days(30);
    for written in in_other_zones(expiry) {
        let key = json!({ "name": "k", "expires_at": written });
        assert_eq!(admin.make("/v1/dataset-keys", key).await["expires_at"], sent(expiry), "{written}");
    }
}

#[tokio::test]
async fn an_instant_without_an_offset_is_refused_with_a_clear_text() {
    let app = App::new();
    let officer = app.officer();
    for (written, told) in REFUSED {
        let sent = url_encoded(written);
        let refused = officer.get(&format!("/v1/councils?updated_since={sent}")).await.expect(400);
        assert_eq!(refused.faults(), ["updated_since bad_format"], "{written}");
        let detail = refused.body["errors"][0]["detail"].as_str().expect("a sentence");
        assert!(detail.contains(told), "{written}: {detail}");
    }
    // A space is a plus only in front of an offset.
    for sent in ["2026-01-01+00:00:00Z", "2026-01-01T00:00:00++00:00", "2026-01-01T00:00:00+Z"] {
        officer.get(&format!("/v1/councils?updated_since={sent}")).await.expect(400);
    }
    let shown: Value = officer.read("/v1/me").await;
    assert!(shown["expires_at"].as_str().is_some_and(|at| at.ends_with('Z')));
}
