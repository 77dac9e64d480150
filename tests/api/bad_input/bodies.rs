//! Validation of JSON request bodies.

use serde_json::{Value, json};

use super::post_bytes;
use crate::support::{App, Fixtures, ResourceFixtures, all_resources, id, without_secret};

#[tokio::test]
async fn all_errors_of_a_body_are_listed_together() {
    let app = App::new();
    let officer = app.officer();
    let body = json!({ "name": 7, "kind": "parish", "exists_from": "2019-02-30", "colour": "red", "gss_codes": [{ "gss_code": "e10000020" }, {}],
        "memberships": [{ "member_from": "1899-12-31" }] });
    let refused = officer.post("/v1/councils", body).await.expect(422);
    let mut field_errors = refused.field_errors();
    field_errors.sort();
    assert_eq!(
        field_errors,
        [
            "#/colour unknown_field",
            "#/exists_from bad_format",
            "#/gss_codes/0/gss_code bad_format",
            "#/gss_codes/1/gss_code required",
            "#/kind unknown_value",
            "#/memberships/0/member_from bad_format",
            "#/name wrong_type",
        ]
    );
    assert_eq!(officer.all("/v1/councils").await.len(), 0);
}

#[tokio::test]
async fn every_create_rejects_empty_objects_lists_unknown_fields_and_wrong_types() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let admin = &resources.fixtures.0;
    for (n, resource) in all_resources().enumerate() {
        let count =
            async || admin.read(&format!("{}?total=true&limit=1", resource.path)).await["total"].as_i64();
        let valid = resources.body(resource.one, &resources.council, n).await;
        let before = count().await;
        assert!(!admin.post(resource.path, json!({})).await.expect(422).field_errors().is_empty());
        admin.post(resource.path, json!([valid])).await.expect(422);
        admin.post(resource.path, Value::Null).await.expect(422);
        for name in valid.as_object().expect("an object").keys() {
            let mut invalid = valid.clone();
            invalid["no_such_field"] = json!(1);
            // No field accepts an empty object or a list that contains a list.
            invalid[name] = if valid[name].is_array() { json!([[]]) } else { json!({}) };
            let field_errors = admin.post(resource.path, invalid).await.expect(422).field_errors();
            assert!(
                field_errors.contains(&"#/no_such_field unknown_field".to_owned()),
                "{} {name} {field_errors:?}",
                resource.path
            );
            assert!(
                field_errors.iter().any(|field_error| field_error.starts_with(&format!("#/{name}"))),
                "{} {name} {field_errors:?}",
                resource.path
            );
        }
        assert_eq!(count().await, before, "{}", resource.path);
        admin.post(resource.path, valid).await.expect(201);
    }
}

#[tokio::test]
async fn every_update_rejects_unknown_and_read_only_fields_and_keeps_the_row() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let admin = &resources.fixtures.0;
    for (n, resource) in all_resources().enumerate() {
        let row = without_secret(
            admin.create(resource.path, resources.body(resource.one, &resources.council, n).await).await,
        );
        let path = format!("{}/{}", resource.path, id(&row));
        for patch in [
            json!({ "no_such_field": 1 }),
            json!({ "id": row["id"] }),
            json!({ "version": 7 }),
            json!({ resource.field: {} }),
            json!({ "updated_at": null }),
            json!({ "group_id": row["group_id"], "meeting_id": row["meeting_id"], "target_id": row["target_id"],
                "plan_from": row["plan_from"], "framework_id": row["framework_id"] }),
        ] {
            admin.patch(&path, 1, patch).await.expect(422);
        }
        admin.patch(&path, 1, json!([])).await.expect(422);
        assert_eq!(admin.read(&path).await, row);
        let same = admin.patch(&path, 1, json!({})).await.expect(200);
        assert_eq!(same.body, row, "an empty patch changes nothing: {}", resource.path);
    }
}

#[tokio::test]
async fn malformed_json_duplicate_members_and_too_many_values_are_rejected() {
    let app = App::new();
    let officer = app.officer();
    for (bytes, code) in [
        (b"".to_vec(), "# not_json"),
        (b"{".to_vec(), "# not_json"),
        (b"{} {}".to_vec(), "# not_json"),
        (b"{\"name\": NaN}".to_vec(), "# not_json"),
        (b"{\"name\": 1e400}".to_vec(), "# not_json"),
        (b"{\"name\": \"\xff\"}".to_vec(), "# not_json"),
        (b"{\"name\": \"\\ud800\"}".to_vec(), "# not_json"),
        (b"\xef\xbb\xbf{}".to_vec(), "# not_json"),
        ([vec![b'['; 100_000], vec![b']'; 100_000]].concat(), "# not_json"),
        (b"{\"name\": \"a\", \"name\": \"b\"}".to_vec(), "#/name duplicate"),
        ([b"[0".to_vec(), b",0".repeat(60_000), b"]".to_vec()].concat(), "# too_many_values"),
    ] {
        let excerpt = String::from_utf8_lossy(&bytes[..bytes.len().min(30)]).into_owned();
        assert_eq!(
            post_bytes(&officer, "/v1/councils", "application/json", bytes).await.expect(400).field_errors(),
            [code],
            "{excerpt}"
        );
    }
    assert_eq!(officer.all("/v1/councils").await.len(), 0);
}

#[tokio::test]
async fn at_most_a_thousand_errors_are_listed() {
    let app = App::new();
    let officer = app.officer();
    let long = "k".repeat(100_000);
    let repeated = format!("{{\"{long}\":{{{}}}}}", vec!["\"a\":1"; 10_000].join(","));
    let response = post_bytes(&officer, "/v1/attendance", "application/json", repeated).await.expect(400);
    assert_eq!(response.field_errors().len(), 1000);
    assert!(response.text.len() < 4_000_000, "{}", response.text.len());
    let wrong = json!({ "name": "x", "kind": "county", "gss_codes": vec![0; 40_000] });
    assert_eq!(officer.post("/v1/councils", wrong).await.expect(422).field_errors().len(), 1000);
}

#[tokio::test]
async fn texts_with_a_nul_a_line_break_or_an_invalid_length_are_rejected() {
    let app = App::new();
    let officer = app.officer();
    let long = "x".repeat(501);
    for name in ["a\u{0}b", "", " ", long.as_str(), "two\nlines"] {
        let field_errors =
            officer.post("/v1/groups", json!({ "code": "g", "name": name })).await.expect(422).field_errors();
        assert!(
            !field_errors.is_empty()
                && field_errors.iter().all(|field_error| field_error.starts_with("#/name ")),
            "{name:?} {field_errors:?}"
        );
    }
    let theme = json!({ "framework_id": null, "code": "t", "title": "T", "position": 1.0 });
    let field_errors = officer.post("/v1/themes", theme).await.expect(422).field_errors();
    assert_eq!(field_errors, ["#/framework_id wrong_type"], "1.0 is an integer");
    let notes = json!({ "code": "g", "name": "G", "notes": "a\u{0}b" });
    assert_eq!(officer.post("/v1/groups", notes).await.expect(422).field_errors(), ["#/notes bad_format"]);
    let many: Vec<Value> = (0..2000).map(|n| json!({ "gss_code": format!("E{n:08}") })).collect();
    let field_errors = officer
        .post("/v1/councils", json!({ "name": "x", "kind": "district", "gss_codes": many }))
        .await
        .expect(422)
        .field_errors();
    assert!(field_errors.contains(&"#/gss_codes too_many".to_owned()), "{field_errors:?}");
}

#[tokio::test]
async fn errors_that_quote_input_are_escaped_and_limited_in_length() {
    let app = App::new();
    let officer = app.officer();
    let (nul_name, escaped_name, long_name) = ("a\u{0}b", "ä /~ %", "x".repeat(5000));
    let mut body = json!({ nul_name: 1, escaped_name: 2 });
    body[&long_name] = json!(3);
    let refused = officer.post("/v1/groups", body).await.expect(422);
    let field_errors = refused.field_errors();
    for pointer in ["#/a%00b unknown_field", "#/%C3%A4%20~1~0%20%25 unknown_field"] {
        assert!(field_errors.contains(&pointer.to_owned()), "{field_errors:?}");
    }
    for field_error in refused.body["errors"].as_array().expect("errors") {
        for member in ["pointer", "detail"] {
            let text = field_error[member].as_str().expect("text");
            assert!(text.chars().count() <= 2000 && !text.contains('\0'), "{text}");
        }
    }
}

#[tokio::test]
async fn dates_and_numbers_out_of_range_are_rejected() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let meeting = |day: Value| json!({ "title": "M", "held_on": day });
    for day in [
        json!("1899-12-31"),
        json!("2101-01-01"),
        json!("2017-02-29"),
        json!("17-02-01"),
        json!("2017-2-1"),
        json!("2017-02-01T00:00:00Z"),
        json!(20170201),
    ] {
        let field_errors =
            fixtures.0.post("/v1/meetings", meeting(day.clone())).await.expect(422).field_errors();
        assert!(
            !field_errors.is_empty()
                && field_errors.iter().all(|field_error| field_error.starts_with("#/held_on ")),
            "{day} {field_errors:?}"
        );
    }
    for day in ["1900-01-01", "2100-12-31", "2016-02-29"] {
        fixtures.0.post("/v1/meetings", meeting(json!(day))).await.expect(201);
    }
    let target =
        fixtures.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({})).await;
    for count in ["-1", "1000000001", "9223372036854775808", "1.5", "1e300", "\"3\"", "true", "null"] {
        let body = format!(
            "{{\"target_id\":{},\"occurred_on\":\"2017-06-01\",\"entry\":{{\"kind\":\"count\",\"count\":{count}}}}}",
            target["id"]
        );
        let field_errors = post_bytes(&fixtures.0, "/v1/progress", "application/json", body)
            .await
            .expect(422)
            .field_errors();
        assert!(
            field_errors.iter().all(|field_error| field_error.starts_with("#/entry/count "))
                && field_errors.len() == 1,
            "{count} {field_errors:?}"
        );
    }
    for instant in [
        "2017-01-01",
        "2017-01-01T00:00:00",
        "yesterday",
        "2017-01-01T25:00:00Z",
        "1800-01-01T00:00:00Z",
        "2017-01-01T00:00:00%2B24:00",
    ] {
        let field_errors =
            fixtures.0.get(&format!("/v1/councils?updated_since={instant}")).await.expect(400).field_errors();
        assert!(field_errors.contains(&"updated_since bad_format".to_owned()), "{instant} {field_errors:?}");
    }
    fixtures.0.get("/v1/councils?updated_since=2017-01-01T00:00:00.123456Z").await.expect(200);
}

#[tokio::test]
async fn a_reference_to_an_unknown_id_is_an_error_of_its_field() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let admin = &resources.fixtures.0;
    let unknown_id = json!("0198c5b0-0000-7000-8000-000000000001");
    for (n, resource) in all_resources().enumerate() {
        let valid = resources.body(resource.one, &resources.council, n).await;
        for name in valid.as_object().expect("an object").keys() {
            let invalid = match name.as_str() {
                "action_ids" => json!([unknown_id]),
                name if name.ends_with("_id") => unknown_id.clone(),
                "entry" => json!({ "kind": "coverage", "council_id": unknown_id, "covered": true }),
                _ => continue,
            };
            let mut body = valid.clone();
            body[name] = invalid;
            let field_errors = admin.post(resource.path, body).await.expect(422).field_errors();
            assert!(
                !field_errors.is_empty()
                    && field_errors.iter().all(|field_error| field_error.ends_with(" unknown_reference")),
                "{} {name} {field_errors:?}",
                resource.path
            );
        }
    }
}
