//! What a framework's metrics and its series by month cost, from ten thousand rows of attendance to ten million: time in
//! the database and end to end, as a ratio to plain SQL that psql runs for the same figures.
//!
//! `cargo bench --bench framework_cost`. It takes some minutes and 4 GB of the temporary directory, on a PostgreSQL of its
//! own that uses one core for a statement. The plans are left in `target/framework_cost`.

mod database;
mod reads;

use database::{Bench, Bulk};
use reads::{READS, Read};

/// How often a read is timed; the first few also bring its statements to be prepared.
const WARMING: usize = 6;
const ROUNDS: usize = 15;
/// Plain SQL is read less often: with many rows it takes long.
const PLAIN_ROUNDS: usize = 2;

const CASES: [(&str, Bulk); 4] = [
    ("ten thousand rows", Bulk { first: 2015, last: 2018, bodies: 1, own: 0 }),
    ("ten million rows", Bulk { first: 1998, last: 2037, bodies: 418, own: 0 }),
    ("ten million, of them 10,000 of its own year", Bulk { first: 1998, last: 2037, bodies: 418, own: 28 }),
    ("ten million, of them 100,000 of its own year", Bulk { first: 1998, last: 2037, bodies: 418, own: 281 }),
];

#[tokio::main]
async fn main() {
    let bench = Bench::start().await;
    let mut least: [Option<f64>; READS.len()] = [None; READS.len()];
    for (name, bulk) in CASES {
        bench.build(&bulk).await;
        let rows = bench.number("SELECT count(*) AS n FROM attendance").await;
        let own = bench.number(OWN_ROWS).await;
        println!("{name}: {rows} rows, {own} of them lie in the framework's own year and groups");
        for (read, least) in READS.iter().zip(&mut least) {
            report(&bench, name, read, least).await;
        }
    }
}

const OWN_ROWS: &str = "SELECT count(*) AS n FROM attendance a JOIN meetings m ON m.id = a.meeting_id
    WHERE m.held_on >= '2017-04-01' AND m.held_on < '2018-04-01'
      AND (m.group_id IS NULL OR m.group_id IN (SELECT id FROM groups WHERE code NOT LIKE 'body-%'))";

async fn report(bench: &Bench, case: &str, read: &Read, least: &mut Option<f64>) {
    let mut conn = bench.connect().await;
    for _ in 0..WARMING {
        reads::run(&mut conn, read).await;
    }
    bench.forget().await;
    let mut whole = Vec::new();
    for _ in 0..ROUNDS {
        whole.push(reads::run(&mut conn, read).await);
    }
    whole.sort_unstable();
    let ours = bench.spent().await / ROUNDS as f64;
    bench.forget().await;
    let said = bench.plain(read.days, PLAIN_ROUNDS);
    let plain = bench.spent().await / PLAIN_ROUNDS as f64;
    reads::compare(&mut conn, read, &said).await;
    let growth = ours / *least.get_or_insert(ours);
    println!(
        "    {:<8} {ours:7.1} ms in the database, {:7.1} ms end to end; plain SQL {plain:8.1} ms: {:.2} of it; {growth:.2} of the first",
        read.name,
        whole[ROUNDS / 2].as_secs_f64() * 1000.0,
        ours / plain,
    );
    bench.keep_plans(&mut conn, case, read).await;
}
