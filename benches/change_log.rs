//! The cost of the change log for bulk writes: the ratio of the median times with the log and
//! without.
//!
//! `cargo bench --bench change_log`. The time of a request runs from the parsed lines to the
//! commit. The bench starts its own PostgreSQL in memory; on a disk the log's share is smaller.

use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;
use outturn::access::Scope;
use outturn::db::embedded::Cluster;
use outturn::db::{Actor, bulk, in_transaction, migrations};
use outturn::meetings::attendance::bulk::model::AttendanceLine;
use outturn::meetings::attendance::bulk::request::{AttendanceBulk, Closing};
use outturn::values::Code;
use serde_json::{Value, json};
use uuid::Uuid;

mod support;
use support::{connect, directory, execute, start_cluster};

const LINES: usize = 1000;
const ROUNDS: usize = 31;
const COUNCIL: Uuid = Uuid::from_u128(1);

/// The requests of a round: name, status, and whether lines have an external id. Each one changes
/// the rows that the previous one wrote.
const CASES: [(&str, &str, bool); 4] = [
    ("new lines", "present", false),
    ("existing lines, another status", "apologies", false),
    ("external ids for existing lines", "apologies", true),
    ("only a new status", "absent", true),
];

#[tokio::main]
async fn main() {
    let dir = directory(true);
    let cluster = start_cluster(&dir, &["fsync=off"]);
    let mut with_log = database(&cluster, "logged").await;
    let mut without_log = database(&cluster, "silent").await;
    drop_log_triggers(&mut without_log).await;
    let mut times = CASES.map(|_| [Vec::new(), Vec::new()]);
    for round in 0..ROUNDS {
        for case in 0..CASES.len() {
            let elapsed = [
                apply_request(&mut with_log, round, case).await,
                apply_request(&mut without_log, round, case).await,
            ];
            for (times, elapsed) in times[case].iter_mut().zip(elapsed) {
                times.push(elapsed);
            }
        }
    }
    for ((name, ..), [median_with, median_without]) in CASES.iter().zip(times) {
        let (median_with, median_without) = (median(median_with), median(median_without));
        let ratio = median_with.as_secs_f64() / median_without.as_secs_f64();
        println!("{name:<32} {median_with:>10.1?} with, {median_without:>10.1?} without: {ratio:.2}");
    }
    drop((with_log, without_log, cluster));
    let _ = std::fs::remove_dir_all(dir);
}

async fn database(cluster: &Cluster, name: &str) -> AsyncPgConnection {
    execute(&mut connect(cluster, "postgres").await, &format!("CREATE DATABASE {name}")).await;
    migrations::run(connect(cluster, name).await).await.expect("migrations");
    let mut conn = connect(cluster, name).await;
    Actor::operator("bench".into(), "bench").acts(&mut conn).await.expect("an actor");
    execute(&mut conn, &format!("INSERT INTO councils (id, name, kind) VALUES ('{COUNCIL}', 'C', 'county')"))
        .await;
    let meetings = format!(
        "INSERT INTO meetings (id, title, held_on, status)
         SELECT lpad(to_hex(n), 32, '0')::uuid, 'M', DATE '2017-01-01', 'held' FROM generate_series(0, {ROUNDS}) n"
    );
    execute(&mut conn, &meetings).await;
    conn
}

async fn drop_log_triggers(conn: &mut AsyncPgConnection) {
    execute(
        conn,
        "DO $$ DECLARE t record; BEGIN
             FOR t IN SELECT tgname, tgrelid::regclass AS logged FROM pg_trigger WHERE tgname LIKE 'log\\_%' LOOP
                 EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, t.logged);
             END LOOP; END $$",
    )
    .await;
}

/// Applies the request of a case and returns the time that it took.
async fn apply_request(conn: &mut AsyncPgConnection, round: usize, case: usize) -> Duration {
    let (_, status, has_keys) = CASES[case];
    let line = |n: usize| -> Value {
        let key = has_keys.then(|| format!("{round}-{n}"));
        json!({ "meeting_id": Uuid::from_u128(round as u128), "council_id": COUNCIL, "delegate_ref": format!("delegate {n}"),
            "status": status, "external_id": key })
    };
    let lines: Vec<AttendanceLine> =
        (0..LINES).map(|n| serde_json::from_value(line(n)).expect("a line")).collect();
    let system: Code = serde_json::from_value(json!("crm")).expect("a code");
    let resource = AttendanceBulk {
        scope: &Scope::All,
        named_system: None,
        own_system: Some(&system),
        closing: Closing::NotRequested,
    };
    let lines: Vec<&AttendanceLine> = lines.iter().collect();
    let started = Instant::now();
    let applied =
        in_transaction(conn, async |conn| bulk::apply(&resource, conn, &lines).await).await.expect("applied");
    let elapsed = started.elapsed();
    assert_eq!(applied.outcomes.len(), LINES);
    elapsed
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
