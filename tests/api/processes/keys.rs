//! Rotation of the signing keys while servers run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::server::{Server, command, data_dir, failure, run, stdout_of};
use crate::support::{Caller, ClosedPort, poll_until};

async fn kids(caller: &Caller) -> Vec<String> {
    let set = caller.read("/.well-known/jwks.json").await;
    let keys = set["keys"].as_array().expect("keys");
    assert!(
        keys.iter().all(|key| key["kty"] == "OKP" && key["d"] == Value::Null),
        "the set contains public keys only: {set}"
    );
    keys.iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
}

#[tokio::test]
async fn a_new_signing_key_is_published_before_it_signs_and_old_tokens_stay_valid() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let anonymous = Caller::new(&server.base, None);
    let before = server.caller(data.path(), "officer");
    let [first] = kids(&anonymous).await.try_into().expect("one key");
    let rotated = Instant::now();
    stdout_of(data.path(), &["keys", "rotate"]);
    let read_kids = async || {
        // A new token and an earlier token are both valid, whichever key signs.
        server.caller(data.path(), "officer").get("/v1/me").await.expect(200);
        before.get("/v1/me").await.expect(200);
        kids(&anonymous).await
    };
    let last = poll_until(read_kids, |kids| kids[0] != first).await;
    assert!(rotated.elapsed() > Duration::from_secs(10), "the key is published before it signs");
    assert_eq!((last.len(), &last[1]), (2, &first));
    let error = failure(&run(data.path(), &["keys", "rotate"]));
    assert!(error.contains("within the last fifteen minutes"), "{error}");
}

/// Runs `keys rotate` with the address of a server, as on the server's machine.
fn rotate_beside(server: &Server, data: &Path, arguments: &[&str]) -> Output {
    let mut rotate = command(data, &[&["keys", "rotate"], arguments].concat());
    rotate.env("OUTTURN_BIND", server.base.trim_start_matches("http://"));
    rotate.output().expect("the command runs")
}

/// Returns the standard output of a command that must succeed.
#[track_caller]
fn successful_stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Returns the key files of a data directory, sorted by name.
fn key_files(data: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(data.join("keys")).expect("keys").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|kind| kind == "pk8")).collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_rotation_after_a_key_dated_in_the_future_takes_effect() {
    let data = data_dir();
    // An earlier version created the key while the clock was a year ahead.
    stdout_of(data.path(), &["token", "--role", "officer", "--init"]);
    let [first] = key_files(data.path()).try_into().expect("one key");
    let year_ahead = std::time::SystemTime::now() + Duration::from_secs(365 * 24 * 3600);
    let seconds = year_ahead.duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
    fs::rename(first, data.path().join(format!("keys/{seconds:012}.pk8"))).expect("the key is renamed");

    let server = Server::start(data.path(), &[]);
    let anonymous = Caller::new(&server.base, None);
    let before = server.caller(data.path(), "officer");
    let [future] = kids(&anonymous).await.try_into().expect("one key");
    let output = successful_stdout(&rotate_beside(&server, data.path(), &[]));
    assert!(output.contains("publishes the new key"), "{output}");
    let read_kids = async || {
        before.get("/v1/me").await.expect(200);
        kids(&anonymous).await
    };
    poll_until(read_kids, |kids| kids[0] != future).await;
    server.caller(data.path(), "officer").get("/v1/me").await.expect(200);
    before.get("/v1/me").await.expect(200);
    // The next rotation is refused because the last one is recent, not because of the future date.
    assert!(failure(&rotate_beside(&server, data.path(), &[])).contains("within the last fifteen minutes"));
    let (_, _, log) = server.stop(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(log.matches("signing key was created in the future").count(), 1, "{log}");
}

#[tokio::test]
async fn an_emergency_rotation_signs_at_once_and_revokes_earlier_access_tokens() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let anonymous = Caller::new(&server.base, None);
    successful_stdout(&rotate_beside(&server, data.path(), &[]));
    let before = server.caller(data.path(), "officer");
    before.get("/v1/me").await.expect(200);
    let old = kids(&anonymous).await;
    let output = successful_stdout(&rotate_beside(&server, data.path(), &["--now"]));
    assert!(
        output.contains("signs tokens from now on")
            && output.contains("refuse access tokens of earlier keys"),
        "{output}"
    );
    assert!(output.contains("publishes the new key"), "{output}");
    before.get("/v1/me").await.expect(401);
    let [new] = kids(&anonymous).await.try_into().expect("one key");
    assert!(!old.contains(&new) && output.contains(&new), "{output}");
    server.caller(data.path(), "officer").get("/v1/me").await.expect(200);
    assert_eq!(key_files(data.path()).len(), 1);
}

#[test]
fn a_rotation_reports_a_missing_server_or_a_server_with_other_keys() {
    let (data, other) = (data_dir(), data_dir());
    stdout_of(data.path(), &["token", "--role", "officer", "--init"]);
    let output = stdout_of(data.path(), &["keys", "rotate"]);
    assert!(output.contains("no server was checked"), "{output}");
    let closed = ClosedPort::new();
    let address = closed.address();
    let rotate =
        command(data.path(), &["keys", "rotate", "--now"]).env("OUTTURN_BIND", address.to_string()).output();
    let output = successful_stdout(&rotate.expect("the command runs"));
    assert!(output.contains(&format!("the keys of a server at {address} cannot be read")), "{output}");
    let server = Server::start(other.path(), &[]);
    let rotation = rotate_beside(&server, data.path(), &["--now"]);
    let output = String::from_utf8_lossy(&rotation.stderr).into_owned();
    assert!(!rotation.status.success() && output.contains("has not loaded the new key files"), "{output}");
    assert!(output.contains(data.path().to_str().expect("a path")), "{output}");
}
