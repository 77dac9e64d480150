//! Visibility of notes and external ids. A council does not read the notes of other councils. Its
//! officers read the external ids of its own rows, and its clients those of their own system.

use serde_json::{Value, json};

use crate::support::{App, Caller, Fixtures, RESOURCES, id};

const SYSTEMS: [&str; 3] = ["crm", "eelga", "their-crm"];

/// A row of a collection. Its external ids end in its name.
struct Row {
    collection: &'static str,
    id: String,
    name: &'static str,
    /// The council that the row belongs to.
    owner: Owner,
}

#[derive(Clone, Copy, PartialEq)]
enum Owner {
    OwnCouncil,
    OtherCouncil,
    Association,
}

/// Rows with external ids of three systems: of the own council, of another one, and of the
/// association.
struct Setup {
    fixtures: Fixtures,
    rows: Vec<Row>,
    /// A client of the own council, whose system is `crm`.
    client: Caller,
    /// An officer of the own council.
    officer: Caller,
}

fn keys(name: &str) -> Value {
    let key = |system: &str| json!({ "system": system, "external_id": format!("{system}-{name}") });
    json!(SYSTEMS.map(key))
}

impl Setup {
    async fn new(app: &App) -> Self {
        let fixtures = Fixtures(app.admin());
        let (own_council, other_council) =
            (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
        let group = fixtures.group(json!({ "external_ids": keys("group"), "notes": "association" })).await;
        let meeting = json!({ "external_ids": keys("meeting"), "notes": "association" });
        let meeting = fixtures.meeting(Some(&group), "2017-05-01", meeting).await;
        let evaluation = json!({ "meeting_id": meeting["id"], "question": "useful", "handed_out": 9,
            "ratings": [{ "rating": "good", "forms": 3 }], "external_ids": keys("evaluation") });
        let evaluation = fixtures.0.create("/v1/evaluations", evaluation).await;
        let (_, action) = fixtures.plan(&[&group]).await;
        let measure = json!({ "kind": "council_coverage", "basis": "entries" });
        let target = fixtures.target(&action, measure, json!({ "council_reported": true })).await;
        let narrative = json!({ "target_id": target["id"], "occurred_on": "2017-06-01", "note": "association",
            "entry": { "kind": "narrative", "text": "Well." }, "external_ids": keys("narrative") });
        let narrative = fixtures.0.create("/v1/progress", narrative).await;
        let row = |collection, created: &Value, name, owner| Row {
            collection,
            id: id(created).to_string(),
            name,
            owner,
        };
        let mut rows = vec![
            row("/v1/groups", &group, "group", Owner::Association),
            row("/v1/meetings", &meeting, "meeting", Owner::Association),
            row("/v1/evaluations", &evaluation, "evaluation", Owner::Association),
            row("/v1/progress", &narrative, "narrative", Owner::Association),
        ];
        for (council, owner, names) in [
            (&own_council, Owner::OwnCouncil, ["our-seat", "our-line", "our-entry"]),
            (&other_council, Owner::OtherCouncil, ["their-seat", "their-line", "their-entry"]),
        ] {
            let seat = fixtures.seat(&group, council, json!({ "external_ids": keys(names[0]) })).await;
            let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "apologies",
                "note": "ill", "external_ids": keys(names[1]) });
            let line = fixtures.0.create("/v1/attendance", line).await;
            let entry = json!({ "target_id": target["id"], "occurred_on": "2017-06-01", "note": "by telephone",
                "entry": { "kind": "coverage", "council_id": council["id"], "covered": true }, "external_ids": keys(names[2]) });
            let entry = fixtures.0.create("/v1/progress", entry).await;
            rows.extend([
                row("/v1/seats", &seat, names[0], owner),
                row("/v1/attendance", &line, names[1], owner),
                row("/v1/progress", &entry, names[2], owner),
            ]);
        }
        let document = serde_json::to_value(outturn::openapi::document()).expect("a document");
        for resource in RESOURCES {
            let parameters = &document["paths"][resource.path]["get"]["parameters"];
            let has_external_ids = parameters.to_string().contains("external_system");
            let is_covered = rows.iter().any(|row| row.collection == resource.path);
            assert_eq!(has_external_ids, is_covered, "rows of {}", resource.path);
        }
        let account = json!({ "kind": "client", "name": "our-crm", "role": "council", "system": "crm",
            "council_ids": [own_council["id"]] });
        let account = fixtures.0.create("/v1/accounts", account).await;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", account["id"].as_str().expect("an id")),
            ("client_secret", account["secret"].as_str().expect("a secret")),
        ];
        let anonymous = app.anonymous();
        let request = anonymous.request(reqwest::Method::POST, "/v1/auth/token").form(&form);
        let token = anonymous.send(request).await.expect(200);
        let client = app.bearer(token.body["access_token"].as_str().expect("a token"));
        Self { fixtures, rows, client, officer: app.council(&[id(&own_council)]) }
    }

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
        let is_listed = |key: &&Value| systems.iter().any(|system| key["system"] == *system);
        all.as_array().expect("keys").iter().filter(is_listed).cloned().collect()
    }

    /// The external ids that an officer of the own council reads.
    fn keys_for_officer(&self) -> Value {
        self.keys_of(if self.owner == Owner::OwnCouncil { &SYSTEMS } else { &[] })
    }

    /// The field with the row's note, and its text.
    fn note(&self) -> Option<(&'static str, &'static str)> {
        match (self.collection, self.owner) {
            ("/v1/groups" | "/v1/meetings", _) => Some(("notes", "association")),
            ("/v1/attendance", _) => Some(("note", "ill")),
            ("/v1/progress", Owner::Association) => Some(("note", "association")),
            ("/v1/progress", _) => Some(("note", "by telephone")),
            _ => None,
        }
    }

    /// Asserts which ids and which note a caller reads, in the row itself and in the list.
    async fn assert_reads(&self, caller: &Caller, keys: Value, reads_note: bool) {
        let row_in_list = caller.all(self.collection).await;
        let row_in_list = row_in_list.into_iter().find(|row| row["id"] == *self.id).expect("a row");
        for body in [caller.read(&self.path()).await, row_in_list] {
            assert_eq!(body["external_ids"], keys, "{}", self.name);
            if let Some((field, text)) = self.note() {
                let expected_note = if reads_note { json!(text) } else { Value::Null };
                assert_eq!(body[field], expected_note, "{}", self.name);
            }
        }
    }
}

#[tokio::test]
async fn a_council_does_not_read_notes_and_external_ids_of_others() {
    let app = App::new();
    let setup = Setup::new(&app).await;
    for row in &setup.rows {
        let is_of_other_council = row.owner == Owner::OtherCouncil;
        row.assert_reads(&setup.client, row.keys_of(&["crm"]), !is_of_other_council).await;
        row.assert_reads(&setup.officer, row.keys_for_officer(), !is_of_other_council).await;
        for caller in [app.officer(), app.reporter()] {
            row.assert_reads(&caller, keys(row.name), true).await;
        }
    }
}

#[tokio::test]
async fn a_filter_ignores_external_ids_that_the_caller_does_not_read() {
    let app = App::new();
    let setup = Setup::new(&app).await;
    let finds = async |caller: &Caller, row: &Row, filter: &str| {
        let page = caller.read(&format!("{}?{filter}&total=true", row.collection)).await;
        assert_eq!(page["total"], json!(page["data"].as_array().expect("data").len()));
        page["data"].as_array().expect("data").iter().any(|listed| listed["id"] == *row.id)
    };
    for row in &setup.rows {
        for system in SYSTEMS {
            let is_of_own_council = row.owner == Owner::OwnCouncil;
            for filter in [
                format!("external_id={system}-{}", row.name),
                format!("external_id={system}-{}&external_system={system}", row.name),
                format!("external_system={system}"),
            ] {
                let case = format!("{} {filter}", row.name);
                assert_eq!(finds(&setup.client, row, &filter).await, system == "crm", "{case}");
                assert_eq!(finds(&setup.officer, row, &filter).await, is_of_own_council, "{case}");
                assert!(finds(&app.reporter(), row, &filter).await, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn the_response_to_a_write_has_only_the_fields_that_the_caller_reads() {
    let app = App::new();
    let setup = Setup::new(&app).await;
    for (name, change) in [
        ("our-line", json!({ "status": "present" })),
        ("our-entry", json!({ "evidence_url": "https://example.org/1" })),
    ] {
        let row = setup.row(name);
        let client_response = setup.client.patch(&row.path(), 1, change.clone()).await.expect(200);
        assert_eq!(client_response.body["external_ids"], row.keys_of(&["crm"]), "{name}");
        assert!(client_response.body["note"].is_string(), "a council's own note: {}", client_response.body);
        let officer_response = setup.officer.patch(&row.path(), 2, change).await.expect(200);
        assert_eq!(officer_response.body["external_ids"], keys(name), "{name}");
        // A patch of external ids keeps those that the client does not read.
        let patch = json!({ "external_ids": [{ "system": "crm", "external_id": "new" }] });
        setup
            .client
            .patch(&row.path(), officer_response.body["version"].as_i64().expect("a version"), patch)
            .await
            .expect(200);
        let stored = setup.fixtures.0.read(&row.path()).await;
        assert_eq!(stored["external_ids"].as_array().map(Vec::len), Some(3), "{stored}");
    }
}

/// The changes of a table in a caller's change feed: the resource's id and the row.
async fn changes_of(caller: &Caller, table: &str) -> Vec<(Value, Value)> {
    let page = caller.read("/v1/changes?limit=1000").await;
    let changes = page["data"].as_array().expect("changes").clone();
    let of_table = changes.into_iter().filter(|change| change["table"] == table);
    of_table.map(|change| (change["resource_id"].clone(), change["row"].clone())).collect()
}

#[tokio::test]
async fn the_change_feed_hides_notes_and_external_ids_that_a_council_does_not_read() {
    let app = App::new();
    let setup = Setup::new(&app).await;
    for row in &setup.rows {
        let id_table = match row.collection {
            "/v1/groups" => "group_external_ids",
            "/v1/meetings" => "meeting_external_ids",
            "/v1/evaluations" => "evaluation_external_ids",
            "/v1/seats" => "seat_external_ids",
            "/v1/attendance" => "attendance_external_ids",
            _ => "progress_external_ids",
        };
        let ids = async |caller: &Caller| {
            let changes =
                changes_of(caller, id_table).await.into_iter().filter(|(resource, _)| *resource == *row.id);
            let mut ids: Vec<Value> = changes.map(|(_, change)| change["external_id"].clone()).collect();
            ids.retain(|id| !id.is_null());
            ids.sort_by_key(ToString::to_string);
            ids
        };
        let expected_ids = |keys: Value| -> Vec<Value> {
            keys.as_array().expect("keys").iter().map(|key| key["external_id"].clone()).collect()
        };
        assert_eq!(ids(&setup.client).await, expected_ids(row.keys_of(&["crm"])), "{}", row.name);
        assert_eq!(ids(&setup.officer).await, expected_ids(row.keys_for_officer()), "{}", row.name);
        assert_eq!(ids(&app.officer()).await, expected_ids(keys(row.name)), "{}", row.name);
        let Some((field, text)) = row.note() else { continue };
        let table = row.collection.trim_start_matches("/v1/");
        for (caller, is_readable) in [
            (&setup.client, row.owner != Owner::OtherCouncil),
            (&setup.officer, row.owner != Owner::OtherCouncil),
            (&app.reporter(), true),
        ] {
            let changes = changes_of(caller, table).await;
            let (_, row_in_feed) =
                changes.iter().find(|(resource, _)| *resource == *row.id).expect("a change of the row");
            assert_eq!(
                row_in_feed[field],
                if is_readable { json!(text) } else { Value::Null },
                "{}",
                row.name
            );
            assert!(row_in_feed["id"].is_string(), "the other columns are present: {row_in_feed}");
        }
    }
}

#[tokio::test]
async fn the_progress_dataset_hides_notes_of_other_councils() {
    let app = App::new();
    let setup = Setup::new(&app).await;
    let notes = async |caller: &Caller| {
        let report = caller.get("/v1/datasets/progress").await.expect(200);
        let rows = report.body["data"].as_array().expect("rows").clone();
        let note = |name: &str| {
            let id = &setup.row(name).id;
            rows.iter().find(|row| row["id"] == **id).expect(name)["note"].clone()
        };
        (["narrative", "our-entry", "their-entry"].map(note), report.header("etag").to_owned())
    };
    let all_notes = [json!("association"), json!("by telephone"), json!("by telephone")];
    let (reporter_notes, etag) = notes(&app.reporter()).await;
    assert_eq!(reporter_notes, all_notes);
    for caller in [&setup.client, &setup.officer] {
        let (council_notes, council_etag) = notes(caller).await;
        assert_eq!(council_notes, [all_notes[0].clone(), all_notes[1].clone(), Value::Null]);
        assert_ne!(council_etag, etag, "another response has another tag");
    }
}
