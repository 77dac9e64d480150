//! Names of holders and attendees: who sees them, and the record of every read.

use std::io::Write;
use std::sync::{Arc, Mutex};

use diesel_async::RunQueryDsl;
use reqwest::Method;
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

use crate::support::{App, Caller, Fixtures, id, poll_until};

/// A writer that captures the log of the process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// Returns the logged reads of names: caller, resource and row ids.
fn reads(log: &Log) -> Vec<(String, String, String)> {
    let text = String::from_utf8(log.0.lock().expect("a log").clone()).expect("UTF-8");
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let name_reads = lines.filter(|line| line["target"] == "outturn::personal_data");
    let field = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    name_reads
        .map(|line| (field(&line, "caller"), field(&line, "resource"), field(&line, "row_ids")))
        .collect()
}

/// Seats and attendance of two councils, with names.
struct Fixture {
    fixtures: Fixtures,
    ours: Value,
    meeting: Value,
    our_seat: String,
    their_seat: String,
    our_line: String,
    their_line: String,
}

async fn fixture(app: &App) -> Fixture {
    let fixtures = Fixtures(app.officer());
    let (group, ours, theirs) = (
        fixtures.group(json!({})).await,
        fixtures.council(json!({})).await,
        fixtures.council(json!({})).await,
    );
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    let mut ids = Vec::new();
    for (council, name) in [(&ours, "Ann Ours"), (&theirs, "Tom Theirs")] {
        let terms = json!([{ "holder_ref": name, "holder_name": name, "held_from": "2015-01-01" }]);
        let seat = fixtures.seat(&group, council, json!({ "terms": terms })).await;
        let body = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "substitute", "attendee_name": format!("{name} Junior") });
        let line = fixtures.0.create("/v1/attendance", body).await;
        ids.push((format!("/v1/seats/{}", id(&seat)), format!("/v1/attendance/{}", id(&line))));
    }
    let [(our_seat, our_line), (their_seat, their_line)] = ids.try_into().expect("two councils");
    let meeting = meeting["id"].clone();
    Fixture { fixtures, ours, meeting, our_seat, their_seat, our_line, their_line }
}

async fn names(caller: &Caller, fixture: &Fixture) -> [Value; 4] {
    let seat = async |path: &str| caller.read(path).await["terms"][0]["holder_name"].clone();
    let line = async |path: &str| caller.read(path).await["attendee_name"].clone();
    [
        seat(&fixture.our_seat).await,
        seat(&fixture.their_seat).await,
        line(&fixture.our_line).await,
        line(&fixture.their_line).await,
    ]
}

#[tokio::test]
async fn names_are_visible_to_staff_and_to_the_own_council() {
    let app = App::new();
    let fixture = fixture(&app).await;
    let all = [json!("Ann Ours"), json!("Tom Theirs"), json!("Ann Ours Junior"), json!("Tom Theirs Junior")];
    let own = [all[0].clone(), Value::Null, all[2].clone(), Value::Null];
    let none = [(); 4].map(|()| Value::Null);
    let crm = app.council(&[id(&fixture.ours)]);
    for (caller, expected) in [
        (app.admin(), &all),
        (app.officer(), &all),
        (crm, &own),
        (app.council(&[]), &none),
        (app.reporter(), &none),
    ] {
        assert_eq!(&names(&caller, &fixture).await, expected);
        let seats = caller.all("/v1/seats?sort=created_at").await;
        let lines = caller.all("/v1/attendance?sort=created_at").await;
        let listed_names = [
            &seats[0]["terms"][0]["holder_name"],
            &seats[1]["terms"][0]["holder_name"],
            &lines[0]["attendee_name"],
            &lines[1]["attendee_name"],
        ];
        assert_eq!(listed_names.map(Value::clone), *expected);
    }
}

#[tokio::test]
async fn no_derived_view_or_error_contains_a_name() {
    let app = App::new();
    let fixture = fixture(&app).await;
    let meeting = fixture.fixtures.0.read(&fixture.our_line).await["meeting_id"].clone();
    let turnout = app
        .reporter()
        .get(&format!("/v1/meetings/{}/turnout", meeting.as_str().expect("an id")))
        .await
        .expect(200);
    let refused = app
        .council(&[id(&fixture.ours)])
        .patch(&fixture.their_line, 1, json!({ "attendee_name": "Mal" }))
        .await
        .expect(403);
    for text in [turnout.text, refused.text] {
        assert!(!text.contains("Ours") && !text.contains("Theirs"), "{text}");
    }
}

#[tokio::test]
async fn every_read_of_a_name_is_logged_without_the_name() {
    let log = Log::default();
    let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(log.clone());
    tracing_subscriber::registry().with(layer).try_init().expect("no other subscriber");
    let app = App::new();
    let fixture = fixture(&app).await;
    let [our_seat, our_line] =
        [&fixture.our_seat, &fixture.our_line].map(|path| path.rsplit('/').next().expect("an id").to_owned());
    let crm = app.council(&[id(&fixture.ours)]);
    let reads_of_crm = |log: &Log| -> Vec<(String, String)> {
        let ours = reads(log).into_iter().filter(|(subject, _, rows)| {
            subject == "council-crm" && (rows.contains(&our_seat) || rows.contains(&our_line))
        });
        ours.map(|(_, resource, rows)| (resource, rows)).collect()
    };
    names(&crm, &fixture).await;
    let seat = ("seats".to_owned(), our_seat.clone());
    let line = ("attendance".to_owned(), our_line.clone());
    assert_eq!(reads_of_crm(&log), [seat.clone(), line.clone()], "rows with withheld names are not logged");
    crm.all("/v1/seats").await;
    crm.all("/v1/attendance").await;
    crm.patch(&fixture.our_line, 1, json!({ "note": "x" })).await.expect(200);
    assert_eq!(reads_of_crm(&log)[2..], [seat, line.clone(), line.clone()]);
    // A replayed response shows the name again.
    crm.delete(&fixture.our_line, 2).await.expect(204);
    let seat_id = fixture.our_seat.rsplit('/').next().expect("an id");
    let body = json!({ "meeting_id": fixture.meeting, "seat_id": seat_id, "status": "present", "attendee_name": "Ann Ours" });
    let mut expected = Vec::new();
    for _ in 0..2 {
        let request = crm.request(Method::POST, "/v1/attendance").header("Idempotency-Key", "k").json(&body);
        expected.push(id(&crm.send(request).await.expect(201).body).to_string());
    }
    // The log line of a response can be written after the client has received the response.
    let rows_read = async || {
        let of_crm = reads(&log).into_iter().filter(|(subject, ..)| subject == "council-crm");
        of_crm.map(|(_, _, rows)| rows).collect::<Vec<String>>()
    };
    poll_until(rows_read, |rows| rows.ends_with(&expected)).await;
    let text = String::from_utf8(log.0.lock().expect("a log").clone()).expect("UTF-8");
    assert!(!text.contains("Ann Ours"), "the log must not contain a name");
}

#[tokio::test]
async fn every_read_of_a_name_is_recorded_before_the_response() {
    let app = App::new();
    let fixture = fixture(&app).await;
    let admin = app.admin();
    let crm = app.council(&[id(&fixture.ours)]);
    names(&crm, &fixture).await;
    crm.all("/v1/seats").await;
    let disclosures = admin.all("/v1/disclosures?sort=disclosed_at&actor=council-crm").await;
    let summary = |entry: &Value| {
        let rows = entry["row_ids"].as_array().expect("rows").iter().map(|row| row.as_str().expect("an id"));
        let columns =
            ["actor_kind", "operation", "resource"].map(|name| entry[name].as_str().expect("a word"));
        format!("{} {}", columns.join(" "), rows.collect::<Vec<_>>().join(" "))
    };
    let [seat, line] =
        [&fixture.our_seat, &fixture.our_line].map(|path| path.rsplit('/').next().expect("an id").to_owned());
    assert_eq!(
        disclosures.iter().map(summary).collect::<Vec<_>>(),
        [
            format!("console getSeat seats {seat}"),
            format!("console getAttendance attendance {line}"),
            format!("console listSeats seats {seat}"),
        ]
    );
    let disclosures_of_line = admin.all(&format!("/v1/disclosures?row_id={line}&actor=council-crm")).await;
    assert_eq!(disclosures_of_line, disclosures[1..2]);
    // A 304 response shows no name.
    let conditional = crm.request(Method::GET, &fixture.our_seat).header("If-None-Match", "\"1\"");
    crm.send(conditional).await.expect(304);
    assert_eq!(admin.all("/v1/disclosures?actor=council-crm").await.len(), 3);
    for sql in ["UPDATE disclosures SET actor = 'x'", "DELETE FROM disclosures", "TRUNCATE disclosures"] {
        let refused = diesel::sql_query(sql).execute(&mut app.connection().await).await.expect_err(sql);
        assert!(refused.to_string().contains("never altered"), "{sql}: {refused}");
    }
    // A read that cannot be recorded fails.
    app.sql("ALTER TABLE disclosures ADD CHECK (false) NOT VALID").await;
    for path in [fixture.our_seat.as_str(), &fixture.our_line, "/v1/seats"] {
        let refused = crm.get(path).await.expect(500);
        assert!(!refused.text.contains("Ann"), "{}", refused.text);
    }
}
