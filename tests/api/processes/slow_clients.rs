//! Timeouts for clients that send or read slowly. Such clients do not delay shutdown.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use actix_web::middleware::from_fn;
use actix_web::{HttpServer, web};
use nix::sys::signal::Signal;
use outturn::web::connection::Watch;
use outturn::web::trace;
use serde_json::Value;

use super::server::{Server, command, data_dir, stdout_of};
use crate::support::{App, MAX_WAIT, poll_until_blocking};

const CONTINUE: &[u8; 25] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Connects to a server.
fn connect(base: &str) -> TcpStream {
    let stream = TcpStream::connect(base.trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(MAX_WAIT)).expect("a timeout");
    stream
}

/// Opens a connection and sends a POST head and one byte of its 100-byte body. Returns once the
/// server has read the head.
fn begin_post(base: &str, token: &str) -> TcpStream {
    let mut stream = connect(base);
    let head = format!(
        "POST /v1/groups HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n",
        token.trim()
    );
    stream.write_all(head.as_bytes()).expect("the bytes are sent");
    let mut response = [0; CONTINUE.len()];
    stream.read_exact(&mut response).expect("a response");
    assert_eq!(&response, CONTINUE);
    stream.write_all(b"{").expect("the bytes are sent");
    stream
}

/// Reads what the server sends before it closes the connection.
fn read_until_closed(mut stream: TcpStream) -> String {
    let mut response = Vec::new();
    match stream.read_to_end(&mut response) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => {
            panic!("the connection must close: {error}")
        }
        _ => String::from_utf8(response).expect("UTF-8"),
    }
}

/// Asserts that a response is a complete 408 problem.
#[track_caller]
fn assert_timed_out(response: &str) {
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no response: {response:?}"));
    assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/problem+json"), "{head}");
    let problem: Value = serde_json::from_str(body).expect("a problem");
    assert_eq!((&problem["code"], &problem["status"]), (&"request_timeout".into(), &408.into()));
}

#[tokio::test]
async fn a_slow_request_body_times_out_with_408() {
    // The client sends until it has a response, so without a timeout this test would not end.
    let app = App::configured(&[("OUTTURN_BODY_TIMEOUT", "700ms")]);
    let token =
        app.tokens().mint("slow", outturn::access::Role::Officer, &[], 10 * MAX_WAIT).expect("a token");
    let began = Instant::now();
    let stream = begin_post(&app.base, &token);
    let mut sender = stream.try_clone().expect("the same connection");
    std::thread::spawn(move || {
        while sender.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    assert_timed_out(
        &tokio::task::spawn_blocking(move || read_until_closed(stream)).await.expect("a response"),
    );
    assert!(began.elapsed() >= Duration::from_millis(700), "{:?}", began.elapsed());
    assert_eq!(app.officer().all("/v1/groups").await.len(), 0);
}

#[test]
fn an_incomplete_request_head_times_out_with_408() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let mut stream = connect(&server.base);
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost:").expect("the bytes are sent");
    let response = read_until_closed(stream);
    assert!(response.starts_with("HTTP/1.1 408 "), "{response:?}");
}

/// Sends an endless head, one byte at a time, until the connection closes.
fn send_endless_head(stream: &TcpStream) {
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
fn slow_request_heads_and_silent_connections_are_closed() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let (trickling, silent) = (connect(&server.base), connect(&server.base));
    send_endless_head(&trickling);
    for stream in [trickling, silent] {
        read_until_closed(stream);
    }
}

/// Starts a server with `pause` as the timeout for the next request of a connection. `/slow` takes
/// twice as long.
fn serve_with_pause(pause: Duration) -> String {
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
                .keep_alive(10 * MAX_WAIT)
                .client_request_timeout(10 * MAX_WAIT)
                .on_connect(move |connection, data| Watch::attach(connection, data, pause))
                .bind("127.0.0.1:0")
                .expect("a port");
            sender.send(format!("http://{}", server.addrs()[0])).expect("the test waits");
            server.run().await.expect("a server");
        });
    });
    receiver.recv().expect("a server")
}

/// Whether the server answers two requests on one connection, each of which takes longer than the
/// pause. A client that is slower than the pause gets no second response.
fn is_served_twice(stream: &mut TcpStream) -> bool {
    (0..2).all(|_| {
        let mut response = [0; 4096];
        let sent = stream.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
        let read = sent.and_then(|()| stream.read(&mut response)).unwrap_or(0);
        response[..read].starts_with(b"HTTP/1.1 200")
    })
}

#[test]
fn a_slow_head_of_a_later_request_closes_the_connection() {
    // A slow machine needs a longer pause.
    let pauses = [1, 4, 16, 64].map(Duration::from_secs);
    let begin = |pause: &Duration| {
        let (mut stream, began) = (connect(&serve_with_pause(*pause)), Instant::now());
        is_served_twice(&mut stream).then_some((stream, began, *pause))
    };
    let (stream, began, pause) = pauses.iter().find_map(begin).expect("two responses");
    send_endless_head(&stream);
    read_until_closed(stream);
    assert!(began.elapsed() >= (2 + 2 + 1) * pause, "{:?} with a pause of {pause:?}", began.elapsed());
}

/// Whether the system still has the server's side of a connection.
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
fn a_client_that_reads_no_response_is_disconnected() {
    let data = data_dir();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("OUTTURN_BODY_TIMEOUT", "1s");
    let server = Server::launch(serve);
    let mut stream = connect(&server.base);
    // The responses exceed all buffers between server and client.
    for _ in 0..100 {
        if stream.write_all(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n").is_err() {
            break;
        }
    }
    poll_until_blocking(|| has_server_end(&stream), |exists| !exists);
    let mut responses = Vec::new();
    let closed = stream.read_to_end(&mut responses);
    assert!(
        closed.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset),
        "{} bytes",
        responses.len()
    );
}

#[test]
fn an_incomplete_request_body_does_not_delay_shutdown() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let stream = begin_post(&server.base, &stdout_of(data.path(), &["token", "--role", "officer"]));
    server.ask_to_stop(Signal::SIGTERM);
    assert_timed_out(&read_until_closed(stream));
    assert_eq!(server.ended(), 0);
}

#[tokio::test]
async fn a_request_body_that_completes_during_shutdown_is_accepted() {
    let app = App::new();
    let token =
        app.tokens().mint("late", outturn::access::Role::Officer, &[], 10 * MAX_WAIT).expect("a token");
    let mut stream = begin_post(&app.base, &token);
    app.signal_stop();
    let rest = format!("{:99}", r#""code":"g","name":"G"}"#);
    stream.write_all(rest.as_bytes()).expect("the bytes are sent");
    let mut response = [0; 12];
    stream.read_exact(&mut response).expect("a response");
    assert_eq!(String::from_utf8_lossy(&response), "HTTP/1.1 201");
}
