//! What people are told: a sentence about the input, and never a regular expression or a table's name.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, Made, World, as_read, every_resource, id};

/// The faults' sentences by their places.
fn told(answer: &Answer) -> Vec<(String, String)> {
    let errors = answer.body["errors"].as_array().expect("errors");
    let word = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    errors
        .iter()
        .map(|error| (word(error, "pointer") + &word(error, "parameter"), word(error, "detail")))
        .collect()
}

#[tokio::test]
async fn a_fault_of_form_is_told_with_an_example_and_the_pattern_stands_beside() {
    let app = App::new();
    let admin = app.admin();
    let account = json!({ "kind": "user", "name": "A", "role": "officer", "email": "nobody", "password": "a long phrase of hers" });
    let refused = admin.post("/v1/accounts", account).await.expect(422);
    assert_eq!(
        told(&refused),
        [("#/email".to_owned(), "An e-mail address such as name@example.org.".to_owned())]
    );
    let pattern = refused.body["errors"][0]["pattern"].as_str().expect("the pattern");
    assert!(pattern.starts_with('^') && pattern.contains('@'), "{pattern}");
    let body = json!({ "name": "x", "kind": "county", "exists_from": "20 March 2018", "gss_codes": [{ "gss_code": "e1" }] });
    let refused = admin.post("/v1/councils", body).await.expect(422);
    let sentences = told(&refused);
    for (place, begins) in [
        ("#/exists_from", "A date such as 2018-03-20"),
        ("#/gss_codes/0/gss_code", "A GSS code such as E10000020"),
    ] {
        assert!(
            sentences.iter().any(|(at, detail)| at == place && detail.starts_with(begins)),
            "{sentences:?}"
        );
    }
    for error in refused.body["errors"].as_array().expect("errors") {
        assert_eq!(error["code"] == "bad_format", error["pattern"].is_string(), "{error}");
    }
    let missing = admin.post("/v1/groups", json!({ "code": "g" })).await.expect(422);
    assert_eq!(missing.body["errors"][0]["pattern"], Value::Null);
    assert!(missing.body["errors"][0].as_object().expect("a fault").contains_key("pattern"));
}

#[tokio::test]
async fn bounds_and_types_are_told_in_words() {
    let app = App::new();
    let officer = app.officer();
    let body =
        json!({ "name": 7, "kind": "parish", "gss_codes": "E10000020", "memberships": vec![json!({}); 200] });
    let sentences = told(&officer.post("/v1/councils", body).await.expect(422));
    for (place, detail) in [
        ("#/name", "This must be a text."),
        ("#/gss_codes", "This must be a list."),
        ("#/memberships", "This list must have at most 50 items; it has 200."),
    ] {
        assert!(sentences.contains(&(place.to_owned(), detail.to_owned())), "{sentences:?}");
    }
    let refused =
        officer.get("/v1/councils?limit=501&cursor=%21&total=perhaps&sort=colour").await.expect(400);
    let sentences = told(&refused);
    for (place, begins) in [
        ("limit", "This must be at most 500."),
        ("cursor", "Base64url text"),
        ("total", "This must be true or false."),
        ("sort", "Expected one of "),
    ] {
        assert!(
            sentences.iter().any(|(at, detail)| at == place && detail.starts_with(begins)),
            "{sentences:?}"
        );
    }
    let long = json!({ "code": "g", "name": "x".repeat(201) });
    assert_eq!(
        told(&officer.post("/v1/groups", long).await.expect(422)),
        [("#/name".to_owned(), "This must have at most 200 characters; it has 201.".to_owned())]
    );
}

#[tokio::test]
async fn an_id_that_leads_nowhere_is_told_by_what_it_should_be_of() {
    let app = App::new();
    let world = World::new(&app).await;
    let admin = &world.made.0;
    let nowhere = json!("0198c5b0-0000-7000-8000-000000000001");
    let mut seen = 0;
    for (n, resource) in every_resource().enumerate() {
        let good = world.body(resource.one, &world.council, n).await;
        for name in good.as_object().expect("an object").keys() {
            let (noun, bad) = match name.as_str() {
                "entry" => ("council", json!({ "kind": "coverage", "council_id": nowhere, "covered": true })),
                list if list.ends_with("_ids") && list != "external_ids" => {
                    (list.trim_end_matches("_ids"), json!([nowhere]))
                }
                one if one.ends_with("_id") => (one.trim_end_matches("_id"), nowhere.clone()),
                _ => continue,
            };
            let mut body = good.clone();
            body[name] = bad;
            for (place, detail) in told(&admin.post(resource.path, body).await.expect(422)) {
                let known = [
                    format!("No {noun} has this id."),
                    format!("No {noun} of this framework has this id."),
                    format!("No {noun} of this council has this id."),
                    format!("No {noun} of this target and kind has this id."),
                ];
                assert!(known.contains(&detail), "{} {place}: {detail}", resource.path);
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "{seen}");
    let groups =
        json!({ "outcome_id": nowhere, "code": "x", "title": "X", "position": 1, "group_ids": [nowhere] });
    let mut sentences = told(&admin.post("/v1/actions", groups).await.expect(422));
    sentences.sort();
    let expected = [("#/group_ids/0", "No group has this id."), ("#/outcome_id", "No outcome has this id.")];
    assert_eq!(sentences, expected.map(|(place, detail)| (place.to_owned(), detail.to_owned())));
}

#[tokio::test]
async fn a_bulk_line_that_names_nothing_is_told_what_was_looked_for() {
    let app = App::new();
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    let nowhere = "0198c5b0-0000-7000-8000-000000000009";
    let lines = json!([
        { "meeting_id": nowhere, "seat_id": seat["id"], "status": "present" },
        { "meeting_external_id": "M", "seat_id": seat["id"], "status": "present" },
        { "group_code": "nowhere", "held_on": "2017-05-01", "seat_id": seat["id"], "status": "present" },
        { "meeting_id": meeting["id"], "seat_id": nowhere, "status": "present" },
        { "meeting_id": meeting["id"], "council_gss_code": "E99999999", "role": "member", "status": "present" },
        { "meeting_id": meeting["id"], "council_id": seat["council_id"], "role": "mayor", "status": "present" },
        { "meeting_id": meeting["id"], "council_id": nowhere, "delegate_ref": "D", "status": "present" },
    ]);
    let request = made.0.request(Method::POST, "/v1/attendance/bulk").header("Idempotency-Key", "k");
    let answer = made.0.send(request.json(&json!({ "lines": lines }))).await.expect(200);
    let results = answer.body["results"].as_array().expect("results");
    let errors = results.iter().flat_map(|line| line["errors"].as_array().expect("errors"));
    let details: Vec<&str> = errors.map(|error| error["detail"].as_str().expect("a sentence")).collect();
    assert_eq!(
        details,
        [
            "No meeting has this id.",
            "No meeting has this external id.",
            "No meeting has this date, group and title.",
            "No seat has this id at this meeting, or you may not see it.",
            "No council has this code, or you may not write for it.",
            "No seat has this role at this meeting, or you may not see it.",
            "No council has this id, or you may not write for it.",
        ]
    );
}

#[tokio::test]
async fn a_weak_tag_is_told_that_it_cannot_be_used_and_what_to_send() {
    let app = App::new();
    let world = World::new(&app).await;
    let admin = &world.made.0;
    for (n, resource) in every_resource().enumerate() {
        let row = as_read(admin.make(resource.path, world.body(resource.one, &world.council, n).await).await);
        let path = format!("{}/{}", resource.path, id(&row));
        for (method, tags) in [(Method::PATCH, "W/\"1\""), (Method::DELETE, "W/\"7\", W/\"1\"")] {
            let request = admin.request(method, &path).header("If-Match", tags).json(&json!({}));
            let refused = admin.send(request).await.expect(412);
            let detail = refused.body["detail"].as_str().expect("a sentence");
            let strong = if tags.starts_with("W/\"7") { "If-Match: \"7\"" } else { "If-Match: \"1\"" };
            assert!(detail.contains("weak") && detail.contains(strong), "{} {detail}", resource.path);
            assert_eq!(refused.faults(), ["If-Match weak_etag"], "{}", resource.path);
        }
        let request = admin.request(Method::PATCH, &path).header("If-Match", "\"7\"").json(&json!({}));
        assert_eq!(admin.send(request).await.expect(412).code(), "stale_version");
        let nowhere = format!("{}/0198c5b0-0000-7000-8000-000000000001", resource.path);
        let request = admin.request(Method::DELETE, &nowhere).header("If-Match", "W/\"1\"");
        admin.send(request).await.expect(404);
    }
}
