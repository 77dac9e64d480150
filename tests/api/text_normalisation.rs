//! Text normalisation: texts are trimmed and composed, and invisible characters are refused.

use diesel_async::RunQueryDsl;
use outturn::values::TextForm;
use outturn::values::text_form::is_invisible;
use reqwest::Method;
use serde_json::json;

use crate::support::{App, Caller, Fixtures, ResourceFixtures, all_resources, id};

/// Spellings of one name that normalise to the first: with surrounding white space, decomposed, and
/// with other spaces.
const SPELLINGS: [&str; 5] = [
    "Zo\u{eb} 7",
    " Zoe\u{308} 7 ",
    "\u{a0}Zo\u{eb} 7\u{a0}",
    "Zo\u{eb}\u{a0}7\u{3000}",
    "\u{2003}Zoe\u{308}\u{202f}7\u{2028}",
];

/// Invisible characters: of the categories Cf, Cc, Zl and Zp, and fillers of other categories.
const INVISIBLE: [char; 14] = [
    '\u{200b}',
    '\u{ad}',
    '\u{feff}',
    '\u{2060}',
    '\u{202e}',
    '\u{115f}',
    '\u{3164}',
    '\u{2800}',
    '\u{ffa0}',
    '\u{fe0f}',
    '\u{34f}',
    '\u{e0041}',
    '\u{85}',
    '\u{2028}',
];

fn url_encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[tokio::test]
async fn all_spellings_of_a_holder_reference_find_the_same_seats() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let mut seats = Vec::new();
    for key in SPELLINGS {
        let council = fixtures.council(json!({})).await;
        let terms = json!([{ "holder_ref": key, "holder_name": key, "held_from": "2015-01-01" }]);
        let seat = fixtures.seat(&group, &council, json!({ "terms": terms })).await;
        assert_eq!(seat["terms"][0]["holder_ref"], SPELLINGS[0], "{key:?}");
        assert_eq!(seat["terms"][0]["holder_name"], SPELLINGS[0], "{key:?}");
        seats.push(id(&seat));
    }
    seats.sort();
    for key in SPELLINGS {
        let matching = fixtures.0.all(&format!("/v1/seats?holder_ref={}", url_encoded(key))).await;
        let mut matching: Vec<_> = matching.iter().map(id).collect();
        matching.sort();
        assert_eq!(matching, seats, "{key:?}");
    }
}

#[tokio::test]
async fn keys_are_normalised_alike_in_single_requests_bulk_and_csv() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let council = fixtures.council(json!({})).await;
    let event = fixtures.meeting(None, "2017-05-01", json!({ "title": " Open\u{a0}day " })).await;
    assert_eq!(event["title"], "Open day");
    let line = |key: &str| {
        json!({ "held_on": "2017-05-01", "meeting_title": "Open\u{a0}day\u{a0}", "client_ref": format!("{key} "),
            "council_id": council["id"], "delegate_ref": key, "status": "present" })
    };
    let send = async |key: &str, media_type: &str, body: String| {
        let request = fixtures.0.request(Method::POST, "/v1/attendance/bulk").header("Idempotency-Key", key);
        let response =
            fixtures.0.send(request.header("Content-Type", media_type).body(body)).await.expect(200);
        response.body["results"][0].clone()
    };
    for (n, key) in SPELLINGS.into_iter().enumerate() {
        let result =
            send(&format!("j{n}"), "application/json", json!({ "lines": [line(key)] }).to_string()).await;
        assert_eq!(result["status"], if n == 0 { "created" } else { "unchanged" }, "{key:?} {result}");
        assert_eq!(result["client_ref"], SPELLINGS[0], "{key:?}");
        let csv = format!(
            "held_on,meeting_title,council_id,delegate_ref,status\r\n2017-05-01,Open day,{},{key},present\r\n",
            id(&council)
        );
        let result = send(&format!("c{n}"), "text/csv", csv).await;
        assert_eq!(result["status"], "unchanged", "{key:?} {result}");
    }
    assert_eq!(fixtures.0.all("/v1/attendance").await.len(), 1);
}

#[tokio::test]
async fn every_name_and_title_is_trimmed_and_composed() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let admin = &resources.fixtures.0;
    for (n, resource) in all_resources().enumerate() {
        let mut body = resources.body(resource.one, &resources.council, n).await;
        for field in ["name", "title", "reason", "note"] {
            if body.get(field).is_some() || (field, resource.field) == ("note", "note") {
                body[field] = json!(format!("\u{a0}Cafe\u{301} {n}\u{2003}\n"));
            }
        }
        let created = admin.create(resource.path, body).await;
        for field in ["name", "title", "reason", "note"] {
            if created[field].is_string() {
                assert_eq!(created[field], format!("Caf\u{e9} {n}"), "{} {field}", resource.path);
            }
        }
    }
}

#[tokio::test]
async fn invisible_characters_in_keys_and_names_are_refused() {
    let app = App::new();
    let officer = app.officer();
    let refused = async |name: String| {
        let response = officer.post("/v1/groups", json!({ "code": "g", "name": name })).await.expect(422);
        (
            response.field_errors(),
            response.body["errors"][0]["detail"].as_str().expect("a sentence").to_owned(),
        )
    };
    for invisible in INVISIBLE {
        // Trailing white space is trimmed, so it needs a visible character after it.
        let visible_end = if invisible.is_whitespace() { "x" } else { "" };
        let code = format!("U+{:04X}", u32::from(invisible));
        for name in [
            format!("P{invisible}-7"),
            format!("P-7{invisible}{visible_end}"),
            format!("{visible_end}{invisible}P-7"),
        ] {
            let (field_errors, detail) = refused(name.clone()).await;
            assert_eq!(field_errors, ["#/name invisible_text"], "{name:?}");
            assert!(detail.contains(&code) && detail.ends_with('.'), "{name:?} {detail}");
        }
    }
    for blank in ["\u{200b}", "\u{3164}\u{115f}", "\u{2800}\u{2800}", "\u{ad}"] {
        assert_eq!(refused(blank.to_owned()).await.0, ["#/name invisible_text"], "{blank:?}");
    }
    for blank in ["", "\u{a0}", " \u{2003}\u{2029}\t\n"] {
        let response = officer.post("/v1/groups", json!({ "code": "g", "name": blank })).await.expect(422);
        let errors = response.body["errors"].as_array().expect("errors");
        let short = errors
            .iter()
            .find(|error| error["code"] == "too_short")
            .expect("an error with the code too_short");
        assert_eq!(
            short["detail"],
            "The text is empty or has only white space. Send a text with a visible character.",
            "{blank:?}"
        );
    }
    let field_errors = officer.get("/v1/seats?holder_ref=P-7%E2%80%8B").await.expect(400).field_errors();
    assert_eq!(field_errors, ["holder_ref invisible_text"]);
    assert_eq!(officer.all("/v1/groups").await.len(), 0);
    officer.create("/v1/groups", json!({ "code": " g ", "name": "Grŵp Ōtāhuhu 市町村 \u{1f4c5}" })).await;
    assert_eq!(officer.all("/v1/groups?code=g%20").await[0]["code"], "g");
}

#[tokio::test]
async fn long_texts_keep_inner_white_space_and_need_a_visible_character() {
    let app = App::new();
    let officer = app.officer();
    let notes = "First line\r\n\r\n  - a\u{a0}point\u{ad}er\t\u{1f468}\u{200d}\u{1f469}";
    let body = json!({ "code": "g", "name": "G", "notes": format!("\n \u{a0}{notes} Cafe\u{301} \n") });
    assert_eq!(officer.create("/v1/groups", body).await["notes"], format!("{notes} Caf\u{e9}"));
    for blank in ["\u{200b}", "\u{ad}\n\u{feff}", "\u{2800}"] {
        let body = json!({ "code": "h", "name": "H", "notes": blank });
        assert_eq!(
            officer.post("/v1/groups", body).await.expect(422).field_errors(),
            ["#/notes invisible_text"]
        );
    }
}

/// Sets the actor for statements that a test runs itself.
const ACTOR: &str =
    "SET LOCAL outturn.actor = '{\"kind\": \"operator\", \"name\": \"test\", \"operation\": \"test\"}'";

/// The name of the constraint that a statement violates.
async fn violated_constraint(app: &App, sql: &str) -> String {
    let sql = format!("DO $$ BEGIN {ACTOR}; {sql}; END $$");
    match diesel::sql_query(sql).execute(&mut app.connection().await).await {
        Err(diesel::result::Error::DatabaseError(_, info)) => {
            info.constraint_name().map_or_else(|| info.message().to_owned(), str::to_owned)
        }
        other_result => format!("{other_result:?}"),
    }
}

#[tokio::test]
async fn the_database_refuses_a_key_that_is_not_normalised() {
    let app = App::new();
    let group = Fixtures(app.officer()).group(json!({})).await;
    for name in ["x ", "\u{a0}x", "e\u{301}", "x\u{a0}y", "x\u{200b}", "\u{2800}", "x\u{e0041}"] {
        let sql = format!("UPDATE groups SET name = '{name}' WHERE id = '{}'", id(&group));
        assert_eq!(violated_constraint(&app, &sql).await, "groups_text_is_normal", "{name:?}");
    }
    // Every column with a key or name from people or other systems has the constraint.
    let missing = "SELECT table_name || '.' || column_name AS t FROM information_schema.columns c
        WHERE table_schema = 'public' AND column_name IN ('external_id', 'holder_ref', 'holder_name', 'delegate_ref',
            'attendee_name', 'occasion', 'name', 'email', 'title', 'value')
          AND domain_name IN ('one_line', 'title', 'email') AND table_name <> 'publications'
          AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.table_name::regclass
                          AND k.conname = c.table_name || '_text_is_normal'
                          AND pg_get_constraintdef(k.oid) LIKE '%(' || c.column_name || ')%')";
    assert_eq!(app.texts(missing).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_database_and_the_code_list_the_same_invisible_characters() {
    let app = App::new();
    let in_database = app
        .texts(
            "SELECT chr(n) AS t FROM generate_series(1, 1114111) n
             WHERE n NOT BETWEEN 55296 AND 57343 AND chr(n) ~ invisible_characters() ORDER BY n",
        )
        .await;
    let in_code: Vec<String> =
        ('\u{1}'..=char::MAX).filter(|character| is_invisible(*character)).map(String::from).collect();
    assert_eq!(in_database, in_code);
    // The code replaces every space that the database does not accept as normal.
    let spaces = app.texts("SELECT chr(n) AS t FROM generate_series(1, 65535) n WHERE n NOT BETWEEN 55296 AND 57343 AND chr(n) ~ non_ascii_spaces()").await;
    for space in spaces {
        assert_eq!(TextForm::Line.normalise(&format!("a{space}b")), "a b", "{space:?}");
    }
}

#[tokio::test]
async fn a_filter_by_external_id_finds_every_spelling_of_the_key() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let keys = json!([{ "system": "crm", "external_id": "Mu\u{308}ller  1\u{a0}" }]);
    let group = fixtures.group(json!({ "external_ids": keys })).await;
    assert_eq!(group["external_ids"][0]["external_id"], "M\u{fc}ller  1");
    let matching = async |caller: &Caller, key: &str| {
        caller.all(&format!("/v1/groups?external_id={}", url_encoded(key))).await.len()
    };
    for key in ["M\u{fc}ller  1", "Mu\u{308}ller  1", " M\u{fc}ller\u{a0} 1"] {
        assert_eq!(matching(&fixtures.0, key).await, 1, "{key:?}");
    }
    let duplicate = json!({ "code": "other", "name": "Other", "external_ids": [{ "system": "crm", "external_id": "Mu\u{308}ller  1" }] });
    assert_eq!(fixtures.0.post("/v1/groups", duplicate).await.expect(409).code(), "already_exists");
}
