//! Content codings of request bodies: supported codings, callers and size limits.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use reqwest::Method;
use serde_json::json;

use crate::support::{ApiResponse, App, Caller};

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).expect("write to memory");
    encoder.finish().expect("a complete stream")
}

fn zlib(plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).expect("write to memory");
    encoder.finish().expect("a complete stream")
}

async fn post(caller: &Caller, path: &str, coding: &str, body: Vec<u8>) -> ApiResponse {
    let request = caller.request(Method::POST, path).header("Content-Type", "application/json");
    caller.send(request.header("Content-Encoding", coding).body(body)).await
}

/// Returns random white space, which compresses poorly: the server decodes it on a blocking thread.
fn white_space(length: usize) -> String {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        [' ', '\t', '\n', '\r'][usize::try_from(state >> 62).expect("a number of two bits")]
    };
    (0..length).map(|_| next()).collect()
}

fn group_body(code: &str) -> Vec<u8> {
    let group = json!({ "code": code, "name": "G" });
    format!("{}{group}", white_space(8000)).into_bytes()
}

#[tokio::test]
async fn an_authenticated_caller_may_send_gzip_or_deflate_only() {
    let app = App::new();
    let officer = app.officer();
    for (coding, body) in [
        ("gzip", gzip(&group_body("a"))),
        ("GZIP", [gzip(&group_body("b")[..5000]), gzip(&group_body("b")[5000..])].concat()),
        ("deflate", zlib(&group_body("c"))),
        ("identity", group_body("d")),
    ] {
        post(&officer, "/v1/groups", coding, body).await.expect(201);
    }
    for coding in ["br", "zstd", "x-gzip", "gzip, gzip", "identity, gzip", "", "x"] {
        let refused = post(&officer, "/v1/groups", coding, gzip(&group_body("e"))).await.expect(415);
        assert_eq!(refused.field_errors(), ["Content-Encoding unsupported_coding"], "{coding}");
    }
    let two_headers = officer.request(Method::POST, "/v1/groups").header("Content-Type", "application/json");
    let two_headers = two_headers.header("Content-Encoding", "gzip").header("Content-Encoding", "identity");
    assert_eq!(
        officer.send(two_headers.body(gzip(&group_body("e")))).await.expect(415).code(),
        "unsupported_coding"
    );
    assert_eq!(officer.all("/v1/groups").await.len(), 4);
}

#[tokio::test]
async fn truncated_corrupted_and_extended_compressed_bodies_are_rejected() {
    let app = App::new();
    let officer = app.officer();
    for (coding, body) in [("gzip", gzip(&group_body("a"))), ("deflate", zlib(&group_body("a")))] {
        let mut flipped = body.clone();
        let last = flipped.len() - 3;
        flipped[last] ^= 1;
        let truncated = body[..body.len() - 1].to_vec();
        let extended = [body.as_slice(), b"\0"].concat();
        for invalid in [truncated, extended, flipped, Vec::new(), b"{}".to_vec()] {
            let refused = post(&officer, "/v1/groups", coding, invalid).await.expect(400);
            assert_eq!(refused.field_errors(), ["# unreadable"], "{coding}");
        }
    }
    assert_eq!(officer.all("/v1/groups").await.len(), 0);
}

#[tokio::test]
async fn unauthenticated_operations_reject_compressed_and_large_bodies() {
    let app = App::new();
    let anonymous = app.anonymous();
    for path in ["/v1/auth/token", "/v1/auth/sessions"] {
        let media_type =
            if path.ends_with("token") { "application/x-www-form-urlencoded" } else { "application/json" };
        let request = || anonymous.request(Method::POST, path).header("Content-Type", media_type);
        for coding in ["gzip", "deflate", "br"] {
            let compressed = request().header("Content-Encoding", coding).body(gzip(b"{}"));
            let refused = anonymous.send(compressed).await.expect(415);
            assert_eq!(refused.field_errors(), ["Content-Encoding unsupported_coding"], "{path} {coding}");
        }
        let large = request().body(vec![b' '; outturn::web::body_reader::PUBLIC_LIMIT + 1]);
        assert_eq!(anonymous.send(large).await.expect(413).code(), "body_too_large", "{path}");
        let fits = request().body(vec![b' '; outturn::web::body_reader::PUBLIC_LIMIT]);
        assert_eq!(anonymous.send(fits).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn the_size_limit_applies_to_the_decoded_body() {
    let app = App::configured(&[("OUTTURN_MAX_BODY_BYTES", "4096")]);
    let officer = app.officer();
    let group = json!({ "code": "g", "name": "G" }).to_string();
    let body_of_length = |length: usize| format!("{}{group}", white_space(length - group.len())).into_bytes();
    for (coding, encode) in [("gzip", gzip as fn(&[u8]) -> Vec<u8>), ("deflate", zlib)] {
        let too_large = post(&officer, "/v1/groups", coding, encode(&body_of_length(4097))).await;
        assert_eq!(too_large.expect(413).code(), "body_too_large", "{coding}");
    }
    post(&officer, "/v1/groups", "gzip", gzip(&body_of_length(4096))).await.expect(201);
}

#[tokio::test]
async fn an_idempotency_key_matches_the_decoded_body_in_any_coding() {
    let app = App::new();
    let officer = app.officer();
    let send = async |coding: &str, body: Vec<u8>| {
        let request = officer.request(Method::POST, "/v1/groups").header("Content-Type", "application/json");
        let request = request.header("Content-Encoding", coding).header("Idempotency-Key", "k");
        officer.send(request.body(body)).await
    };
    let first = send("gzip", gzip(&group_body("a"))).await.expect(201);
    for (coding, body) in [("deflate", zlib(&group_body("a"))), ("identity", group_body("a"))] {
        let replayed = send(coding, body).await.expect(201);
        assert_eq!(
            (replayed.text.as_str(), replayed.header("idempotent-replayed")),
            (first.text.as_str(), "true")
        );
    }
}
