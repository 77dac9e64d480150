//! Request bodies in a content coding: which are taken, from whom, and how large.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, App, Person};

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).expect("written");
    encoder.finish().expect("a stream")
}

fn zlib(plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).expect("written");
    encoder.finish().expect("a stream")
}

async fn post(person: &Person, path: &str, coding: &str, body: Vec<u8>) -> Answer {
    let request = person.request(Method::POST, path).header("Content-Type", "application/json");
    person.send(request.header("Content-Encoding", coding).body(body)).await
}

/// White space that hardly compresses, so that a body with it is decoded on a thread of its own.
fn space(length: usize) -> String {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        [' ', '\t', '\n', '\r'][usize::try_from(state >> 62).expect("two bits")]
    };
    (0..length).map(|_| next()).collect()
}

fn group(code: &str) -> Vec<u8> {
    let group = json!({ "code": code, "name": "G" });
    format!("{}{group}", space(8000)).into_bytes()
}

#[tokio::test]
async fn an_identified_caller_may_send_gzip_or_deflate_and_nothing_else() {
    let app = App::new();
    let officer = app.officer();
    for (coding, body) in [
        ("gzip", gzip(&group("a"))),
        ("GZIP", [gzip(&group("b")[..5000]), gzip(&group("b")[5000..])].concat()),
        ("deflate", zlib(&group("c"))),
        ("identity", group("d")),
    ] {
        post(&officer, "/v1/groups", coding, body).await.expect(201);
    }
    for coding in ["br", "zstd", "x-gzip", "gzip, gzip", "identity, gzip", "", "x"] {
        let refused = post(&officer, "/v1/groups", coding, gzip(&group("e"))).await.expect(415);
        assert_eq!(refused.faults(), ["Content-Encoding unsupported_coding"], "{coding}");
    }
    let twice = officer.request(Method::POST, "/v1/groups").header("Content-Type", "application/json");
    let twice = twice.header("Content-Encoding", "gzip").header("Content-Encoding", "identity");
    assert_eq!(officer.send(twice.body(gzip(&group("e")))).await.expect(415).code(), "unsupported_coding");
    assert_eq!(officer.all("/v1/groups").await.len(), 4);
}

#[tokio::test]
async fn truncated_broken_and_extended_data_is_unreadable() {
    let app = App::new();
    let officer = app.officer();
    for (coding, body) in [("gzip", gzip(&group("a"))), ("deflate", zlib(&group("a")))] {
        let mut flipped = body.clone();
        let last = flipped.len() - 3;
        flipped[last] ^= 1;
        let truncated = body[..body.len() - 1].to_vec();
        let extended = [body.as_slice(), b"\0"].concat();
        for bad in [truncated, extended, flipped, Vec::new(), b"{}".to_vec()] {
            let refused = post(&officer, "/v1/groups", coding, bad).await.expect(400);
            assert_eq!(refused.faults(), ["# unreadable"], "{coding}");
        }
    }
    assert_eq!(officer.all("/v1/groups").await.len(), 0);
}

#[tokio::test]
async fn without_a_caller_no_body_is_compressed_and_none_is_large() {
    let app = App::new();
    let stranger = app.stranger();
    for path in ["/v1/auth/token", "/v1/auth/sessions"] {
        let media_type =
            if path.ends_with("token") { "application/x-www-form-urlencoded" } else { "application/json" };
        let request = || stranger.request(Method::POST, path).header("Content-Type", media_type);
        for coding in ["gzip", "deflate", "br"] {
            let compressed = request().header("Content-Encoding", coding).body(gzip(b"{}"));
            let refused = stranger.send(compressed).await.expect(415);
            assert_eq!(refused.faults(), ["Content-Encoding unsupported_coding"], "{path} {coding}");
        }
        let large = request().body(vec![b' '; outturn::web::payload::PUBLIC_LIMIT + 1]);
        assert_eq!(stranger.send(large).await.expect(413).code(), "body_too_large", "{path}");
        let fits = request().body(vec![b' '; outturn::web::payload::PUBLIC_LIMIT]);
        assert_eq!(stranger.send(fits).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn the_limit_holds_for_a_body_as_it_is_sent_and_decoded() {
    let app = App::configured(&[("OUTTURN_MAX_BODY_BYTES", "4096")]);
    let officer = app.officer();
    let group = json!({ "code": "g", "name": "G" }).to_string();
    let of_length = |length: usize| format!("{}{group}", space(length - group.len())).into_bytes();
    for (coding, encode) in [("gzip", gzip as fn(&[u8]) -> Vec<u8>), ("deflate", zlib)] {
        let over = post(&officer, "/v1/groups", coding, encode(&of_length(4097))).await;
        assert_eq!(over.expect(413).code(), "body_too_large", "{coding}");
    }
    post(&officer, "/v1/groups", "gzip", gzip(&of_length(4096))).await.expect(201);
}

#[tokio::test]
async fn a_key_belongs_to_the_decoded_body() {
    let app = App::new();
    let officer = app.officer();
    let send = async |coding: &str, body: Vec<u8>| {
        let request = officer.request(Method::POST, "/v1/groups").header("Content-Type", "application/json");
        let request = request.header("Content-Encoding", coding).header("Idempotency-Key", "k");
        officer.send(request.body(body)).await
    };
    let first = send("gzip", gzip(&group("a"))).await.expect(201);
    for (coding, body) in [("deflate", zlib(&group("a"))), ("identity", group("a"))] {
        let again = send(coding, body).await.expect(201);
        assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (first.text.as_str(), "true"));
    }
}
