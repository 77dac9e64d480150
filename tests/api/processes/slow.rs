//! Clients that send or read slowly: they are not waited for without end, and do not hold up a stop.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use actix_web::middleware::from_fn;
use actix_web::{HttpServer, web};
use nix::sys::signal::Signal;
use outturn::web::connection::Watch;
use outturn::web::trace;
use serde_json::Value;

use super::server::{Server, command, data_dir, printed};
use crate::support::App;

/// A connection to a server at this address.
fn connection(base: &str) -> TcpStream {
    let stream = TcpStream::connect(base.trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    stream
}

/// A connection on which a POST has begun, with one byte of its hundred.
fn begun(base: &str, token: &str) -> TcpStream {
    let mut stream = connection(base);
    let head = format!(
        "POST /v1/groups HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        token.trim()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream
}

/// What the server says before it closes the connection.
fn heard(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("not closed: {error}"),
        _ => String::from_utf8(answer).expect("UTF-8"),
    }
}

/// Asserts that an answer is a whole 408.
#[track_caller]
fn assert_timed_out(answer: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/problem+json"), "{head}");
    let problem: Value = serde_json::from_str(body).expect("a problem");
    assert_eq!((&problem["code"], &problem["status"]), (&"request_timeout".into(), &408.into()));
}

#[tokio::test]
async fn a_body_that_trickles_in_is_waited_for_so_long_and_no_longer() {
    let app = App::configured(&[("OUTTURN_BODY_TIMEOUT", "700ms")]);
    let token = app
        .tokens()
        .mint("slow", outturn::policy::Role::Officer, &[], Duration::from_secs(60))
        .expect("a token");
    let (stream, asked) = (begun(&app.base, &token), Instant::now());
    let mut trickle = stream.try_clone().expect("the same connection");
    std::thread::spawn(move || {
        while trickle.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    assert_timed_out(&tokio::task::spawn_blocking(move || heard(stream)).await.expect("an answer"));
    let took = asked.elapsed();
    assert!((Duration::from_millis(600)..Duration::from_secs(5)).contains(&took), "{took:?}");
    assert_eq!(app.officer().all("/v1/groups").await.len(), 0);
}

#[test]
fn a_head_that_does_not_arrive_is_not_waited_for() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let mut stream = connection(&server.base);
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost:").expect("sent");
    let asked = Instant::now();
    let answer = heard(stream);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer:?}");
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
}

/// Sends a head that never ends, a byte at a time, until the connection is closed.
fn trickle(stream: &TcpStream) {
    let mut stream = stream.try_clone().expect("the same connection");
    std::thread::spawn(move || {
        let head = b"GET /x HTTP/1.1\r\nX-A: ".iter().chain(std::iter::repeat(&b'a'));
        for byte in head {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
}

#[test]
fn a_head_that_trickles_in_is_not_waited_for_and_neither_is_silence() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let (trickling, silent) = (connection(&server.base), connection(&server.base));
    let asked = Instant::now();
    trickle(&trickling);
    for stream in [trickling, silent] {
        heard(stream);
        assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    }
}

/// A server that gives a connection a second for its next request; `/slow` takes two.
fn watched() -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let slow = async || {
                tokio::time::sleep(Duration::from_secs(2)).await;
                "slow"
            };
            let build =
                move || actix_web::App::new().route("/slow", web::get().to(slow)).wrap(from_fn(trace::trace));
            let server = HttpServer::new(build)
                .workers(1)
                .disable_signals()
                .keep_alive(Duration::from_secs(60))
                .on_connect(|connection, data| Watch::attach(connection, data, Duration::from_secs(1)))
                .bind("127.0.0.1:0")
                .expect("a port");
            sender.send(format!("http://{}", server.addrs()[0])).expect("the test waits");
            server.run().await.expect("a server");
        });
    });
    receiver.recv().expect("a server")
}

#[test]
fn the_head_of_a_later_request_is_not_waited_for_either() {
    let base = watched();
    let mut stream = connection(&base);
    for _ in 0..2 {
        // It takes longer than the pause that is allowed between requests, and is answered nevertheless.
        stream.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
        let mut answer = [0; 4096];
        let read = stream.read(&mut answer).expect("an answer");
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"), "{read} bytes");
    }
    let answered = Instant::now();
    trickle(&stream);
    heard(stream);
    let took = answered.elapsed();
    assert!((Duration::from_millis(800)..Duration::from_secs(10)).contains(&took), "{took:?}");
}

#[test]
fn a_client_that_reads_nothing_is_let_go() {
    let data = data_dir();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("OUTTURN_BODY_TIMEOUT", "1s");
    let server = Server::launch(serve);
    let mut stream = connection(&server.base);
    // More than all buffers between the two hold.
    for _ in 0..100 {
        if stream.write_all(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n").is_err() {
            break;
        }
    }
    std::thread::sleep(Duration::from_secs(6));
    let asked = Instant::now();
    let mut answers = Vec::new();
    let closed = stream.read_to_end(&mut answers);
    assert!(closed.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset), "{} bytes", answers.len());
    assert!(asked.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_body_that_trickles_in_does_not_hold_up_a_stop() {
    let data = data_dir();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("OUTTURN_BODY_TIMEOUT", "1h");
    let server = Server::launch(serve);
    let stream = begun(&server.base, &printed(data.path(), &["token", "--role", "officer"]));
    std::thread::sleep(Duration::from_millis(300));
    let asked = Instant::now();
    server.ask_to_stop(Signal::SIGTERM);
    assert_timed_out(&heard(stream));
    assert_eq!(server.ended(), 0);
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
}

#[test]
fn a_body_that_still_arrives_is_taken_before_it_stops() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let mut stream = begun(&server.base, &printed(data.path(), &["token", "--role", "officer"]));
    std::thread::sleep(Duration::from_millis(1500));
    server.ask_to_stop(Signal::SIGTERM);
    std::thread::sleep(Duration::from_millis(300));
    let rest = format!("{:99}", r#""code":"g","name":"G"}"#);
    stream.write_all(rest.as_bytes()).expect("sent");
    let answer = heard(stream);
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer:?}");
    assert_eq!(server.ended(), 0);
}
