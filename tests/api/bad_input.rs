//! Whatever is sent, the answer is a problem that lists every fault, and nothing is written.

use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, Made, Person, RESOURCES, World, id};

/// Posts bytes as they are.
async fn post_bytes(person: &Person, path: &str, media_type: &str, bytes: impl Into<reqwest::Body>) -> Answer {
    person.send(person.request(Method::POST, path).header("Content-Type", media_type).body(bytes)).await
}

/// Sends bytes over a bare connection, for what a client library would not send, and reads the answer.
fn raw(app: &App, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).expect("a connection");
    stream.write_all(bytes).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8(answer).expect("UTF-8")
}

/// A bare request by an admin; `more` is further header lines, each with its end.
fn raw_request(app: &App, method: &[u8], path_and_query: &[u8], more: &[u8], body: &[u8]) -> String {
    let token = app.tokens().mint("raw", outturn::policy::Role::Admin, &[], std::time::Duration::from_secs(60)).expect("a token");
    let fixed = format!(" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n").into_bytes();
    raw(app, &[method, b" ", path_and_query, &fixed, more, b"\r\n", body].concat())
}

fn raw_get(app: &App, path_and_query: &[u8], more: &[u8]) -> String {
    raw_request(app, b"GET", path_and_query, more, b"")
}

#[tokio::test]
async fn every_fault_of_a_body_is_listed_at_once() {
    let app = App::new();
    let officer = app.officer();
    let body = json!({ "name": 7, "kind": "parish", "exists_from": "2019-02-30", "colour": "red", "gss_codes": [{ "gss_code": "e10000020" }, {}],
        "memberships": [{ "member_from": "1899-12-31" }] });
    let refused = officer.post("/v1/councils", body).await.expect(422);
    let mut faults = refused.faults();
    faults.sort();
    assert_eq!(faults, [
        "#/colour unknown_field", "#/exists_from bad_format", "#/gss_codes/0/gss_code bad_format", "#/gss_codes/1/gss_code required",
        "#/kind unknown_value", "#/memberships/0/member_from bad_format", "#/name wrong_type",
    ]);
    assert_eq!(officer.all("/v1/councils").await.len(), 0);
}

#[tokio::test]
async fn every_create_refuses_an_empty_object_a_list_an_unknown_field_and_each_wrong_type() {
    let app = App::new();
    let world = World::new(Made(app.admin())).await;
    let admin = &world.made.0;
    for (n, resource) in RESOURCES.iter().enumerate() {
        let count = async || admin.read(&format!("{}?total=true&limit=1", resource.path)).await["total"].as_i64();
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
            assert!(faults.contains(&"#/no_such_field unknown_field".to_owned()), "{} {name} {faults:?}", resource.path);
            assert!(faults.iter().any(|fault| fault.starts_with(&format!("#/{name}"))), "{} {name} {faults:?}", resource.path);
        }
        assert_eq!(count().await, before, "{}", resource.path);
        admin.post(resource.path, good).await.expect(201);
    }
}

#[tokio::test]
async fn every_change_refuses_unknown_and_fixed_fields_and_leaves_the_row() {
    let app = App::new();
    let world = World::new(Made(app.admin())).await;
    let admin = &world.made.0;
    for (n, resource) in RESOURCES.iter().enumerate() {
        let row = admin.make(resource.path, world.body(resource.one, &world.council, n).await).await;
        let path = format!("{}/{}", resource.path, id(&row));
        for patch in [json!({ "no_such_field": 1 }), json!({ "id": row["id"] }), json!({ "version": 7 }), json!({ resource.field: {} }), json!({ "updated_at": null })] {
            admin.patch(&path, 1, patch).await.expect(422);
        }
        admin.patch(&path, 1, json!([])).await.expect(422);
        assert_eq!(admin.read(&path).await, row);
        let same = admin.patch(&path, 1, json!({})).await.expect(200);
        assert_eq!(same.body[resource.field], row[resource.field], "an empty change changes nothing");
    }
}

#[tokio::test]
async fn every_change_and_deletion_needs_a_version_and_a_fresh_one() {
    let app = App::new();
    let world = World::new(Made(app.admin())).await;
    let admin = &world.made.0;
    for (n, resource) in RESOURCES.iter().enumerate() {
        let row = admin.make(resource.path, world.body(resource.one, &world.council, n).await).await;
        let path = format!("{}/{}", resource.path, id(&row));
        for method in [Method::PATCH, Method::DELETE] {
            for (if_match, status) in [(None, 428), (Some("\"2\""), 412), (Some("W/\"1\""), 412), (Some("*"), 428), (Some("1"), 400), (Some("\"x\""), 412), (Some("\"99999999999999999999\""), 412), (Some(""), 400)] {
                let request = admin.request(method.clone(), &path).json(&resource.change(&row));
                let request = if_match.into_iter().fold(request, |request, value| request.header("If-Match", value));
                assert_eq!(admin.send(request).await.expect(status).status, status, "{path} {if_match:?}");
            }
        }
        assert_eq!(admin.read(&path).await, row);
        let nowhere = format!("{}/0198c5b0-0000-7000-8000-000000000001", resource.path);
        admin.get(&nowhere).await.expect(404);
        admin.patch(&nowhere, 1, json!({})).await.expect(404);
        admin.delete(&nowhere, 1).await.expect(404);
        for id in ["1", "0198c5b0000070008000000000000001", "%7B0198c5b0-0000-7000-8000-000000000001%7D", "%20"] {
            assert_eq!(admin.get(&format!("{}/{id}", resource.path)).await.expect(400).faults(), ["id bad_format"]);
        }
        let any = admin.request(Method::PATCH, &path).header("If-Match", "\"7\", \"1\"").json(&resource.change(&row));
        admin.send(any).await.expect(200);
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
    ] {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(30)]).into_owned();
        assert_eq!(post_bytes(&officer, "/v1/councils", "application/json", bytes).await.expect(400).faults(), [code], "{shown}");
    }
    assert_eq!(officer.all("/v1/councils").await.len(), 0);
}

#[tokio::test]
async fn no_text_holds_a_nul_or_more_than_it_may() {
    let app = App::new();
    let officer = app.officer();
    let long = "x".repeat(501);
    for name in ["a\u{0}b", "", " ", long.as_str(), "two\nlines"] {
        let faults = officer.post("/v1/groups", json!({ "code": "g", "name": name })).await.expect(422).faults();
        assert!(!faults.is_empty() && faults.iter().all(|fault| fault.starts_with("#/name ")), "{name:?} {faults:?}");
    }
    let notes = json!({ "code": "g", "name": "G", "notes": "a\u{0}b" });
    assert_eq!(officer.post("/v1/groups", notes).await.expect(422).faults(), ["#/notes bad_format"]);
    let many: Vec<Value> = (0..2000).map(|n| json!({ "gss_code": format!("E{n:08}") })).collect();
    let faults = officer.post("/v1/councils", json!({ "name": "x", "kind": "district", "gss_codes": many })).await.expect(422).faults();
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
    let many: Vec<Value> = (0..12_000).map(|_| json!({})).collect();
    let refused = officer.post("/v1/councils", json!({ "name": "x", "kind": "district", "gss_codes": many })).await.expect(422);
    assert_eq!(refused.faults().len(), 10_000);
}

#[tokio::test]
async fn dates_and_numbers_stay_within_their_bounds() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let meeting = |day: Value| json!({ "title": "M", "held_on": day });
    for day in [json!("1899-12-31"), json!("2101-01-01"), json!("2017-02-29"), json!("17-02-01"), json!("2017-2-1"), json!("2017-02-01T00:00:00Z"), json!(20170201)] {
        let faults = made.0.post("/v1/meetings", meeting(day.clone())).await.expect(422).faults();
        assert!(!faults.is_empty() && faults.iter().all(|fault| fault.starts_with("#/held_on ")), "{day} {faults:?}");
    }
    for day in ["1900-01-01", "2100-12-31", "2016-02-29"] {
        made.0.post("/v1/meetings", meeting(json!(day))).await.expect(201);
    }
    let target = made.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({})).await;
    for count in ["-1", "1000000001", "9223372036854775808", "1.5", "1e300", "\"3\"", "true", "null"] {
        let body = format!("{{\"target_id\":{},\"occurred_on\":\"2017-06-01\",\"entry\":{{\"kind\":\"count\",\"count\":{count}}}}}", target["id"]);
        let faults = post_bytes(&made.0, "/v1/progress", "application/json", body).await.expect(422).faults();
        assert!(faults.iter().all(|fault| fault.starts_with("#/entry/count ")) && faults.len() == 1, "{count} {faults:?}");
    }
    for instant in ["2017-01-01", "2017-01-01T00:00:00", "yesterday", "2017-01-01T25:00:00Z", "1800-01-01T00:00:00Z", "2017-01-01T00:00:00%2B01:00"] {
        let faults = made.0.get(&format!("/v1/councils?updated_since={instant}")).await.expect(400).faults();
        assert!(faults.contains(&"updated_since bad_format".to_owned()), "{instant} {faults:?}");
    }
    made.0.get("/v1/councils?updated_since=2017-01-01T00:00:00.123456Z").await.expect(200);
}

#[tokio::test]
async fn every_operation_refuses_an_unknown_a_repeated_and_a_misspelt_parameter_together() {
    let app = App::new();
    let world = World::new(Made(app.admin())).await;
    let admin = &world.made.0;
    let lists = RESOURCES.iter().map(|resource| resource.path.to_owned());
    for path in lists.chain(world.views().into_iter().map(|(_, path)| path)) {
        let refused = admin.get(&format!("{path}?no_such=1&No_such=2")).await.expect(400);
        assert_eq!(refused.faults(), ["no_such unknown_parameter", "No_such unknown_parameter"], "{path}");
    }
    let refused = admin.get("/v1/councils?limit=5&limit=6&sort=colour&kind=parish&exists_on=2019-02-29&total=perhaps").await.expect(400);
    let mut faults = refused.faults();
    faults.sort();
    assert_eq!(faults, ["exists_on bad_format", "kind unknown_value", "limit duplicate", "sort unknown_value", "total wrong_type"]);
    let created = admin.post("/v1/councils?dry_run=true", json!({})).await.expect(400);
    assert_eq!(created.faults(), ["dry_run unknown_parameter"]);
}

#[tokio::test]
async fn a_path_or_a_query_that_is_no_text_is_refused() {
    let app = App::new();
    for (path, fault) in [
        ("/v1/councils?county=%00", "county"), ("/v1/councils?county=%FF", "county"), ("/v1/councils?county=%ED%A0%80", "county"),
        ("/v1/councils?county=%zz", "county"), ("/v1/councils?county=%4", "county"), ("/v1/councils?%FF=1", "?"),
        ("/v1/councils/%00", "path"), ("/v1/councils/%FF", "path"), ("/v1/councils/%C0%AF", "path"), ("/%zz", "path"),
    ] {
        let answer = raw_get(&app, path.as_bytes(), b"");
        assert!(answer.starts_with("HTTP/1.1 400 "), "{path} {answer}");
        assert!(answer.contains("application/problem+json") && answer.contains("bad_encoding"), "{path} {answer}");
        assert!(answer.contains(&format!("\"parameter\":\"{fault}\"")), "{path} {answer}");
    }
    let bytes = raw_get(&app, b"/v1/councils?county=\xff\xfe", b"");
    assert!(bytes.starts_with("HTTP/1.1 400 "), "{bytes}");
}

#[tokio::test]
async fn headers_that_are_no_text_are_refused_or_left_aside() {
    let app = App::new();
    for (header, status) in [
        (b"If-None-Match: \xff\r\n".as_slice(), "200"), (b"X-Request-Id: a b\r\n", "200"), (b"traceparent: nonsense\r\n", "200"),
        (b"Accept: \xff\r\n", "200"), (b"Accept-Encoding: \xff\r\n", "200"), (b"If-None-Match: W/\r\n", "200"),
    ] {
        let answer = raw_get(&app, b"/v1/councils", header);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{header:?} {answer}");
    }
}

#[tokio::test]
async fn a_body_of_another_type_or_none_is_415() {
    let app = App::new();
    let officer = app.officer();
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "text/csv", "nonsense"] {
        let refused = post_bytes(&officer, "/v1/councils", media_type, "{}").await.expect(415);
        assert_eq!(refused.faults(), ["Content-Type unsupported_media_type"]);
    }
    let bare = officer.request(Method::POST, "/v1/councils").body("{}");
    officer.send(bare).await.expect(415);
    post_bytes(&officer, "/v1/councils", "Application/JSON; charset=utf-8", "{}").await.expect(422);
    let council = Made(officer.clone()).council(json!({})).await;
    let path = format!("/v1/councils/{}", id(&council));
    let merge = officer.request(Method::PATCH, &path).header("If-Match", "\"1\"").header("Content-Type", "application/merge-patch+json");
    officer.send(merge.body("{\"county\":\"East\"}")).await.expect(200);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413_however_it_is_sent() {
    let app = App::configured(&[("OUTTURN_MAX_BODY_BYTES", "1024")]);
    let officer = app.officer();
    let body = json!({ "code": "g", "name": "G", "notes": "x".repeat(2000) });
    assert_eq!(officer.post("/v1/groups", body.clone()).await.expect(413).code(), "body_too_large");
    let text = body.to_string();
    let chunks = format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len());
    let headers = b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let chunked = raw_request(&app, b"POST", b"/v1/groups", headers, chunks.as_bytes());
    assert!(chunked.starts_with("HTTP/1.1 413 ") && chunked.contains("body_too_large"), "{chunked}");
    assert_eq!(officer.all("/v1/groups").await.len(), 0);
}

#[tokio::test]
async fn a_wrong_method_is_405_with_the_methods_there_are() {
    let app = App::new();
    let world = World::new(Made(app.admin())).await;
    let admin = &world.made.0;
    let row = "0198c5b0-0000-7000-8000-000000000001";
    let mut paths = vec![("/openapi.json".to_owned(), "GET, HEAD, OPTIONS"), ("/health/live".into(), "GET, HEAD, OPTIONS")];
    for resource in RESOURCES {
        paths.push((resource.path.to_owned(), "GET, HEAD, OPTIONS, POST"));
        paths.push((format!("{}/{row}", resource.path), "DELETE, GET, HEAD, OPTIONS, PATCH"));
    }
    paths.extend(world.views().into_iter().map(|(_, path)| (path, "GET, HEAD, OPTIONS")));
    for (path, allowed) in paths {
        for method in ["PUT", "TRACE", "BREW"] {
            let refused = admin.send(admin.request(Method::from_bytes(method.as_bytes()).expect("a method"), &path)).await.expect(405);
            assert_eq!((refused.header("allow"), refused.code()), (allowed, "method_not_allowed"), "{method} {path}");
        }
        let options = admin.send(admin.request(Method::OPTIONS, &path)).await;
        assert_eq!((options.status, options.header("allow"), options.text.as_str()), (204, allowed, ""), "{path}");
    }
}

#[tokio::test]
async fn head_is_get_without_its_body() {
    let app = App::new();
    let world = World::new(Made(app.admin())).await;
    let admin = &world.made.0;
    let council = format!("/v1/councils/{}", id(&world.council));
    let views = world.views().into_iter().map(|(_, path)| path);
    for path in views.chain(["/v1/councils".to_owned(), council, "/openapi.json".into(), "/health/ready".into()]) {
        let get = admin.get(&path).await.expect(200);
        let head = admin.send(admin.request(Method::HEAD, &path)).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
        assert_eq!((head.header("etag"), head.header("content-type")), (get.header("etag"), get.header("content-type")), "{path}");
    }
    let refused = admin.send(admin.request(Method::HEAD, "/v1/councils?x=1")).await;
    assert_eq!((refused.status, refused.text.as_str()), (400, ""));
}

#[tokio::test]
async fn what_is_not_there_is_404_in_the_problem_format() {
    let app = App::new();
    let admin = app.admin();
    for path in ["/", "/v1", "/v1/", "/v2/councils", "/v1/councils/", "/v1/Councils", "//v1/councils", "/v1/frameworks/x/y/z", "/docs/../v1", "/.env"] {
        assert_eq!(admin.get(path).await.expect(404).code(), "not_found", "{path}");
    }
}

#[tokio::test]
async fn a_reference_that_leads_nowhere_is_named() {
    let app = App::new();
    let world = World::new(Made(app.admin())).await;
    let admin = &world.made.0;
    let nowhere = json!("0198c5b0-0000-7000-8000-000000000001");
    for (n, resource) in RESOURCES.iter().enumerate() {
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
            assert!(!faults.is_empty() && faults.iter().all(|fault| fault.ends_with(" unknown_reference")), "{} {name} {faults:?}", resource.path);
        }
    }
}
