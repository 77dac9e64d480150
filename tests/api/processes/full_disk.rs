//! A full disk: the server returns 507 for a dataset that it cannot write, and continues.

use std::process::Command;

use nix::sys::signal::Signal;

use super::server::{Server, command, data_dir};
use crate::support::App;

/// Creates councils whose dataset exceeds the limit of a file's size.
const COUNCILS: &str = "
    INSERT INTO councils (id, name, kind)
    SELECT lpad(to_hex(n), 32, '0')::uuid, md5(n::text) || repeat(md5(n::text), 4), 'district'
    FROM generate_series(1, 20000) n";

/// Returns the same command with files limited to half a mebibyte. A larger write fails as on a
/// full disk.
fn with_small_files(serve: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1024; exec \"$0\" \"$@\""]).arg(serve.get_program());
    shell.args(serve.get_args());
    for (name, value) in serve.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

#[tokio::test]
async fn a_dataset_that_exceeds_the_disk_space_returns_507_in_every_format() {
    let app = App::new();
    let mut conn = app.connection().await;
    for sql in ["SET session_replication_role = replica", COUNCILS] {
        crate::support::execute_sql(&mut conn, sql).await;
    }
    let data = data_dir();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("DATABASE_URL", app.url());
    let server = Server::launch(with_small_files(&serve));
    let reporter = server.caller(data.path(), "reporter");
    for format in ["csv", "json", "ndjson", "xlsx"] {
        let refused = reporter.get(&format!("/v1/datasets/councils?format={format}")).await.expect(507);
        assert_eq!(refused.code(), "storage_full", "{format}");
        reporter.get(&format!("/v1/datasets/meetings?format={format}")).await.expect(200);
    }
    let (status, _, log) = server.stop(Signal::SIGTERM);
    assert_eq!(status, 0);
    let failures = log.lines().filter(|line| line.contains("request failed")).count();
    assert_eq!(failures, 4, "each failure is logged once");
}
