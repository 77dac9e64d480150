//! Traces reach a collector, if there is to be one, and hold nothing of who asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use nix::sys::signal::Signal;
use reqwest::Method;
use serde_json::Value;

use super::server::{Server, command, data_dir};
use crate::support::PATIENCE;

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: [u8; 16] =
    [0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c];
const PARENT: [u8; 8] = [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31];

/// A collector: its address, and the head and body of each request to it.
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
                .expect("sent");
            if sender.send((head, body)).is_err() {
                return;
            }
        }
    });
    (address, receiver)
}

fn holds(body: &[u8], part: impl AsRef<[u8]>) -> bool {
    body.windows(part.as_ref().len()).any(|window| window == part.as_ref())
}

#[tokio::test]
async fn a_request_is_a_span_below_its_callers_and_says_nothing_of_who_asked() {
    let data = data_dir();
    let (address, received) = collector();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("{address}/")).env("OTEL_BSP_SCHEDULE_DELAY", "100");
    let server = Server::launch(serve);
    let officer = server.person(data.path(), "officer");
    let traced = officer.request(Method::GET, "/v1/councils?limit=7").header("traceparent", TRACEPARENT);
    let answer = officer.send(traced).await.expect(200);
    let (head, body) = received.recv_timeout(PATIENCE).expect("a span");
    assert!(head.starts_with("post /v1/traces http/1.1"), "{head}");
    assert!(head.contains("content-type: application/x-protobuf"), "{head}");
    for part in ["service.name", "outturn", "listCouncils", "/v1/councils", answer.header("x-request-id")] {
        assert!(holds(&body, part), "no {part}");
    }
    assert!(holds(&body, TRACE) && holds(&body, PARENT), "it is below the caller's span");
    assert!(!holds(&body, "command-line") && !holds(&body, "limit=7"), "nothing of who asked, and for what");
}

#[tokio::test]
async fn the_last_spans_are_sent_at_a_stop_and_the_log_names_their_trace() {
    let data = data_dir();
    let (address, received) = collector();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("OTEL_EXPORTER_OTLP_ENDPOINT", address).env("OTEL_BSP_SCHEDULE_DELAY", "3600000");
    let server = Server::launch(serve);
    server.person(data.path(), "officer").get("/v1/groups").await.expect(200);
    let (status, _, log) = server.stop(Signal::SIGTERM);
    assert_eq!(status, 0);
    let (_, body) = received.recv_timeout(PATIENCE).expect("a span");
    assert!(holds(&body, "listGroups"));
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let request = lines.into_iter().find(|line| line["message"] == "request").expect("a line");
    let trace = request["span"]["trace_id"].as_str().expect("a trace");
    let bytes: Vec<u8> =
        (0..32).step_by(2).map(|i| u8::from_str_radix(&trace[i..i + 2], 16).expect("hex")).collect();
    assert!(holds(&body, bytes), "{trace}");
}

#[tokio::test]
async fn a_collector_that_is_away_holds_up_neither_requests_nor_a_stop() {
    let data = data_dir();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mute = format!("http://{}", listener.local_addr().expect("an address"));
    let mut serve = command(data.path(), &["serve"]);
    serve.env("OTEL_EXPORTER_OTLP_ENDPOINT", mute).env("OTEL_BSP_SCHEDULE_DELAY", "50");
    // A request or a stop that waited for the collector would wait for an hour.
    serve.env("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000");
    let server = Server::launch(serve);
    let officer = server.person(data.path(), "officer");
    officer.get("/v1/councils").await.expect(200);
    let _unanswered = listener.accept().expect("an export");
    for _ in 0..20 {
        officer.get("/v1/councils").await.expect(200);
    }
    assert_eq!(server.stop(Signal::SIGTERM).0, 0);
}
