//! A server keeps responses of derived views. A kept response is never older than a committed write.

use std::io::Read;
use std::sync::atomic::{AtomicI64, Ordering};

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::json;

use crate::support::{App, Caller, execute_sql, id, poll_until};

const WITHOUT_CACHE: (&str, &str) = ("OUTTURN_VIEW_CACHE_BYTES", "0");

/// The paths of all views that servers keep, for the framework 2017-18 of the sample.
async fn kept_views(officer: &Caller) -> Vec<String> {
    let first = async |path: &str| id(&officer.read(&format!("{path}limit=1")).await["data"][0]);
    let framework = first("/v1/frameworks?code=2017-18&").await;
    let target = first(&format!("/v1/targets?framework_id={framework}&measure_kind=attendance_rate&")).await;
    let meeting = first("/v1/meetings?register=closed&held_from=2017-04-01&").await;
    let council = first("/v1/councils?").await;
    let mut paths = vec![
        format!("/v1/frameworks/{framework}/tree"),
        format!("/v1/meetings/{meeting}/turnout"),
        format!("/v1/targets/{target}/metric"),
        format!("/v1/targets/{target}/metric?as_at=2018-03-31"),
        format!("/v1/targets/{target}/series?as_at=2018-03-31"),
        format!("/v1/councils/{council}/engagement?as_at=2018-03-31"),
    ];
    for view in ["metrics", "metrics.csv", "summary", "series", "series.csv", "overdue", "report"] {
        paths.push(format!("/v1/frameworks/{framework}/{view}?as_at=2018-03-31"));
    }
    paths
}

/// A change that affects figures. The first number selects a row.
#[derive(Debug, Clone)]
enum Change {
    Attendance(u32, bool),
    DeletedAttendance(u32),
    Register(u32, bool),
    MeetingDate(u32),
    Holder(u32),
    Count(u32, u32),
    Coverage(u32),
    EvaluationForms(u32, u32),
    Threshold(u32, u32),
}

const OF_THE_YEAR: &str =
    "meeting_id IN (SELECT id FROM meetings WHERE held_on >= '2017-04-01' AND register = 'closed')";

impl Change {
    fn sql(&self) -> String {
        let pick = |from: &str, n: &u32| {
            format!("id = (SELECT id FROM {from} ORDER BY md5(id::text || '{n}') LIMIT 1)")
        };
        let attendance = |n| pick(&format!("attendance WHERE seat_id IS NOT NULL AND {OF_THE_YEAR}"), n);
        let meeting = |n| pick("meetings WHERE held_on >= '2017-04-01' AND status = 'held'", n);
        let entry = |kind, n| pick(&format!("progress WHERE kind = '{kind}'"), n);
        match self {
            Self::Attendance(n, present) => {
                let status = if *present { "present" } else { "apologies" };
                format!("UPDATE attendance SET status = '{status}' WHERE {}", attendance(n))
            }
            Self::DeletedAttendance(n) => format!("DELETE FROM attendance WHERE {}", attendance(n)),
            Self::Register(n, closed) => {
                let state = if *closed { "closed" } else { "open" };
                format!("UPDATE meetings SET register = '{state}' WHERE {}", meeting(n))
            }
            Self::MeetingDate(n) => format!(
                "UPDATE meetings SET held_on = held_on + 1, occurred_on = occurred_on + 1 WHERE {}",
                meeting(n)
            ),
            Self::Holder(n) => format!(
                "UPDATE seat_terms SET holder_ref = 'Another {n}' WHERE seat_{}",
                pick(&format!("seats WHERE id IN (SELECT seat_id FROM attendance WHERE {OF_THE_YEAR})"), n)
            ),
            Self::Count(n, count) => {
                format!("UPDATE progress SET count = {count} WHERE {}", entry("count", n))
            }
            Self::Coverage(n) => {
                format!("UPDATE progress SET covered = NOT covered WHERE {}", entry("coverage", n))
            }
            Self::EvaluationForms(n, forms) => format!(
                "UPDATE evaluation_ratings SET forms = {forms} WHERE evaluation_{}",
                pick("evaluations", n)
            ),
            Self::Threshold(n, threshold) => format!(
                "UPDATE targets SET threshold = {threshold} WHERE {}",
                pick("targets WHERE measure_kind = 'attendance_rate'", n)
            ),
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Write(Change),
    /// Writes in a transaction that stays open.
    Begin(Change),
    Commit,
    Rollback,
}

fn step() -> impl Strategy<Value = Step> {
    let change = prop_oneof![
        6 => (0..500_u32, any::<bool>()).prop_map(|(n, present)| Change::Attendance(n, present)),
        2 => (0..500_u32).prop_map(Change::DeletedAttendance),
        2 => (0..20_u32, any::<bool>()).prop_map(|(n, closed)| Change::Register(n, closed)),
        1 => (0..20_u32).prop_map(Change::MeetingDate),
        1 => (0..20_u32).prop_map(Change::Holder),
        2 => (0..20_u32, 0..50_u32).prop_map(|(n, count)| Change::Count(n, count)),
        2 => (0..100_u32).prop_map(Change::Coverage),
        2 => (0..20_u32, 0..50_u32).prop_map(|(n, forms)| Change::EvaluationForms(n, forms)),
        1 => (0..20_u32, 1..100_u32).prop_map(|(n, threshold)| Change::Threshold(n, threshold)),
    ];
    prop_oneof![
        4 => change.clone().prop_map(Step::Write),
        2 => change.prop_map(Step::Begin),
        2 => Just(Step::Commit),
        1 => Just(Step::Rollback),
    ]
}

/// Adds evaluation forms with two ratings to each meeting that an evaluation rate counts.
const EVALUATE_MEETINGS: &str = "
    WITH rated AS (
        SELECT DISTINCT ON (m.id) m.id AS meeting_id, t.measure ->> 'question' AS question, t.measure ->> 'at_least' AS rating
        FROM targets t
        JOIN meetings_of_targets mot ON mot.target_id = t.id
        JOIN meetings m ON m.id = mot.meeting_id
        WHERE t.measure_kind = 'evaluation_rate' AND m.status = 'held'
    ), added AS (
        INSERT INTO evaluations (id, meeting_id, question) SELECT gen_random_uuid(), meeting_id, question FROM rated
        RETURNING id, meeting_id
    )
    INSERT INTO evaluation_ratings (evaluation_id, position, rating, forms)
    SELECT added.id, r.position, r.rating, 10
    FROM added JOIN rated USING (meeting_id)
    CROSS JOIN LATERAL (VALUES (1, 'other'), (2, rated.rating)) r (position, rating)";

/// The transactions that are open, and the one that writes at once. Statements that would wait for
/// an open transaction are given up.
struct Writers {
    direct: AsyncPgConnection,
    open: Vec<AsyncPgConnection>,
}

impl Writers {
    async fn run(&mut self, app: &App, step: &Step) {
        match step {
            Step::Write(change) => {
                let _ = diesel::sql_query(change.sql()).execute(&mut self.direct).await;
            }
            Step::Begin(change) => {
                let mut conn = app.begin_and_execute("SET LOCAL lock_timeout = '10ms'").await;
                if diesel::sql_query(change.sql()).execute(&mut conn).await.is_ok() {
                    self.open.push(conn);
                }
            }
            Step::Commit | Step::Rollback if self.open.is_empty() => {}
            Step::Commit => execute_sql(&mut self.open.remove(0), "COMMIT").await,
            Step::Rollback => execute_sql(&mut self.open.remove(0), "ROLLBACK").await,
        }
    }
}

#[tokio::test]
async fn kept_responses_equal_derived_ones_on_two_servers_whatever_is_written() {
    let first = App::with_sample();
    let (second, deriving) = (first.beside(&[]), first.beside(&[WITHOUT_CACHE]));
    let (one, two, derived) = (first.officer(), second.officer(), deriving.officer());
    first.sql(EVALUATE_MEETINGS).await;
    let paths = kept_views(&one).await;
    let mut direct = first.connection().await;
    execute_sql(&mut direct, "SET lock_timeout = '10ms'").await;
    let mut writers = Writers { direct, open: Vec::new() };
    let mut runner = TestRunner::deterministic();
    let steps = proptest::collection::vec((step(), 0..paths.len()), 40).new_tree(&mut runner);
    for (step, view) in steps.expect("steps").current() {
        writers.run(&first, &step).await;
        let path = &paths[view];
        let expected = derived.get(path).await.expect(200);
        for caller in [&one, &two, &one] {
            let kept = caller.get(path).await.expect(200);
            assert_eq!(kept.text, expected.text, "{path} after {step:?}");
            assert_eq!(kept.header("etag"), expected.header("etag"));
        }
    }
}

#[tokio::test]
async fn no_reader_on_two_servers_gets_a_figure_older_than_a_committed_write() {
    let first = App::with_sample();
    let second = first.beside(&[]);
    let officer = first.officer();
    let framework = officer.all("/v1/frameworks?code=2017-18").await.remove(0);
    let target = officer.all(&format!("/v1/targets?framework_id={}", id(&framework))).await.remove(0);
    let path = format!("/v1/targets/{}/metric", id(&target));
    let committed = AtomicI64::new(0);
    const LAST: i64 = 60;
    let write = async || {
        let mut conn = first.connection().await;
        execute_sql(&mut conn, "SET lock_timeout = '5s'").await;
        for n in 1..=LAST {
            // This transaction gets its line before the next change and commits after it.
            let mut open =
                first.begin_and_execute("UPDATE councils SET name = name || ' '|| txid_current()").await;
            let sql = format!("UPDATE targets SET title = 'Title {n}' WHERE id = '{}'", id(&target));
            execute_sql(&mut conn, &sql).await;
            committed.store(n, Ordering::SeqCst);
            execute_sql(&mut open, "ROLLBACK").await;
        }
    };
    let read = async |caller: Caller| {
        let mut last = 0;
        while last < LAST {
            let oldest = AtomicI64::load(&committed, Ordering::SeqCst).max(last);
            let metric = caller.read(&path).await;
            let title = metric["title"].as_str().expect("a title");
            last = title.strip_prefix("Title ").map_or(0, |n| n.parse().expect("a number"));
            assert!(last >= oldest, "{title} was read after Title {oldest} was committed");
        }
    };
    tokio::join!(
        write(),
        read(first.officer()),
        read(first.officer()),
        read(second.officer()),
        read(second.officer())
    );
}

#[tokio::test]
async fn a_late_commit_of_an_earlier_line_makes_a_kept_response_outdated() {
    let app = App::with_sample();
    let officer = app.officer();
    let framework = officer.all("/v1/frameworks?code=2017-18").await.remove(0);
    let path = format!("/v1/frameworks/{}/tree", id(&framework));
    let rename = |title: &str| format!("UPDATE frameworks SET title = '{title}' WHERE code = '2017-18'");
    let mut early = app.begin_and_execute(&rename("Late")).await;
    app.sql("UPDATE groups SET name = name || '.'").await;
    let before = officer.get(&path).await;
    execute_sql(&mut early, "COMMIT").await;
    let after = officer.get(&path).await;
    assert_ne!(before.header("etag"), after.header("etag"));
    assert_eq!(after.body["framework"]["title"], "Late");
}

/// The number of statements that the database has run for this test, without the counting.
async fn statements(app: &App) -> i64 {
    app.number(
        "SELECT COALESCE(sum(calls), 0)::bigint AS n FROM pg_stat_statements
         WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND query NOT LIKE '%pg_stat_statements%' AND query !~* '^(set|show|select set_config|select pg_is_in_recovery)'",
    )
    .await
}

#[tokio::test]
async fn a_repeated_or_conditional_request_runs_one_statement() {
    let app = App::with_sample();
    app.count_statements().await;
    let officer = app.officer();
    for path in kept_views(&officer).await {
        let etag = officer.get(&path).await.expect(200).header("etag").to_owned();
        let before = statements(&app).await;
        officer.get(&path).await.expect(200);
        let conditional = officer.request(Method::GET, &path).header("If-None-Match", &etag);
        assert_eq!(officer.send(conditional).await.status, 304);
        assert_eq!(statements(&app).await - before, 2, "{path}");
    }
}

#[tokio::test]
async fn a_kept_response_is_compressed_in_the_coding_that_the_client_prefers() {
    let app = App::with_sample();
    let officer = app.officer();
    let framework = officer.all("/v1/frameworks?code=2017-18").await.remove(0);
    let path = format!("/v1/frameworks/{}/metrics", id(&framework));
    let plain = officer.get(&path).await.expect(200);
    let get = async |accepted: &str| {
        let request = officer.request(Method::GET, &path).header("Accept-Encoding", accepted);
        let response = request.send().await.expect("a response");
        let headers = response.headers().clone();
        let header = |name: &str| {
            let all = headers.get_all(name).iter().map(|value| value.to_str().expect("text"));
            all.collect::<Vec<_>>().join(", ").to_lowercase()
        };
        assert_eq!(header("etag"), plain.header("etag").to_lowercase());
        let body = response.bytes().await.expect("a complete body");
        (header("content-encoding"), header("vary"), body)
    };
    for _ in 0..2 {
        let (coding, vary, body) = get("gzip;q=0.5, br").await;
        assert_eq!((coding.as_str(), vary.contains("accept-encoding")), ("br", true));
        let mut text = String::new();
        brotli::Decompressor::new(&*body, 4096).read_to_string(&mut text).expect("brotli");
        assert_eq!(text, plain.text);
        let (coding, _, body) = get("gzip, br;q=0.5").await;
        assert_eq!(coding, "gzip");
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*body).read_to_string(&mut text).expect("gzip");
        assert_eq!(text, plain.text);
        let (coding, _, body) = get("identity").await;
        assert_eq!((coding.as_str(), &*body), ("", plain.text.as_bytes()));
    }
}

#[tokio::test]
async fn changes_of_accounts_and_restarts_of_the_database_leave_figures_right() {
    let app = App::with_sample();
    app.count_statements().await;
    let (admin, officer) = (app.admin(), app.officer());
    let framework = officer.all("/v1/frameworks?code=2017-18").await.remove(0);
    let path = format!("/v1/frameworks/{}/metrics", id(&framework));
    let first = officer.get(&path).await.expect(200);
    admin.create("/v1/accounts", json!({ "kind": "client", "name": "crm", "role": "officer" })).await;
    let before = statements(&app).await;
    assert_eq!(officer.get(&path).await.expect(200).text, first.text);
    assert_eq!(statements(&app).await - before, 1, "a change of accounts changes no figure");
    app.disconnect();
    let response = poll_until(async || officer.get(&path).await, |response| response.status == 200).await;
    assert_eq!(response.text, first.text);
}
