//! Instants: every offset of RFC 3339 is accepted, and all instants are stored and sent in UTC.

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Fixtures, id};

/// Notations of the same instant.
const EQUAL_INSTANTS: [&str; 9] = [
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

/// Invalid instants and a part of the error detail.
const INVALID_INSTANTS: [(&str, &str); 9] = [
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

/// An instant in the notation of responses.
fn to_utc_text(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// An instant with offsets of other time zones.
fn in_other_zones(instant: DateTime<Utc>) -> [String; 3] {
    [3600, -19_800, 0].map(|seconds| {
        let zone = FixedOffset::east_opt(seconds).expect("an offset");
        instant.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Micros, false)
    })
}

#[tokio::test]
async fn query_parameters_accept_any_offset_and_an_unencoded_plus() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let council = fixtures.council(json!({})).await;
    let (framework, _) = fixtures.plan(&[]).await;
    app.sql("ALTER TABLE councils DISABLE TRIGGER USER").await;
    for (at, count) in [("2026-01-01T00:30:00Z", 1), ("2026-01-01T00:29:59.999999Z", 0)] {
        app.sql(&format!("UPDATE councils SET updated_at = '{at}' WHERE id = '{}'", id(&council))).await;
        for notation in EQUAL_INSTANTS {
            for query in [url_encoded(notation), notation.to_owned()] {
                let listed = fixtures.0.all(&format!("/v1/councils?updated_since={query}")).await;
                assert_eq!(listed.len(), count, "{query} {at}");
            }
        }
    }
    let known = Utc::now();
    for notation in in_other_zones(known) {
        let metrics =
            fixtures.0.read(&format!("/v1/frameworks/{}/metrics?known_at={notation}", id(&framework))).await;
        assert_eq!(metrics["known_at"], to_utc_text(known), "{notation}");
    }
}

#[tokio::test]
async fn a_cursor_is_valid_for_every_notation_of_its_instant() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    for _ in 0..3 {
        fixtures.council(json!({})).await;
    }
    let page =
        fixtures.0.get("/v1/councils?limit=2&updated_since=2020-01-01T01:00:00+01:00").await.expect(200);
    let cursor = page.body["next_cursor"].as_str().expect("a cursor").to_owned();
    let link = page.header("link").to_owned();
    let next = link.trim_start_matches('<').split('>').next().expect("an address");
    for path in [next.to_owned(), format!("/v1/councils?updated_since=2020-01-01T00:00:00Z&cursor={cursor}")]
    {
        assert_eq!(fixtures.0.read(&path).await["data"].as_array().map(Vec::len), Some(1), "{path}");
    }
}

#[tokio::test]
async fn json_and_csv_bodies_accept_any_offset() {
    let app = App::new();
    let admin = app.admin();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    let send = async |key: String, media_type: &str, body: String| {
        let request = fixtures.0.request(Method::POST, "/v1/attendance/bulk?mode=validate");
        let request = request.header("Idempotency-Key", key).header("Content-Type", media_type);
        fixtures.0.send(request.body(body)).await.expect(200).body["results"][0].clone()
    };
    let json = |observed_at: &str| {
        json!({ "lines": [{ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present", "observed_at": observed_at }] })
            .to_string()
    };
    let csv = |observed_at: &str| {
        format!(
            "meeting_id,seat_id,status,observed_at\r\n{},{},present,{observed_at}\r\n",
            id(&meeting),
            id(&seat)
        )
    };
    for (n, notation) in EQUAL_INSTANTS.into_iter().enumerate() {
        let bodies = [("application/json", json(notation)), ("text/csv", csv(notation))];
        for (media_type, body) in bodies {
            let result = send(format!("{n}-{media_type}"), media_type, body).await;
            assert_eq!(result["status"], "created", "{notation} {result}");
        }
    }
    for (n, (notation, expected)) in INVALID_INSTANTS.into_iter().enumerate() {
        let result = send(format!("refused-{n}"), "application/json", json(notation)).await;
        let error = &result["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!("#/lines/0/observed_at"), &json!("bad_format"))
        );
        assert!(error["detail"].as_str().expect("a sentence").contains(expected), "{notation} {error}");
    }
    let expiry = Utc::now() + TimeDelta::days(30);
    for notation in in_other_zones(expiry) {
        let key = json!({ "name": "k", "expires_at": notation });
        assert_eq!(
            admin.create("/v1/dataset-keys", key).await["expires_at"],
            to_utc_text(expiry),
            "{notation}"
        );
    }
}

#[tokio::test]
async fn invalid_instants_are_refused_with_an_explanation() {
    let app = App::new();
    let officer = app.officer();
    for (notation, expected) in INVALID_INSTANTS {
        let encoded = url_encoded(notation);
        let refused = officer.get(&format!("/v1/councils?updated_since={encoded}")).await.expect(400);
        assert_eq!(refused.field_errors(), ["updated_since bad_format"], "{notation}");
        let detail = refused.body["errors"][0]["detail"].as_str().expect("a sentence");
        assert!(detail.contains(expected), "{notation}: {detail}");
    }
    // A space is read as a plus only before an offset.
    for encoded in ["2026-01-01+00:00:00Z", "2026-01-01T00:00:00++00:00", "2026-01-01T00:00:00+Z"] {
        officer.get(&format!("/v1/councils?updated_since={encoded}")).await.expect(400);
    }
    let me: Value = officer.read("/v1/me").await;
    assert!(me["expires_at"].as_str().is_some_and(|at| at.ends_with('Z')));
}
