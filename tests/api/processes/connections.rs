//! The number of connections is bounded, so that a flood of them never exhausts the file
//! descriptors.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use super::server::{Server, command, data_dir, ended, failure};
use crate::support::{App, Caller, MAX_WAIT, poll_until_blocking};

/// Returns `outturn serve` on the app's database, after shell commands that set resource limits.
fn serve_with_limits(data: &Path, app: &App, limits: &str) -> Command {
    let serve = command(data, &["serve"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{limits}; exec \"$0\" serve"), env!("CARGO_BIN_EXE_outturn")]);
    for (name, value) in serve.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.env("DATABASE_URL", app.url());
    shell
}

/// Sends a GET request on a connection that stays open, and returns the status line's start.
fn get(stream: &mut TcpStream, path: &str, token: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the request is sent");
    let mut response = Vec::new();
    let mut chunk = [0; 4096];
    while !response.ends_with(b"}") {
        let read = stream.read(&mut chunk).expect("a response");
        assert!(read > 0, "the connection was closed after {:?}", String::from_utf8_lossy(&response));
        response.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8_lossy(&response).chars().take("HTTP/1.1 200".len()).collect()
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.base.trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(MAX_WAIT)).expect("a timeout");
    stream
}

fn descriptors(server: &Server) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("descriptors").count()
}

#[test]
fn a_connection_flood_does_not_exhaust_the_file_descriptors() {
    const LIMIT: usize = 300;
    let (app, data) = (App::new(), data_dir());
    let server = Server::launch(serve_with_limits(data.path(), &app, &format!("ulimit -n {LIMIT}")));
    let log_line = server.log_line("client connections are limited");
    let bound = log_line["max_connections"].as_u64().expect("a bound");
    assert_eq!((log_line["max_file_descriptors"].as_u64(), bound), (Some(300), 80));
    let token = super::server::stdout_of(data.path(), &["token", "--role", "officer"]);
    let token = token.trim();
    let mut client = connect(&server);
    assert_eq!(get(&mut client, "/v1/councils", token), "HTTP/1.1 200");

    let before = descriptors(&server);
    let flood: Vec<TcpStream> = (0..120).map(|_| connect(&server)).collect();
    let mut request_councils = || {
        assert_eq!(
            get(&mut client, "/v1/councils", token),
            "HTTP/1.1 200",
            "the database is still reachable"
        );
        let open = descriptors(&server);
        assert!(open < LIMIT - 50, "{open} descriptors");
        open
    };
    poll_until_blocking(&mut request_councils, |open| *open >= before + 60);
    for _ in 0..20 {
        request_councils();
    }
    // These connections are silent. The server closes each after five seconds and accepts the next.
    let mut waiting = connect(&server);
    assert_eq!(get(&mut waiting, "/health/ready", token), "HTTP/1.1 200");
    drop(flood);
    assert_eq!(get(&mut connect(&server), "/health/ready", token), "HTTP/1.1 200");
    let (status, _, log) = server.stop(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(status, 0);
    assert!(!log.contains("os error 24") && !log.contains("Too many open files"), "{log}");
}

#[tokio::test]
async fn the_server_raises_its_soft_descriptor_limit_at_startup() {
    let (app, data) = (App::new(), data_dir());
    let server = Server::launch(serve_with_limits(data.path(), &app, "ulimit -Sn 100; ulimit -Hn 1000"));
    Caller::new(&server.base, None).get("/health/ready").await.expect(200);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.pid())).expect("limits");
    let open = limits.lines().find(|line| line.starts_with("Max open files")).expect("a limit");
    assert_eq!(open.split_whitespace().nth(3), Some("1000"), "{open}");
    assert_eq!(server.log_line("client connections are limited")["max_file_descriptors"], 1000);
}

#[test]
fn the_server_refuses_to_start_if_the_descriptor_limit_is_too_low() {
    let (app, data) = (App::new(), data_dir());
    let error = failure(&ended(&mut serve_with_limits(data.path(), &app, "ulimit -n 200")));
    assert!(error.contains("(ulimit -n) is 200, but 284 are needed"), "{error}");
}
