//! Notes and external ids: a council reads its own, and neither another council's notes nor another system's ids.

use serde_json::{Value, json};

use crate::support::{App, Made, Person, id};

const SYSTEMS: [&str; 3] = ["crm", "eelga", "their-crm"];

/// A row of a collection: its path, and the name that its external ids end in.
struct Row {
    collection: &'static str,
    id: String,
    name: &'static str,
    /// Whose it is.
    owner: Owner,
}

#[derive(Clone, Copy, PartialEq)]
enum Owner {
    Us,
    Them,
    Nobody,
}

/// One row of each kind with external ids of three systems, for us, for them, and for no council.
struct Scene {
    made: Made,
    rows: Vec<Row>,
    /// A client of ours, whose system is `crm`.
    client: Person,
    /// One of our officers.
    officer: Person,
}

fn keys(name: &str) -> Value {
    let key = |system: &str| json!({ "system": system, "external_id": format!("{system}-{name}") });
    json!(SYSTEMS.map(key))
}

impl Scene {
    async fn new(app: &App) -> Self {
        let made = Made(app.admin());
        let (ours, theirs) = (made.council(json!({})).await, made.council(json!({})).await);
        let group = made.group(json!({ "external_ids": keys("group"), "notes": "association" })).await;
        let meeting = json!({ "external_ids": keys("meeting"), "notes": "association" });
        let meeting = made.meeting(Some(&group), "2017-05-01", meeting).await;
        let evaluation = json!({ "meeting_id": meeting["id"], "question": "useful", "handed_out": 9,
            "ratings": [{ "rating": "good", "forms": 3 }], "external_ids": keys("evaluation") });
        let evaluation = made.0.make("/v1/evaluations", evaluation).await;
        let (_, action) = made.plan(&[&group]).await;
        let measure = json!({ "kind": "council_coverage", "basis": "entries" });
        let target = made.target(&action, measure, json!({ "council_reported": true })).await;
        let narrative = json!({ "target_id": target["id"], "occurred_on": "2017-06-01", "note": "association",
            "entry": { "kind": "narrative", "text": "Well." }, "external_ids": keys("narrative") });
        let narrative = made.0.make("/v1/progress", narrative).await;
        let row =
            |collection, made: &Value, name, owner| Row { collection, id: id(made).to_string(), name, owner };
        let mut rows = vec![
            row("/v1/groups", &group, "group", Owner::Nobody),
            row("/v1/meetings", &meeting, "meeting", Owner::Nobody),
            row("/v1/evaluations", &evaluation, "evaluation", Owner::Nobody),
            row("/v1/progress", &narrative, "narrative", Owner::Nobody),
        ];
        for (council, owner, names) in [
            (&ours, Owner::Us, ["our-seat", "our-line", "our-entry"]),
            (&theirs, Owner::Them, ["their-seat", "their-line", "their-entry"]),
        ] {
            let seat = made.seat(&group, council, json!({ "external_ids": keys(names[0]) })).await;
            let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "apologies",
                "note": "ill", "external_ids": keys(names[1]) });
            let line = made.0.make("/v1/attendance", line).await;
            let entry = json!({ "target_id": target["id"], "occurred_on": "2017-06-01", "note": "by telephone",
                "entry": { "kind": "coverage", "council_id": council["id"], "covered": true }, "external_ids": keys(names[2]) });
            let entry = made.0.make("/v1/progress", entry).await;
            rows.extend([
                row("/v1/seats", &seat, names[0], owner),
                row("/v1/attendance", &line, names[1], owner),
                row("/v1/progress", &entry, names[2], owner),
            ]);
        }
        let account = json!({ "kind": "client", "name": "our-crm", "role": "council", "system": "crm",
            "council_ids": [ours["id"]] });
        let account = made.0.make("/v1/accounts", account).await;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", account["id"].as_str().expect("an id")),
            ("client_secret", account["secret"].as_str().expect("a secret")),
        ];
        let stranger = app.stranger();
        let request = stranger.request(reqwest::Method::POST, "/v1/auth/token").form(&form);
        let token = stranger.send(request).await.expect(200);
        let client = app.bearer(token.body["access_token"].as_str().expect("a token"));
        Self { made, rows, client, officer: app.council(&[id(&ours)]) }
    }

    /// The row of this name.
    fn row(&self, name: &str) -> &Row {
        self.rows.iter().find(|row| row.name == name).expect(name)
    }
}

impl Row {
    fn path(&self) -> String {
        format!("{}/{}", self.collection, self.id)
    }

    /// The external ids of these systems.
    fn keys_of(&self, systems: &[&str]) -> Value {
        let all = keys(self.name);
        let of = |key: &&Value| systems.iter().any(|system| key["system"] == *system);
        all.as_array().expect("keys").iter().filter(of).cloned().collect()
    }

    /// What an officer of ours reads: every id of our rows.
    fn keys_for_officer(&self) -> Value {
        self.keys_of(if self.owner == Owner::Us { &SYSTEMS } else { &[] })
    }

    /// The notes that the row was entered with.
    fn note(&self) -> Option<(&'static str, &'static str)> {
        match (self.collection, self.owner) {
            ("/v1/groups" | "/v1/meetings", _) => Some(("notes", "association")),
            ("/v1/attendance", _) => Some(("note", "ill")),
            ("/v1/progress", Owner::Nobody) => Some(("note", "association")),
            ("/v1/progress", _) => Some(("note", "by telephone")),
            _ => None,
        }
    }

    /// Asserts which ids and which note somebody reads, in the row itself and in the list.
    async fn assert_reads(&self, person: &Person, keys: Value, reads_note: bool) {
        let listed = person.all(self.collection).await;
        let listed = listed.into_iter().find(|row| row["id"] == *self.id).expect("a row");
        for body in [person.read(&self.path()).await, listed] {
            assert_eq!(body["external_ids"], keys, "{}", self.name);
            if let Some((field, text)) = self.note() {
                let wanted = if reads_note { json!(text) } else { Value::Null };
                assert_eq!(body[field], wanted, "{}", self.name);
            }
        }
    }
}

#[tokio::test]
async fn notes_and_external_ids_are_read_by_whose_they_are() {
    let app = App::new();
    let scene = Scene::new(&app).await;
    for row in &scene.rows {
        let is_theirs = row.owner == Owner::Them;
        row.assert_reads(&scene.client, row.keys_of(&["crm"]), !is_theirs).await;
        row.assert_reads(&scene.officer, row.keys_for_officer(), !is_theirs).await;
        for person in [app.officer(), app.reporter()] {
            row.assert_reads(&person, keys(row.name), true).await;
        }
    }
}

#[tokio::test]
async fn a_filter_finds_nothing_by_an_external_id_that_the_caller_does_not_read() {
    let app = App::new();
    let scene = Scene::new(&app).await;
    let found = async |person: &Person, row: &Row, filter: &str| {
        let page = person.read(&format!("{}?{filter}&total=true", row.collection)).await;
        assert_eq!(page["total"], json!(page["data"].as_array().expect("data").len()));
        page["data"].as_array().expect("data").iter().any(|found| found["id"] == *row.id)
    };
    for row in &scene.rows {
        for system in SYSTEMS {
            let is_ours = row.owner == Owner::Us;
            for filter in [
                format!("external_id={system}-{}", row.name),
                format!("external_id={system}-{}&external_system={system}", row.name),
                format!("external_system={system}"),
            ] {
                let what = format!("{} {filter}", row.name);
                assert_eq!(found(&scene.client, row, &filter).await, system == "crm", "{what}");
                assert_eq!(found(&scene.officer, row, &filter).await, is_ours, "{what}");
                assert!(found(&app.reporter(), row, &filter).await, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn the_answers_to_writes_show_no_more_than_reading_does() {
    let app = App::new();
    let scene = Scene::new(&app).await;
    for (name, change) in [
        ("our-line", json!({ "status": "present" })),
        ("our-entry", json!({ "evidence_url": "https://example.org/1" })),
    ] {
        let row = scene.row(name);
        let of_client = scene.client.patch(&row.path(), 1, change.clone()).await.expect(200);
        assert_eq!(of_client.body["external_ids"], row.keys_of(&["crm"]), "{name}");
        assert!(of_client.body["note"].is_string(), "a council's own note: {}", of_client.body);
        let of_officer = scene.officer.patch(&row.path(), 2, change).await.expect(200);
        assert_eq!(of_officer.body["external_ids"], keys(name), "{name}");
        // What a client does not read, it does not take away either.
        let mine = json!({ "external_ids": [{ "system": "crm", "external_id": "new" }] });
        scene
            .client
            .patch(&row.path(), of_officer.body["version"].as_i64().expect("a version"), mine)
            .await
            .expect(200);
        let kept = scene.made.0.read(&row.path()).await;
        assert_eq!(kept["external_ids"].as_array().map(Vec::len), Some(3), "{kept}");
    }
}

/// The rows of a table that the feed tells somebody, with what tells them apart.
async fn told(person: &Person, table: &str) -> Vec<(Value, Value)> {
    let page = person.read("/v1/changes?limit=1000").await;
    let changes = page["data"].as_array().expect("changes").clone();
    let of = changes.into_iter().filter(|change| change["table"] == table);
    of.map(|change| (change["resource_id"].clone(), change["row"].clone())).collect()
}

#[tokio::test]
async fn the_feed_tells_a_council_no_more_than_reading_does() {
    let app = App::new();
    let scene = Scene::new(&app).await;
    for row in &scene.rows {
        let parts = match row.collection {
            "/v1/groups" => "group_external_ids",
            "/v1/meetings" => "meeting_external_ids",
            "/v1/evaluations" => "evaluation_external_ids",
            "/v1/seats" => "seat_external_ids",
            "/v1/attendance" => "attendance_external_ids",
            _ => "progress_external_ids",
        };
        let ids = async |person: &Person| {
            let told = told(person, parts).await.into_iter().filter(|(of, _)| *of == *row.id);
            let mut ids: Vec<Value> = told.map(|(_, part)| part["external_id"].clone()).collect();
            ids.retain(|id| !id.is_null());
            ids.sort_by_key(ToString::to_string);
            ids
        };
        let wanted = |keys: Value| -> Vec<Value> {
            keys.as_array().expect("keys").iter().map(|key| key["external_id"].clone()).collect()
        };
        assert_eq!(ids(&scene.client).await, wanted(row.keys_of(&["crm"])), "{}", row.name);
        assert_eq!(ids(&scene.officer).await, wanted(row.keys_for_officer()), "{}", row.name);
        assert_eq!(ids(&app.officer()).await, wanted(keys(row.name)), "{}", row.name);
        let Some((field, text)) = row.note() else { continue };
        let table = row.collection.trim_start_matches("/v1/");
        for (person, reads) in [
            (&scene.client, row.owner != Owner::Them),
            (&scene.officer, row.owner != Owner::Them),
            (&app.reporter(), true),
        ] {
            let told = told(person, table).await;
            let (_, told) = told.iter().find(|(of, _)| *of == *row.id).expect("a change");
            assert_eq!(told[field], if reads { json!(text) } else { Value::Null }, "{}", row.name);
            assert!(told["id"].is_string(), "the other columns are told: {told}");
        }
    }
}

#[tokio::test]
async fn the_report_of_progress_shows_a_council_no_note_of_another() {
    let app = App::new();
    let scene = Scene::new(&app).await;
    let notes = async |person: &Person| {
        let report = person.get("/v1/datasets/progress").await.expect(200);
        let rows = report.body["data"].as_array().expect("rows").clone();
        let note = |name: &str| {
            let id = &scene.row(name).id;
            rows.iter().find(|row| row["id"] == **id).expect(name)["note"].clone()
        };
        (["narrative", "our-entry", "their-entry"].map(note), report.header("etag").to_owned())
    };
    let shown = [json!("association"), json!("by telephone"), json!("by telephone")];
    let (of_reporter, tag) = notes(&app.reporter()).await;
    assert_eq!(of_reporter, shown);
    for person in [&scene.client, &scene.officer] {
        let (of_council, its_tag) = notes(person).await;
        assert_eq!(of_council, [shown[0].clone(), shown[1].clone(), Value::Null]);
        assert_ne!(its_tag, tag, "another answer has another tag");
    }
}
