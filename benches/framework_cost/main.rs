//! The time for a framework's metrics and monthly series with ten thousand to ten million
//! attendance records: in the database, end to end, and in relation to plain SQL for the same
//! figures.
//!
//! `cargo bench --bench framework_cost`. It takes some minutes and 4 GB of the temporary directory.
//! It starts its own PostgreSQL, which uses one core per statement, and writes the query plans to
//! `target/framework_cost`.

mod database;
mod reads;
#[path = "../support/mod.rs"]
mod support;

use database::{Bench, Bulk};
use reads::{READS, Read};

/// Reads before the measurement, after which PostgreSQL uses generic plans.
const WARM_UP_ROUNDS: usize = 6;
const ROUNDS: usize = 15;
/// Plain SQL is slow with many rows, so it runs less often.
const PLAIN_ROUNDS: usize = 2;

const CASES: [(&str, Bulk); 4] = [
    ("ten thousand rows", Bulk { first: 2015, last: 2018, bodies: 1, own: 0 }),
    ("ten million rows", Bulk { first: 1998, last: 2037, bodies: 418, own: 0 }),
    ("ten million, of them 10,000 in its own year", Bulk { first: 1998, last: 2037, bodies: 418, own: 28 }),
    ("ten million, of them 100,000 in its own year", Bulk { first: 1998, last: 2037, bodies: 418, own: 281 }),
];

#[tokio::main]
async fn main() {
    let bench = Bench::start().await;
    let mut first_cases: [Option<f64>; READS.len()] = [None; READS.len()];
    for (name, bulk) in CASES {
        bench.rebuild(&bulk).await;
        let rows = bench.number("SELECT count(*) AS n FROM attendance").await;
        let own = bench.number(OWN_ROWS).await;
        println!("{name}: {rows} rows, {own} of them in the framework's own year and groups");
        for (read, first_cases) in READS.iter().zip(&mut first_cases) {
            report(&bench, name, read, first_cases).await;
        }
    }
}

const OWN_ROWS: &str = "SELECT count(*) AS n FROM attendance a JOIN meetings m ON m.id = a.meeting_id
    WHERE m.held_on >= '2017-04-01' AND m.held_on < '2018-04-01'
      AND (m.group_id IS NULL OR m.group_id IN (SELECT id FROM groups WHERE code NOT LIKE 'body-%'))";

async fn report(bench: &Bench, case: &str, read: &Read, first_cases: &mut Option<f64>) {
    let mut conn = bench.connect().await;
    for _ in 0..WARM_UP_ROUNDS {
        reads::run(&mut conn, read).await;
    }
    bench.reset_statistics().await;
    let mut end_to_end = Vec::new();
    for _ in 0..ROUNDS {
        end_to_end.push(reads::run(&mut conn, read).await);
    }
    end_to_end.sort_unstable();
    let in_database = bench.milliseconds().await / ROUNDS as f64;
    bench.reset_statistics().await;
    let output = bench.run_plain_sql(read.days, PLAIN_ROUNDS);
    let plain_sql = bench.milliseconds().await / PLAIN_ROUNDS as f64;
    reads::compare(&mut conn, read, &output).await;
    let ratio_to_first = in_database / *first_cases.get_or_insert(in_database);
    println!(
        "    {:<8} {in_database:7.1} ms in the database, {:7.1} ms end to end; plain SQL {plain_sql:8.1} ms, ratio {:.2}; ratio to the first case {ratio_to_first:.2}",
        read.name,
        end_to_end[ROUNDS / 2].as_secs_f64() * 1000.0,
        in_database / plain_sql,
    );
    bench.write_plans(&mut conn, case, read).await;
}
