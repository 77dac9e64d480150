//! Rotating the signing keys while servers run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::server::{Server, command, data_dir, failure, printed, run};
use crate::support::{ClosedPort, Person, until};

async fn kids(person: &Person) -> Vec<String> {
    let set = person.read("/.well-known/jwks.json").await;
    let keys = set["keys"].as_array().expect("keys");
    assert!(
        keys.iter().all(|key| key["kty"] == "OKP" && key["d"] == Value::Null),
        "public halves alone: {set}"
    );
    keys.iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
}

#[tokio::test]
async fn a_new_key_is_published_then_signs_and_nobody_is_turned_away() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let stranger = Person::new(&server.base, None);
    let before = server.person(data.path(), "officer");
    let [first] = kids(&stranger).await.try_into().expect("one key");
    let rotated = Instant::now();
    printed(data.path(), &["keys", "rotate"]);
    let ask = async || {
        // A token of the moment, and one from before: both are good, whoever signs.
        server.person(data.path(), "officer").get("/v1/me").await.expect(200);
        before.get("/v1/me").await.expect(200);
        kids(&stranger).await
    };
    let last = until(ask, |kids| kids[0] != first).await;
    assert!(rotated.elapsed() > Duration::from_secs(10), "it was published before it signed");
    assert_eq!((last.len(), &last[1]), (2, &first));
    let again = failure(&run(data.path(), &["keys", "rotate"]));
    assert!(again.contains("within the last fifteen minutes"), "{again}");
}

/// Runs `keys rotate` as on the machine of a server: with its address.
fn rotate_beside(server: &Server, data: &Path, arguments: &[&str]) -> Output {
    let mut rotate = command(data, &[&["keys", "rotate"], arguments].concat());
    rotate.env("OUTTURN_BIND", server.base.trim_start_matches("http://"));
    rotate.output().expect("it runs")
}

#[track_caller]
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// The files of keys in a data directory, by name.
fn key_files(data: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(data.join("keys")).expect("keys").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|kind| kind == "pk8")).collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_rotation_after_a_key_of_the_future_signs() {
    let data = data_dir();
    // As an earlier version made it, while the clock was a year ahead.
    printed(data.path(), &["token", "--role", "officer", "--init"]);
    let [first] = key_files(data.path()).try_into().expect("one key");
    let year_ahead = std::time::SystemTime::now() + Duration::from_secs(365 * 24 * 3600);
    let seconds = year_ahead.duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
    fs::rename(first, data.path().join(format!("keys/{seconds:012}.pk8"))).expect("renamed");

    let server = Server::start(data.path(), &[]);
    let stranger = Person::new(&server.base, None);
    let before = server.person(data.path(), "officer");
    let [future] = kids(&stranger).await.try_into().expect("one key");
    let told = said(&rotate_beside(&server, data.path(), &[]));
    assert!(told.contains("publishes it"), "{told}");
    let ask = async || {
        before.get("/v1/me").await.expect(200);
        kids(&stranger).await
    };
    until(ask, |kids| kids[0] != future).await;
    server.person(data.path(), "officer").get("/v1/me").await.expect(200);
    before.get("/v1/me").await.expect(200);
    // A further rotation is refused because the last one was just now, and not for a year.
    assert!(failure(&rotate_beside(&server, data.path(), &[])).contains("within the last fifteen minutes"));
    let (_, _, log) = server.stop(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(log.matches("signing key dated in the future").count(), 1, "{log}");
}

#[tokio::test]
async fn an_emergency_rotation_signs_at_once_and_ends_the_tokens_that_are_out() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let stranger = Person::new(&server.base, None);
    said(&rotate_beside(&server, data.path(), &[]));
    let before = server.person(data.path(), "officer");
    before.get("/v1/me").await.expect(200);
    let old = kids(&stranger).await;
    let told = said(&rotate_beside(&server, data.path(), &["--now"]));
    assert!(
        told.contains("signs at once") && told.contains("all earlier access tokens are refused"),
        "{told}"
    );
    assert!(told.contains("publishes it"), "{told}");
    before.get("/v1/me").await.expect(401);
    let [new] = kids(&stranger).await.try_into().expect("one key");
    assert!(!old.contains(&new) && told.contains(&new), "{told}");
    server.person(data.path(), "officer").get("/v1/me").await.expect(200);
    assert_eq!(key_files(data.path()).len(), 1);
}

#[test]
fn a_rotation_says_when_it_sees_no_server_or_one_with_other_keys() {
    let (data, other) = (data_dir(), data_dir());
    printed(data.path(), &["token", "--role", "officer", "--init"]);
    let told = printed(data.path(), &["keys", "rotate"]);
    assert!(told.contains("no server was asked"), "{told}");
    let closed = ClosedPort::new();
    let free = closed.address();
    let rotate =
        command(data.path(), &["keys", "rotate", "--now"]).env("OUTTURN_BIND", free.to_string()).output();
    let told = said(&rotate.expect("it runs"));
    assert!(told.contains(&format!("no server was seen at {free}")), "{told}");
    let server = Server::start(other.path(), &[]);
    let refused = rotate_beside(&server, data.path(), &["--now"]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("does not publish the new keys"), "{told}");
    assert!(told.contains(data.path().to_str().expect("a path")), "{told}");
}
