//! Texts of errors: sentences about the input, without regular expressions or table names.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ApiResponse, App, Fixtures, ResourceFixtures, all_resources, id, without_secret};

/// Returns the location and the detail of each error.
fn locations_and_details(response: &ApiResponse) -> Vec<(String, String)> {
    let errors = response.body["errors"].as_array().expect("errors");
    let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    errors
        .iter()
        .map(|error| (text(error, "pointer") + &text(error, "parameter"), text(error, "detail")))
        .collect()
}

#[tokio::test]
async fn a_format_error_contains_an_example_and_a_separate_pattern() {
    let app = App::new();
    let admin = app.admin();
    let account = json!({ "kind": "user", "name": "A", "role": "officer", "email": "nobody", "password": "a long phrase of hers" });
    let refused = admin.post("/v1/accounts", account).await.expect(422);
    assert_eq!(
        locations_and_details(&refused),
        [("#/email".to_owned(), "Send an e-mail address such as name@example.org.".to_owned())]
    );
    let pattern = refused.body["errors"][0]["pattern"].as_str().expect("the pattern");
    assert!(pattern.starts_with('^') && pattern.contains('@'), "{pattern}");
    let body = json!({ "name": "x", "kind": "county", "exists_from": "20 March 2018", "gss_codes": [{ "gss_code": "e1" }] });
    let refused = admin.post("/v1/councils", body).await.expect(422);
    let details = locations_and_details(&refused);
    for (location, prefix) in [
        ("#/exists_from", "Send a date such as 2018-03-20"),
        ("#/gss_codes/0/gss_code", "Send a GSS code such as E10000020"),
    ] {
        assert!(
            details.iter().any(|(pointer, detail)| pointer == location && detail.starts_with(prefix)),
            "{details:?}"
        );
    }
    for error in refused.body["errors"].as_array().expect("errors") {
        assert_eq!(error["code"] == "bad_format", error["pattern"].is_string(), "{error}");
    }
    let missing = admin.post("/v1/groups", json!({ "code": "g" })).await.expect(422);
    assert_eq!(missing.body["errors"][0]["pattern"], Value::Null);
    assert!(missing.body["errors"][0].as_object().expect("an error").contains_key("pattern"));
}

#[tokio::test]
async fn errors_of_bounds_and_types_are_sentences() {
    let app = App::new();
    let officer = app.officer();
    let body =
        json!({ "name": 7, "kind": "parish", "gss_codes": "E10000020", "memberships": vec![json!({}); 200] });
    let details = locations_and_details(&officer.post("/v1/councils", body).await.expect(422));
    for (location, detail) in [
        ("#/name", "Send a text."),
        ("#/gss_codes", "Send a list."),
        ("#/memberships", "The list has 200 items and must have at most 50."),
    ] {
        assert!(details.contains(&(location.to_owned(), detail.to_owned())), "{details:?}");
    }
    let refused =
        officer.get("/v1/councils?limit=501&cursor=%21&total=perhaps&sort=colour").await.expect(400);
    let details = locations_and_details(&refused);
    for (location, prefix) in [
        ("limit", "The value must be at most 500."),
        ("cursor", "Send base64url text"),
        ("total", "Send true or false."),
        ("sort", "Send one of "),
    ] {
        assert!(
            details.iter().any(|(pointer, detail)| pointer == location && detail.starts_with(prefix)),
            "{details:?}"
        );
    }
    let long = json!({ "code": "g", "name": "x".repeat(201) });
    assert_eq!(
        locations_and_details(&officer.post("/v1/groups", long).await.expect(422)),
        [("#/name".to_owned(), "The text has 201 characters and must have at most 200.".to_owned())]
    );
}

#[tokio::test]
async fn an_unknown_id_error_names_the_expected_resource() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let admin = &resources.fixtures.0;
    let unknown_id = json!("0198c5b0-0000-7000-8000-000000000001");
    let mut checked = 0;
    for (n, resource) in all_resources().enumerate() {
        let valid = resources.body(resource.one, &resources.council, n).await;
        for name in valid.as_object().expect("an object").keys() {
            let (noun, invalid) = match name.as_str() {
                "entry" => {
                    ("council", json!({ "kind": "coverage", "council_id": unknown_id, "covered": true }))
                }
                list if list.ends_with("_ids") && list != "external_ids" => {
                    (list.trim_end_matches("_ids"), json!([unknown_id]))
                }
                single if single.ends_with("_id") => (single.trim_end_matches("_id"), unknown_id.clone()),
                _ => continue,
            };
            let mut body = valid.clone();
            body[name] = invalid;
            for (location, detail) in
                locations_and_details(&admin.post(resource.path, body).await.expect(422))
            {
                let expected = [
                    format!("No {noun} has this id."),
                    format!("No {noun} of this framework has this id."),
                    format!("No {noun} of this council has this id."),
                    format!("No {noun} with the same target and kind has this id."),
                ];
                assert!(expected.contains(&detail), "{} {location}: {detail}", resource.path);
                checked += 1;
            }
        }
    }
    assert!(checked > 10, "{checked}");
    let groups = json!({ "outcome_id": unknown_id, "code": "x", "title": "X", "position": 1, "group_ids": [unknown_id] });
    let mut details = locations_and_details(&admin.post("/v1/actions", groups).await.expect(422));
    details.sort();
    let expected = [("#/group_ids/0", "No group has this id."), ("#/outcome_id", "No outcome has this id.")];
    assert_eq!(details, expected.map(|(location, detail)| (location.to_owned(), detail.to_owned())));
}

#[tokio::test]
async fn a_bulk_line_error_names_the_resource_that_was_not_found() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    let unknown_id = "0198c5b0-0000-7000-8000-000000000009";
    let lines = json!([
        { "meeting_id": unknown_id, "seat_id": seat["id"], "status": "present" },
        { "meeting_external_id": "M", "seat_id": seat["id"], "status": "present" },
        { "group_code": "nowhere", "held_on": "2017-05-01", "seat_id": seat["id"], "status": "present" },
        { "meeting_id": meeting["id"], "seat_id": unknown_id, "status": "present" },
        { "meeting_id": meeting["id"], "council_gss_code": "E99999999", "role": "member", "status": "present" },
        { "meeting_id": meeting["id"], "council_id": seat["council_id"], "role": "mayor", "status": "present" },
        { "meeting_id": meeting["id"], "council_id": unknown_id, "delegate_ref": "D", "status": "present" },
    ]);
    let request = fixtures.0.request(Method::POST, "/v1/attendance/bulk").header("Idempotency-Key", "k");
    let response = fixtures.0.send(request.json(&json!({ "lines": lines }))).await.expect(200);
    let results = response.body["results"].as_array().expect("results");
    let errors = results.iter().flat_map(|line| line["errors"].as_array().expect("errors"));
    let details: Vec<&str> = errors.map(|error| error["detail"].as_str().expect("a sentence")).collect();
    assert_eq!(
        details,
        [
            "No meeting has this id.",
            "No meeting has this external id.",
            "No meeting has this date, group and title.",
            "No seat has this id at this meeting, or you have no permission to see the seat.",
            "No council has this GSS code, or you may not write records of the council.",
            "No seat has this role at this meeting, or you have no permission to see the seat.",
            "No council has this id, or you may not write records of the council.",
        ]
    );
}

#[tokio::test]
async fn a_weak_entity_tag_error_contains_the_strong_tag_to_send() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let admin = &resources.fixtures.0;
    for (n, resource) in all_resources().enumerate() {
        let row = without_secret(
            admin.create(resource.path, resources.body(resource.one, &resources.council, n).await).await,
        );
        let path = format!("{}/{}", resource.path, id(&row));
        for (method, tags) in [(Method::PATCH, "W/\"1\""), (Method::DELETE, "W/\"7\", W/\"1\"")] {
            let request = admin.request(method, &path).header("If-Match", tags).json(&json!({}));
            let refused = admin.send(request).await.expect(412);
            let detail = refused.body["detail"].as_str().expect("a sentence");
            let strong = if tags.starts_with("W/\"7") { "If-Match: \"7\"" } else { "If-Match: \"1\"" };
            assert!(detail.contains("weak") && detail.contains(strong), "{} {detail}", resource.path);
            assert_eq!(refused.field_errors(), ["If-Match weak_etag"], "{}", resource.path);
        }
        let request = admin.request(Method::PATCH, &path).header("If-Match", "\"7\"").json(&json!({}));
        assert_eq!(admin.send(request).await.expect(412).code(), "stale_version");
        let unknown_id = format!("{}/0198c5b0-0000-7000-8000-000000000001", resource.path);
        let request = admin.request(Method::DELETE, &unknown_id).header("If-Match", "W/\"1\"");
        admin.send(request).await.expect(404);
    }
}
