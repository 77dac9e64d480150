//! Traces: the server exports spans to a configured collector, without data about the caller.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use nix::sys::signal::Signal;
use reqwest::Method;
use serde_json::Value;

use super::server::{Server, command, data_dir};
use crate::support::MAX_WAIT;

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: [u8; 16] =
    [0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c];
const PARENT: [u8; 8] = [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31];

/// Starts a collector. Returns its address and a channel with the head and body of each request.
fn collector() -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).expect("a line") > 0 {}
            let head = head.to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.expect("a length").parse().expect("a number")];
            reader.read_exact(&mut body).expect("a body");
            reader
                .get_mut()
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .expect("the response is sent");
            if sender.send((head, body)).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

fn contains(body: &[u8], part: impl AsRef<[u8]>) -> bool {
    body.windows(part.as_ref().len()).any(|window| window == part.as_ref())
}

#[tokio::test]
async fn a_request_span_joins_the_callers_trace_and_omits_subject_and_query() {
    let data = data_dir();
    let (address, requests) = collector();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("{address}/")).env("OTEL_BSP_SCHEDULE_DELAY", "100");
    let server = Server::launch(serve);
    let officer = server.caller(data.path(), "officer");
    let traced = officer.request(Method::GET, "/v1/councils?limit=7").header("traceparent", TRACEPARENT);
    let response = officer.send(traced).await.expect(200);
    let (head, body) = requests.recv_timeout(MAX_WAIT).expect("a span");
    assert!(head.starts_with("post /v1/traces http/1.1"), "{head}");
    assert!(head.contains("content-type: application/x-protobuf"), "{head}");
    for part in ["service.name", "outturn", "listCouncils", "/v1/councils", response.header("x-request-id")] {
        assert!(contains(&body, part), "no {part}");
    }
    assert!(contains(&body, TRACE) && contains(&body, PARENT), "the caller's span is the parent");
    assert!(
        !contains(&body, "command-line") && !contains(&body, "limit=7"),
        "the span contains neither subject nor query"
    );
}

#[tokio::test]
async fn pending_spans_are_exported_at_shutdown_and_the_log_has_their_trace_id() {
    let data = data_dir();
    let (address, requests) = collector();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("OTEL_EXPORTER_OTLP_ENDPOINT", address).env("OTEL_BSP_SCHEDULE_DELAY", "3600000");
    let server = Server::launch(serve);
    server.caller(data.path(), "officer").get("/v1/groups").await.expect(200);
    let (status, _, log) = server.stop(Signal::SIGTERM);
    assert_eq!(status, 0);
    let (_, body) = requests.recv_timeout(MAX_WAIT).expect("a span");
    assert!(contains(&body, "listGroups"));
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let request = lines.into_iter().find(|line| line["message"] == "request completed").expect("a line");
    let trace = request["span"]["trace_id"].as_str().expect("a trace");
    let bytes: Vec<u8> =
        (0..32).step_by(2).map(|i| u8::from_str_radix(&trace[i..i + 2], 16).expect("hex")).collect();
    assert!(contains(&body, bytes), "{trace}");
}

#[tokio::test]
async fn an_unresponsive_collector_delays_neither_requests_nor_shutdown() {
    let data = data_dir();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let mut serve = command(data.path(), &["serve"]);
    serve.env("OTEL_EXPORTER_OTLP_ENDPOINT", address).env("OTEL_BSP_SCHEDULE_DELAY", "50");
    // A request or shutdown that waits for the collector would take an hour.
    serve.env("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000");
    let server = Server::launch(serve);
    let officer = server.caller(data.path(), "officer");
    officer.get("/v1/councils").await.expect(200);
    let _unanswered = listener.accept().expect("an export");
    for _ in 0..20 {
        officer.get("/v1/councils").await.expect(200);
    }
    assert_eq!(server.stop(Signal::SIGTERM).0, 0);
}
