//! What bulk writes pay for the change log: the same requests with it and without, in turn, as a ratio of medians.
//!
//! `cargo bench --bench change_log`. Each request is applied as the API applies it, from the lines that were read to the
//! commit, on a PostgreSQL of its own in memory: with a disk below it the log weighs less.

use std::path::Path;
use std::time::{Duration, Instant};

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use outturn::db::embedded::{Cluster, Options};
use outturn::db::{Actor, bulk, in_transaction, migrations, pool};
use outturn::meetings::attendance::bulk::model::AttendanceLine;
use outturn::meetings::attendance::bulk::queries::{AttendanceBulk, Closing};
use outturn::policy::Scope;
use outturn::values::Code;
use serde_json::{Value, json};
use uuid::Uuid;

const LINES: usize = 1000;
const ROUNDS: usize = 31;
const COUNCIL: Uuid = Uuid::from_u128(1);

/// A kind of request; each is applied to the rows that the one before left.
const CASES: [(&str, &str, bool); 4] = [
    ("new lines", "present", false),
    ("the same with another status", "apologies", false),
    ("keys for lines that stand", "apologies", true),
    ("new status and nothing else", "absent", true),
];

#[tokio::main]
async fn main() {
    let root = if Path::new("/dev/shm").is_dir() { "/dev/shm" } else { "/tmp" };
    let dir = Path::new(root).join(format!("outturn-bench-{}", std::process::id()));
    let settings = vec!["fsync=off".to_owned()];
    let cluster = Cluster::start(&Options { dir: dir.clone(), settings }).expect("a PostgreSQL");
    let mut logged = database(&cluster, "logged").await;
    let mut silent = database(&cluster, "silent").await;
    stop_logging(&mut silent).await;
    let mut times = CASES.map(|_| [Vec::new(), Vec::new()]);
    for round in 0..ROUNDS {
        for case in 0..CASES.len() {
            let took = [send(&mut logged, round, case).await, send(&mut silent, round, case).await];
            for (times, took) in times[case].iter_mut().zip(took) {
                times.push(took);
            }
        }
    }
    for ((name, ..), [with, without]) in CASES.iter().zip(times) {
        let (with, without) = (median(with), median(without));
        let ratio = with.as_secs_f64() / without.as_secs_f64();
        println!("{name:<32} {with:>10.1?} with, {without:>10.1?} without: {ratio:.2}");
    }
    drop((logged, silent, cluster));
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

async fn stop_logging(conn: &mut AsyncPgConnection) {
    execute(
        conn,
        "DO $$ DECLARE t record; BEGIN
             FOR t IN SELECT tgname, tgrelid::regclass AS logged FROM pg_trigger WHERE tgname LIKE 'log\\_%' LOOP
                 EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, t.logged);
             END LOOP; END $$",
    )
    .await;
}

/// Applies a round's request of a case, and says how long that took.
async fn send(conn: &mut AsyncPgConnection, round: usize, case: usize) -> Duration {
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
        closing: Closing::NotAsked,
    };
    let lines: Vec<&AttendanceLine> = lines.iter().collect();
    let started = Instant::now();
    let applied =
        in_transaction(conn, async |conn| bulk::apply(&resource, conn, &lines).await).await.expect("applied");
    let took = started.elapsed();
    assert_eq!(applied.outcomes.len(), LINES);
    took
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

async fn connect(cluster: &Cluster, database: &str) -> AsyncPgConnection {
    pool::connect(cluster.url(database), Duration::from_secs(600)).await.expect("a connection")
}

async fn execute(conn: &mut AsyncPgConnection, sql: &str) {
    diesel::sql_query(sql).execute(conn).await.expect(sql);
}
