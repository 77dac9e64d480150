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
use crate::support::{App, PATIENCE, until_blocking};

const CONTINUE: &[u8; 25] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A connection to a server at this address.
fn connection(base: &str) -> TcpStream {
    let stream = TcpStream::connect(base.trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

/// A connection on which a POST has begun, with one byte of its hundred. The server has read the head.
fn begun(base: &str, token: &str) -> TcpStream {
    let mut stream = connection(base);
    let head = format!(
        "POST /v1/groups HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n",
        token.trim()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    let mut answer = [0; CONTINUE.len()];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, CONTINUE);
    stream.write_all(b"{").expect("sent");
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
    // A body that were waited for without end would keep this test waiting, as the client sends until it has an answer.
    let app = App::configured(&[("OUTTURN_BODY_TIMEOUT", "700ms")]);
    let token =
        app.tokens().mint("slow", outturn::policy::Role::Officer, &[], 10 * PATIENCE).expect("a token");
    let asked = Instant::now();
    let stream = begun(&app.base, &token);
    let mut trickle = stream.try_clone().expect("the same connection");
    std::thread::spawn(move || {
        while trickle.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    assert_timed_out(&tokio::task::spawn_blocking(move || heard(stream)).await.expect("an answer"));
    assert!(asked.elapsed() >= Duration::from_millis(700), "{:?}", asked.elapsed());
    assert_eq!(app.officer().all("/v1/groups").await.len(), 0);
}

#[test]
fn a_head_that_does_not_arrive_is_not_waited_for() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let mut stream = connection(&server.base);
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost:").expect("sent");
    let answer = heard(stream);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer:?}");
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
    trickle(&trickling);
    for stream in [trickling, silent] {
        heard(stream);
    }
}

/// A server that gives a connection so long for its next request; `/slow` takes twice as long.
fn watched(pause: Duration) -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let slow = move || async move {
                tokio::time::sleep(2 * pause).await;
                "slow"
            };
            let build =
                move || actix_web::App::new().route("/slow", web::get().to(slow)).wrap(from_fn(trace::trace));
            let server = HttpServer::new(build)
                .workers(1)
                .disable_signals()
                .keep_alive(10 * PATIENCE)
                .client_request_timeout(10 * PATIENCE)
                .on_connect(move |connection, data| Watch::attach(connection, data, pause))
                .bind("127.0.0.1:0")
                .expect("a port");
            sender.send(format!("http://{}", server.addrs()[0])).expect("the test waits");
            server.run().await.expect("a server");
        });
    });
    receiver.recv().expect("a server")
}

/// Whether two requests over one connection were answered, each of which takes longer than the pause that is allowed
/// between requests. A client that is slower than the pause does not get its second answer.
fn is_served_twice(stream: &mut TcpStream) -> bool {
    (0..2).all(|_| {
        let mut answer = [0; 4096];
        let asked = stream.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
        let read = asked.and_then(|()| stream.read(&mut answer)).unwrap_or(0);
        answer[..read].starts_with(b"HTTP/1.1 200")
    })
}

#[test]
fn the_head_of_a_later_request_is_not_waited_for_either() {
    // A slow machine needs a longer pause.
    let pauses = [1, 4, 16, 64].map(Duration::from_secs);
    let begin = |pause: &Duration| {
        let (mut stream, asked) = (connection(&watched(*pause)), Instant::now());
        is_served_twice(&mut stream).then_some((stream, asked, *pause))
    };
    let (stream, asked, pause) = pauses.iter().find_map(begin).expect("two answers");
    trickle(&stream);
    heard(stream);
    assert!(asked.elapsed() >= (2 + 2 + 1) * pause, "{:?} with a pause of {pause:?}", asked.elapsed());
}

/// Whether the system has the server's end of a connection.
fn has_server_end(stream: &TcpStream) -> bool {
    let port =
        |address: std::io::Result<std::net::SocketAddr>| format!(":{:04X}", address.expect("one").port());
    let (server, client) = (port(stream.peer_addr()), port(stream.local_addr()));
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the connections");
    table.lines().any(|line| {
        let mut words = line.split_whitespace().skip(1);
        words.next().is_some_and(|local| local.ends_with(&server))
            && words.next().is_some_and(|remote| remote.ends_with(&client))
    })
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
    until_blocking(|| has_server_end(&stream), |has_it| !has_it);
    let mut answers = Vec::new();
    let closed = stream.read_to_end(&mut answers);
    assert!(closed.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset), "{} bytes", answers.len());
}

#[test]
fn a_body_that_trickles_in_does_not_hold_up_a_stop() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let stream = begun(&server.base, &printed(data.path(), &["token", "--role", "officer"]));
    server.ask_to_stop(Signal::SIGTERM);
    assert_timed_out(&heard(stream));
    assert_eq!(server.ended(), 0);
}

#[tokio::test]
async fn a_body_that_still_arrives_is_taken_before_it_stops() {
    let app = App::new();
    let token =
        app.tokens().mint("late", outturn::policy::Role::Officer, &[], 10 * PATIENCE).expect("a token");
    let mut stream = begun(&app.base, &token);
    app.announce_stop();
    let rest = format!("{:99}", r#""code":"g","name":"G"}"#);
    stream.write_all(rest.as_bytes()).expect("sent");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 201");
}
