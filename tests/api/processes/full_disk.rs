//! A full disk: a dataset that cannot be written is 507 in every format, and the server goes on.

use std::process::Command;

use nix::sys::signal::Signal;

use super::server::{Server, command, data_dir};
use crate::support::App;

/// Councils whose dataset is larger than a file may be.
const COUNCILS: &str = "
    INSERT INTO councils (id, name, kind)
    SELECT lpad(to_hex(n), 32, '0')::uuid, md5(n::text) || repeat(md5(n::text), 4), 'district'
    FROM generate_series(1, 20000) n";

/// The same program, none of whose files may be larger than half a mebibyte: a write beyond that fails as on a full disk.
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
async fn a_dataset_that_the_disk_has_no_room_for_is_507_in_every_format() {
    let app = App::new();
    let mut conn = app.connection().await;
    for sql in ["SET session_replication_role = replica", COUNCILS] {
        crate::support::run_alone(&mut conn, sql).await;
    }
    let data = data_dir();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("DATABASE_URL", app.url());
    let server = Server::launch(with_small_files(&serve));
    let reporter = server.person(data.path(), "reporter");
    for format in ["csv", "json", "ndjson", "xlsx"] {
        let refused = reporter.get(&format!("/v1/datasets/councils?format={format}")).await.expect(507);
        assert_eq!(refused.code(), "storage_full", "{format}");
        reporter.get(&format!("/v1/datasets/meetings?format={format}")).await.expect(200);
    }
    let (status, _, log) = server.stop(Signal::SIGTERM);
    assert_eq!(status, 0);
    let failures = log.lines().filter(|line| line.contains("request failed")).count();
    assert_eq!(failures, 4, "each is logged once");
}
