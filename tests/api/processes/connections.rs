//! Connections are bounded below the limit of file descriptors: a flood of them never exhausts the descriptors.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use super::server::{Server, command, data_dir, ended, failure};
use crate::support::{App, PATIENCE, Person, until_blocking};

/// `outturn serve` over the app's database, with limits that the shell sets first.
fn limited(data: &Path, app: &App, limits: &str) -> Command {
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

/// Sends a GET over a connection that stays open, and returns the status.
fn get(stream: &mut TcpStream, path: &str, token: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    while !answer.ends_with(b"}") {
        let read = stream.read(&mut chunk).expect("an answer");
        assert!(read > 0, "the connection was closed after {:?}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8_lossy(&answer).chars().take("HTTP/1.1 200".len()).collect()
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.base.trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

fn descriptors(server: &Server) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("descriptors").count()
}

#[test]
fn a_flood_of_connections_leaves_the_server_its_descriptors() {
    const LIMIT: usize = 300;
    let (app, data) = (App::new(), data_dir());
    let server = Server::launch(limited(data.path(), &app, &format!("ulimit -n {LIMIT}")));
    let bounded = server.log_line("client connections are bounded");
    let bound = bounded["connections"].as_u64().expect("a bound");
    assert_eq!((bounded["file_descriptors"].as_u64(), bound), (Some(300), 80));
    let token = super::server::printed(data.path(), &["token", "--role", "officer"]);
    let token = token.trim();
    let mut kept = connect(&server);
    assert_eq!(get(&mut kept, "/v1/councils", token), "HTTP/1.1 200");

    let before = descriptors(&server);
    let flood: Vec<TcpStream> = (0..120).map(|_| connect(&server)).collect();
    let mut serve_the_kept = || {
        assert_eq!(get(&mut kept, "/v1/councils", token), "HTTP/1.1 200", "the database is still reached");
        let open = descriptors(&server);
        assert!(open < LIMIT - 50, "{open} descriptors");
        open
    };
    until_blocking(&mut serve_the_kept, |open| *open >= before + 60);
    for _ in 0..20 {
        serve_the_kept();
    }
    // Nobody sends anything over these, so the server gives each up after five seconds and the next in line get in.
    let mut late = connect(&server);
    assert_eq!(get(&mut late, "/health/ready", token), "HTTP/1.1 200");
    drop(flood);
    assert_eq!(get(&mut connect(&server), "/health/ready", token), "HTTP/1.1 200");
    let (status, _, log) = server.stop(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(status, 0);
    assert!(!log.contains("os error 24") && !log.contains("Too many open files"), "{log}");
}

#[tokio::test]
async fn the_limit_is_raised_at_start() {
    let (app, data) = (App::new(), data_dir());
    let server = Server::launch(limited(data.path(), &app, "ulimit -Sn 100; ulimit -Hn 1000"));
    Person::new(&server.base, None).get("/health/ready").await.expect(200);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.pid())).expect("limits");
    let open = limits.lines().find(|line| line.starts_with("Max open files")).expect("a limit");
    assert_eq!(open.split_whitespace().nth(3), Some("1000"), "{open}");
    assert_eq!(server.log_line("client connections are bounded")["file_descriptors"], 1000);
}

#[test]
fn a_limit_that_is_too_low_is_refused_with_a_sentence() {
    let (app, data) = (App::new(), data_dir());
    let said = failure(&ended(&mut limited(data.path(), &app, "ulimit -n 200")));
    assert!(said.contains("the limit of open files (ulimit -n) is 200; 284 are needed"), "{said}");
}
