//! A streaming standby serves reads: with bounded staleness, after the client's own writes, and
//! while transactions are in progress.

use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use nix::sys::signal::Signal;
use reqwest::Method;
use serde_json::{Value, json};

use super::node::Node;
use super::server::{Server, stdout_of};
use crate::database::pooler::Pooler;
use crate::support::{ApiResponse, Caller, execute_sql, id, metric, poll_until};

const MAX_LAG: Duration = Duration::from_secs(5);

const POSITION: &str = "outturn-position";

const USES_STANDBY: &str = "reads use the standby";
const USES_PRIMARY: &str = "reads use the primary";

/// A lag that no test reaches, even on a slow machine.
const UNLIMITED_LAG: &str = "1h";

/// Starts a server that reads from a standby with this maximum lag, and waits until it does.
fn serve(primary: &Node, standby: &Node, lag: &str, arguments: &[&str]) -> Server {
    let mut serve = primary.serve(arguments);
    serve.env("OUTTURN_READ_DATABASE_URL", standby.url()).env("OUTTURN_READ_LAG", lag);
    serve.env("OUTTURN_WORKERS", "1");
    let server = Server::launch(serve);
    server.log_line(USES_STANDBY);
    server
}

/// A caller with this role and name. A server remembers the writes of each caller.
fn caller(primary: &Node, server: &Server, role: &str, name: &str) -> Caller {
    let arguments = ["token", "--role", role, "--subject", name];
    Caller::new(&server.base, Some(stdout_of(primary.data(), &arguments).trim().to_owned()))
}

async fn create_group(caller: &Caller, code: &str) -> ApiResponse {
    caller.post("/v1/groups", json!({ "code": code, "name": code })).await.expect(201)
}

async fn get_after(caller: &Caller, path: &str, position: &str) -> ApiResponse {
    caller.send(caller.request(Method::GET, path).header(POSITION, position)).await
}

fn has_group(response: &ApiResponse, code: &str) -> bool {
    response.text.contains(&format!("\"{code}\""))
}

/// The number of reads that a server has sent to the standby or to the primary.
async fn reads(server: &Server, from: &str) -> f64 {
    let text = Caller::new(&server.base, None).get("/metrics").await.expect(200).text;
    let name = format!("db_reads_total{{server=\"{from}\"}}");
    if text.contains(&name) { metric(&text, &name) } else { 0.0 }
}

/// Reads until the standby has served a read. Each response must contain the group.
async fn until_standby_serves(server: &Server, reader: &Caller, code: &str) {
    let before = reads(server, "standby").await;
    let served = async || {
        assert!(has_group(&reader.get("/v1/groups").await.expect(200), code));
        reads(server, "standby").await
    };
    poll_until(served, |served| *served > before).await;
}

#[derive(QueryableByName)]
struct State {
    #[diesel(sql_type = Text)]
    t: String,
}

/// Pauses the replay of a standby, and waits until it is paused.
async fn pause(standby: &Node) {
    let mut conn = standby.connect().await;
    execute_sql(&mut conn, "SELECT pg_wal_replay_pause()").await;
    let state = async || {
        let sql = "SELECT pg_get_wal_replay_pause_state() AS t";
        diesel::sql_query(sql).get_result::<State>(&mut conn).await.expect(sql).t
    };
    poll_until(state, |state| state == "paused").await;
}

#[derive(QueryableByName)]
struct Lsn {
    #[diesel(sql_type = BigInt)]
    lsn: i64,
}

/// Waits until the standby has replayed everything that the primary has written.
async fn wait_for_replay(primary: &Node, standby: &Node) {
    let lsn = async |node: &Node, function: &str| {
        let sql = format!("SELECT ({function}() - '0/0')::bigint AS lsn");
        diesel::sql_query(&sql).get_result::<Lsn>(&mut node.connect().await).await.expect(&sql).lsn
    };
    let written = lsn(primary, "pg_current_wal_flush_lsn").await;
    poll_until(async || lsn(standby, "pg_last_wal_replay_lsn").await, |replayed| *replayed >= written).await;
}

#[tokio::test]
async fn reads_are_never_older_than_the_maximum_lag_or_than_the_clients_own_writes() {
    let primary = Node::primary(&[]);
    let standby = primary.standby("standby");
    let server = serve(&primary, &standby, "5s", &[]);
    let (writer, reader) =
        (caller(&primary, &server, "officer", "writer"), caller(&primary, &server, "officer", "reader"));
    let first = create_group(&writer, "first").await;
    let position = first.header(POSITION).to_owned();
    assert!(has_group(&get_after(&reader, "/v1/groups", &position).await.expect(200), "first"));
    assert!(has_group(&writer.get("/v1/groups").await.expect(200), "first"));
    let served = async || {
        get_after(&reader, "/v1/groups", &position).await.expect(200);
        reads(&server, "standby").await
    };
    poll_until(served, |count| *count > 0.0).await;

    pause(&standby).await;
    let second = create_group(&writer, "second").await;
    let acknowledged = Instant::now();
    let before = reads(&server, "standby").await;
    let stale = reader.get("/v1/groups").await.expect(200);
    // On a slow machine, the standby may already be too far behind.
    assert_eq!(!has_group(&stale, "second"), reads(&server, "standby").await > before);
    let after = get_after(&reader, "/v1/groups", second.header(POSITION)).await.expect(200);
    assert!(has_group(&after, "second"), "a read with the position of a write includes it");
    let own = writer.get(&format!("/v1/groups/{}", id(&second.body))).await.expect(200);
    assert_eq!(own.body["code"], "second", "a client of one server reads its own writes without a header");

    // The reader, who sends no position, gets the write within the maximum lag.
    loop {
        let began = Instant::now();
        if has_group(&reader.get("/v1/groups").await.expect(200), "second") {
            break;
        }
        assert!(began.duration_since(acknowledged) < MAX_LAG, "a read is older than the maximum lag");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let reason = poll_until(async || server.log_lines(USES_PRIMARY), |lines| !lines.is_empty()).await;
    assert!(reason[0]["reason"].is_string(), "{reason:?}");

    standby.run("SELECT pg_wal_replay_resume()").await;
    until_standby_serves(&server, &reader, "second").await;
}

#[tokio::test]
async fn without_the_standby_the_primary_serves_all_reads() {
    let primary = Node::primary(&[]);
    let mut standby = primary.standby("standby");
    let server = serve(&primary, &standby, UNLIMITED_LAG, &[]);
    let (writer, reader) =
        (caller(&primary, &server, "officer", "writer"), caller(&primary, &server, "officer", "reader"));
    create_group(&writer, "first").await;
    standby.crash();
    for n in 0..20 {
        reader.get("/v1/groups").await.expect(200);
        create_group(&writer, &format!("n{n}")).await;
        reader.get("/health/ready").await.expect(200);
    }
    server.log_line(USES_PRIMARY);
    assert!(has_group(&reader.get("/v1/groups").await.expect(200), "n19"));

    standby.restart();
    wait_for_replay(&primary, &standby).await;
    until_standby_serves(&server, &reader, "n19").await;
}

/// Returns a caller with a token of the account, which an administrator has created.
async fn sign_in(server: &Server, account: &Value) -> Caller {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", account["id"].as_str().expect("an id")),
        ("client_secret", account["secret"].as_str().expect("a secret")),
    ];
    let anonymous = Caller::new(&server.base, None);
    let response =
        anonymous.send(anonymous.request(Method::POST, "/v1/auth/token").form(&form)).await.expect(200);
    Caller::new(&server.base, response.body["access_token"].as_str().map(str::to_owned))
}

#[tokio::test]
async fn rights_accounts_and_the_change_feed_are_read_from_the_primary() {
    let primary = Node::primary(&[]);
    let standby = primary.standby("standby");
    let server = serve(&primary, &standby, UNLIMITED_LAG, &[]);
    let (admin, other) =
        (caller(&primary, &server, "admin", "ada"), caller(&primary, &server, "admin", "eve"));
    let account = json!({ "kind": "client", "name": "crm", "role": "officer" });
    let account = admin.create("/v1/accounts", account).await;
    let client = sign_in(&server, &account).await;
    client.get("/v1/groups").await.expect(200);

    pause(&standby).await;
    create_group(&admin, "new").await;
    assert!(!has_group(&other.get("/v1/groups").await.expect(200), "new"), "the standby serves records");
    assert!(other.get("/v1/changes").await.expect(200).text.contains("groups"));
    let path = format!("/v1/accounts/{}", id(&account));
    admin.patch(&path, 1, json!({ "name": "renamed" })).await.expect(200);
    assert_eq!(other.read(&path).await["name"], "renamed");
    admin.delete(&path, 2).await.expect(204);
    client.get("/v1/groups").await.expect(401);

    for broken in ["x", "0000000100000000", "0000000100000000016B374D48"] {
        let refused = get_after(&other, "/v1/groups", broken).await.expect(400);
        assert_eq!(refused.field_errors(), ["Outturn-Position bad_format"]);
    }
}

/// On a standby, PostgreSQL does not list the transactions in progress. A response that was derived
/// while a transaction was in progress must not be kept after its commit.
#[tokio::test]
async fn kept_figures_and_entity_tags_change_when_an_open_transaction_commits() {
    let primary = Node::primary(&[]);
    let standby = primary.standby("standby");
    let server = serve(&primary, &standby, UNLIMITED_LAG, &["--sample", "sample"]);
    wait_for_replay(&primary, &standby).await;
    let reader = caller(&primary, &server, "officer", "reader");
    let list = reader.read("/v1/frameworks?code=2017-18").await;
    let view = format!("/v1/frameworks/{}/metrics?as_at=2018-03-31", id(&list["data"][0]));
    let dataset = "/v1/datasets/attendance?format=csv";

    // The open transaction has an earlier id than a committed one, which the standby has replayed.
    let mut open = primary.connect().await;
    execute_sql(&mut open, "SELECT set_config('outturn.actor', '{\"kind\": \"operator\", \"name\": \"test\", \"operation\": \"test\"}', false)").await;
    execute_sql(&mut open, "BEGIN").await;
    execute_sql(&mut open, "UPDATE attendance SET status = 'apologies' WHERE status = 'present'").await;
    let writer = caller(&primary, &server, "officer", "writer");
    create_group(&writer, "committed").await;
    wait_for_replay(&primary, &standby).await;

    let before = reads(&server, "primary").await;
    let (old_view, old_dataset) =
        (reader.get(&view).await.expect(200), reader.get(dataset).await.expect(200));
    let tag = old_dataset.header("etag").to_owned();
    execute_sql(&mut open, "COMMIT").await;
    wait_for_replay(&primary, &standby).await;
    let request = reader.request(Method::GET, dataset).header("If-None-Match", tag);
    let new_dataset = reader.send(request).await.expect(200);
    let new_view = reader.get(&view).await.expect(200);
    assert_eq!(reads(&server, "primary").await, before, "the standby serves these reads");
    assert_ne!(old_dataset.text, new_dataset.text);
    assert_ne!(old_view.text, new_view.text);

    let mut direct = primary.serve(&[]);
    direct.env("OUTTURN_VIEW_CACHE_BYTES", "0");
    let direct = Server::launch(direct);
    let direct = caller(&primary, &direct, "officer", "reader");
    assert_eq!(direct.get(&view).await.expect(200).body, new_view.body);
    assert_eq!(direct.get(dataset).await.expect(200).text, new_dataset.text);
}

#[tokio::test]
async fn the_primary_and_the_standby_are_used_through_pgbouncer_in_transaction_mode() {
    let primary = Node::primary(&[]);
    let standby = primary.standby("standby");
    let poolers = [&primary, &standby].map(|node| Pooler::start("transaction", &node.socket_dir()));
    let [Some(first), Some(second)] = &poolers else { return };
    let mut serve = primary.serve(&[]);
    serve.env("DATABASE_URL", first.url("outturn")).env("OUTTURN_READ_DATABASE_URL", second.url("outturn"));
    serve.env("OUTTURN_POOLER", "transaction").env("OUTTURN_CONCURRENT_REST", "100");
    let server = Server::launch(serve);
    server.log_line(USES_STANDBY);
    let writer = caller(&primary, &server, "officer", "writer");
    let reader = caller(&primary, &server, "officer", "reader");
    let requests = (0..40).map(|n| {
        let (writer, reader) = (writer.clone(), reader.clone());
        tokio::spawn(async move {
            let group = create_group(&writer, &format!("n{n}")).await;
            let path = format!("/v1/groups/{}", id(&group.body));
            get_after(&reader, &path, group.header(POSITION)).await.expect(200);
            reader.get("/v1/groups").await.expect(200);
        })
    });
    for request in requests.collect::<Vec<_>>() {
        request.await.expect("a response");
    }
    let all_groups = async || reader.all("/v1/groups").await.len();
    poll_until(all_groups, |count| *count == 40).await;
    assert!(reads(&server, "standby").await > 0.0);
    assert_eq!(server.stop(Signal::SIGTERM).0, 0);
}
