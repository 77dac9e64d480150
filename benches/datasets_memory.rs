//! The peak memory of a server that sends a dataset of a million rows, for each format.
//!
//! `cargo bench --bench datasets_memory`. The bench starts its own server and PostgreSQL with
//! 1,048,576 attendance records. It fails if the peak exceeds the memory before the first dataset
//! by 64 MiB.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use outturn::db::embedded::Cluster;
use outturn::db::migrations;

mod support;
use support::{connect, directory, execute, start_cluster};

const LIMIT_KIB: u64 = 64 * 1024;

/// The records of all meetings except the last: 1,047,552 rows, which fit on a worksheet.
const PERIOD: &str = "occurred_until=2002-10-20";

/// A thousand meetings of a thousand seats, inserted without triggers.
const ROWS: &str = "
    SET session_replication_role = replica;
    INSERT INTO groups (id, code, name) VALUES (lpad('1', 32, '0')::uuid, 'assembly', 'Assembly of all the councils');
    INSERT INTO councils (id, name, kind)
        SELECT lpad(to_hex(n), 32, '0')::uuid, 'Council number ' || n, 'district' FROM generate_series(1, 1024) n;
    INSERT INTO council_gss_codes (council_id, gss_code)
        SELECT lpad(to_hex(n), 32, '0')::uuid, 'E' || lpad(n::text, 8, '0') FROM generate_series(1, 1024) n;
    INSERT INTO seats (id, group_id, council_id, role)
        SELECT lpad(to_hex(n), 32, '0')::uuid, lpad('1', 32, '0')::uuid, lpad(to_hex(n), 32, '0')::uuid, 'leader'
        FROM generate_series(1, 1024) n;
    INSERT INTO meetings (id, group_id, title, held_on, occurred_on, status, register)
        SELECT lpad(to_hex(n), 32, '0')::uuid, lpad('1', 32, '0')::uuid, 'Meeting number ' || n,
               DATE '1999-12-31' + n, DATE '1999-12-31' + n, 'held', 'closed' FROM generate_series(1, 1024) n;
    INSERT INTO attendance (id, meeting_id, seat_id, council_id, status)
        SELECT gen_random_uuid(), m.id, s.id, s.council_id, 'present' FROM meetings m CROSS JOIN seats s;
    ANALYZE";

#[tokio::main]
async fn main() {
    let dir = directory(true);
    let cluster = start_cluster(&dir, &["fsync=off"]);
    insert_rows(&cluster).await;
    let data = tempfile::tempdir().expect("a directory");
    let mut server = Server::start(&cluster.url("datasets"), data.path());
    let idle = server.memory("VmRSS");
    println!("before the first dataset: {:.1} MiB", mebibytes(idle));
    let mut max_growth = 0;
    for format in ["csv", "ndjson", "json", "xlsx"] {
        server.reset_peak();
        let started = Instant::now();
        let (status, bytes, first) = server.fetch(&format!("attendance?format={format}&{PERIOD}")).await;
        let growth = server.memory("VmHWM").saturating_sub(idle);
        max_growth = max_growth.max(growth);
        println!(
            "{format:<7} {status} {:>5} MiB, first byte after {first:>5.1?}, end after {:>5.1?}, peak {:.1} MiB above idle",
            bytes >> 20,
            started.elapsed(),
            mebibytes(growth)
        );
        assert_eq!(status, 200);
    }
    let (refused, ..) = server.fetch("attendance?format=xlsx").await;
    println!("xlsx    {refused} for more rows than fit on a worksheet");
    assert_eq!(refused, 422);
    drop((server, cluster));
    let _ = std::fs::remove_dir_all(dir);
    assert!(max_growth < LIMIT_KIB, "the peak exceeds the idle memory by {max_growth} KiB");
}

fn mebibytes(kibibytes: u64) -> f64 {
    kibibytes as f64 / 1024.0
}

async fn insert_rows(cluster: &Cluster) {
    execute(&mut connect(cluster, "postgres").await, "CREATE DATABASE datasets").await;
    migrations::run(connect(cluster, "datasets").await).await.expect("migrations");
    let mut conn = connect(cluster, "datasets").await;
    for sql in ROWS.split(';') {
        execute(&mut conn, sql).await;
    }
}

/// A server process.
struct Server {
    process: Child,
    base: String,
    token: String,
}

impl Server {
    fn start(url: &str, data: &Path) -> Self {
        let command = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_outturn"));
            command.args(arguments).env("DATABASE_URL", url).env("OUTTURN_DATA_DIR", data);
            command.env("OUTTURN_BIND", "127.0.0.1:0").env("OUTTURN_LOG", "warn");
            command
        };
        let mut process = command(&["serve"]).stdout(Stdio::piped()).spawn().expect("a server");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("the server's output"))
            .read_line(&mut line)
            .expect("a line");
        let base = line.split("at ").nth(1).and_then(|url| url.split("/docs").next()).expect("an address");
        let token = command(&["token", "--role", "reporter", "--ttl", "2h"]).output().expect("a token");
        let token = String::from_utf8(token.stdout).expect("text").trim().to_owned();
        Self { process, base: base.to_owned(), token }
    }

    /// Fetches a dataset and discards it; returns the status, the number of bytes and the time to
    /// the first one.
    async fn fetch(&mut self, dataset: &str) -> (u16, usize, Duration) {
        let started = Instant::now();
        let request = reqwest::Client::new().get(format!("{}/v1/datasets/{dataset}", self.base));
        let mut response = request.bearer_auth(&self.token).send().await.expect("a response");
        let (first, mut bytes) = (started.elapsed(), 0);
        while let Some(chunk) = response.chunk().await.expect("a complete response") {
            bytes += chunk.len();
        }
        (response.status().as_u16(), bytes, first)
    }

    /// A value of `/proc/<pid>/status` of the server, in KiB.
    fn memory(&self, line: &str) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("a process");
        let value = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
        value.and_then(|text| text.split_whitespace().next()?.parse().ok()).expect("a size")
    }

    /// Resets the peak memory that the kernel records.
    fn reset_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.process.id()), "5")
            .expect("write access to clear_refs");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
