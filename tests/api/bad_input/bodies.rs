//! What a body may not be.

use serde_json::{Value, json};

use super::post_bytes;
use crate::support::{App, Made, World, as_read, every_resource, id};

#[tokio::test]
async fn every_fault_of_a_body_is_listed_at_once() {
    let app = App::new();
    let officer = app.officer();
    let body = json!({ "name": 7, "kind": "parish", "exists_from": "2019-02-30", "colour": "red", "gss_codes": [{ "gss_code": "e10000020" }, {}],
        "memberships": [{ "member_from": "1899-12-31" }] });
    let refused = officer.post("/v1/councils", body).await.expect(422);
    let mut faults = refused.faults();
    faults.sort();
    assert_eq!(
        faults,
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
async fn every_create_refuses_an_empty_object_a_list_an_unknown_field_and_each_wrong_type() {
    let app = App::new();
    let world = World::new(&app).await;
    let admin = &world.made.0;
    for (n, resource) in every_resource().enumerate() {
        let count =
            async || admin.read(&format!("{}?total=true&limit=1", resource.path)).await["total"].as_i64();
        let good = world.body(resource.one, &world.council, n).await;
        let before = count().await;
        assert!(!admin.post(resource.path, json!({})).await.expect(422).faults().is_empty());
        admin.post(resource.path, json!([good])).await.expect(422);
        admin.post(resource.path, Value::Null).await.expect(422);
        for name in good.as_object().expect("an object").keys() {
            let mut bad = good.clone();
            bad["no_such_field"] = json!(1);
            // An empty object fits no field, and neither does a list with one in it.
            bad[name] = if good[name].is_array() { json!([[]]) } else { json!({}) };
            let faults = admin.post(resource.path, bad).await.expect(422).faults();
            assert!(
                faults.contains(&"#/no_such_field unknown_field".to_owned()),
                "{} {name} {faults:?}",
                resource.path
            );
            assert!(
                faults.iter().any(|fault| fault.starts_with(&format!("#/{name}"))),
                "{} {name} {faults:?}",
                resource.path
            );
        }
        assert_eq!(count().await, before, "{}", resource.path);
        admin.post(resource.path, good).await.expect(201);
    }
}

#[tokio::test]
async fn every_change_refuses_unknown_and_fixed_fields_and_leaves_the_row() {
    let app = App::new();
    let world = World::new(&app).await;
    let admin = &world.made.0;
    for (n, resource) in every_resource().enumerate() {
        let row = as_read(admin.make(resource.path, world.body(resource.one, &world.council, n).await).await);
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
        assert_eq!(same.body, row, "an empty change changes nothing: {}", resource.path);
    }
}

#[tokio::test]
async fn what_is_no_json_is_refused_where_it_breaks() {
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
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(30)]).into_owned();
        assert_eq!(
            post_bytes(&officer, "/v1/councils", "application/json", bytes).await.expect(400).faults(),
            [code],
            "{shown}"
        );
    }
    assert_eq!(officer.all("/v1/councils").await.len(), 0);
}

#[tokio::test]
async fn a_thousand_faults_are_named_and_no_more() {
    let app = App::new();
    let officer = app.officer();
    let long = "k".repeat(100_000);
    let repeated = format!("{{\"{long}\":{{{}}}}}", vec!["\"a\":1"; 10_000].join(","));
    let answer = post_bytes(&officer, "/v1/attendance", "application/json", repeated).await.expect(400);
    assert_eq!(answer.faults().len(), 1000);
    assert!(answer.text.len() < 4_000_000, "{}", answer.text.len());
    let wrong = json!({ "name": "x", "kind": "county", "gss_codes": vec![0; 40_000] });
    assert_eq!(officer.post("/v1/councils", wrong).await.expect(422).faults().len(), 1000);
}

#[tokio::test]
async fn no_text_holds_a_nul_or_more_than_it_may() {
    let app = App::new();
    let officer = app.officer();
    let long = "x".repeat(501);
    for name in ["a\u{0}b", "", " ", long.as_str(), "two\nlines"] {
        let faults =
            officer.post("/v1/groups", json!({ "code": "g", "name": name })).await.expect(422).faults();
        assert!(
            !faults.is_empty() && faults.iter().all(|fault| fault.starts_with("#/name ")),
            "{name:?} {faults:?}"
        );
    }
    let whole = json!({ "framework_id": null, "code": "t", "title": "T", "position": 1.0 });
    let faults = officer.post("/v1/themes", whole).await.expect(422).faults();
    assert_eq!(faults, ["#/framework_id wrong_type"], "1.0 is a whole number");
    let notes = json!({ "code": "g", "name": "G", "notes": "a\u{0}b" });
    assert_eq!(officer.post("/v1/groups", notes).await.expect(422).faults(), ["#/notes bad_format"]);
    let many: Vec<Value> = (0..2000).map(|n| json!({ "gss_code": format!("E{n:08}") })).collect();
    let faults = officer
        .post("/v1/councils", json!({ "name": "x", "kind": "district", "gss_codes": many }))
        .await
        .expect(422)
        .faults();
    assert!(faults.contains(&"#/gss_codes too_many".to_owned()), "{faults:?}");
}

#[tokio::test]
async fn a_fault_that_quotes_what_was_sent_stays_within_the_problems_own_bounds() {
    let app = App::new();
    let officer = app.officer();
    let (nul, odd, long) = ("a\u{0}b", "ä /~ %", "x".repeat(5000));
    let mut body = json!({ nul: 1, odd: 2 });
    body[&long] = json!(3);
    let refused = officer.post("/v1/groups", body).await.expect(422);
    let faults = refused.faults();
    for pointer in ["#/a%00b unknown_field", "#/%C3%A4%20~1~0%20%25 unknown_field"] {
        assert!(faults.contains(&pointer.to_owned()), "{faults:?}");
    }
    for fault in refused.body["errors"].as_array().expect("errors") {
        for member in ["pointer", "detail"] {
            let text = fault[member].as_str().expect("text");
            assert!(text.chars().count() <= 2000 && !text.contains('\0'), "{text}");
        }
    }
}

#[tokio::test]
async fn dates_and_numbers_stay_within_their_bounds() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
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
        let faults = made.0.post("/v1/meetings", meeting(day.clone())).await.expect(422).faults();
        assert!(
            !faults.is_empty() && faults.iter().all(|fault| fault.starts_with("#/held_on ")),
            "{day} {faults:?}"
        );
    }
    for day in ["1900-01-01", "2100-12-31", "2016-02-29"] {
        made.0.post("/v1/meetings", meeting(json!(day))).await.expect(201);
    }
    let target = made.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({})).await;
    for count in ["-1", "1000000001", "9223372036854775808", "1.5", "1e300", "\"3\"", "true", "null"] {
        let body = format!(
            "{{\"target_id\":{},\"occurred_on\":\"2017-06-01\",\"entry\":{{\"kind\":\"count\",\"count\":{count}}}}}",
            target["id"]
        );
        let faults = post_bytes(&made.0, "/v1/progress", "application/json", body).await.expect(422).faults();
        assert!(
            faults.iter().all(|fault| fault.starts_with("#/entry/count ")) && faults.len() == 1,
            "{count} {faults:?}"
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
        let faults = made.0.get(&format!("/v1/councils?updated_since={instant}")).await.expect(400).faults();
        assert!(faults.contains(&"updated_since bad_format".to_owned()), "{instant} {faults:?}");
    }
    made.0.get("/v1/councils?updated_since=2017-01-01T00:00:00.123456Z").await.expect(200);
}

#[tokio::test]
async fn a_reference_that_leads_nowhere_is_named() {
    let app = App::new();
    let world = World::new(&app).await;
    let admin = &world.made.0;
    let nowhere = json!("0198c5b0-0000-7000-8000-000000000001");
    for (n, resource) in every_resource().enumerate() {
        let good = world.body(resource.one, &world.council, n).await;
        for name in good.as_object().expect("an object").keys() {
            let bad = match name.as_str() {
                "action_ids" => json!([nowhere]),
                name if name.ends_with("_id") => nowhere.clone(),
                "entry" => json!({ "kind": "coverage", "council_id": nowhere, "covered": true }),
                _ => continue,
            };
            let mut body = good.clone();
            body[name] = bad;
            let faults = admin.post(resource.path, body).await.expect(422).faults();
            assert!(
                !faults.is_empty() && faults.iter().all(|fault| fault.ends_with(" unknown_reference")),
                "{} {name} {faults:?}",
                resource.path
            );
        }
    }
}
