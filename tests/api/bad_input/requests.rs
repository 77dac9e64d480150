//! Validation of methods, paths, query parameters and headers.

use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::Method;
use serde_json::json;

use super::post_bytes;
use crate::support::{App, Fixtures, ResourceFixtures, all_resources, id, without_secret};

/// Sends bytes that an HTTP client would reject over a TCP connection. Returns the response.
fn send_bytes(app: &App, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).expect("a connection");
    stream.write_all(bytes).expect("send the request");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).expect("a response");
    String::from_utf8(response).expect("UTF-8")
}

/// Sends a request by an admin. `headers` contains further header lines, each with its line break.
fn raw_request(app: &App, method: &[u8], path_and_query: &[u8], headers: &[u8], body: &[u8]) -> String {
    let token = app
        .tokens()
        .mint("raw", outturn::access::Role::Admin, &[], std::time::Duration::from_secs(60))
        .expect("a token");
    let fixed = format!(" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n")
        .into_bytes();
    send_bytes(app, &[method, b" ", path_and_query, &fixed, headers, b"\r\n", body].concat())
}

fn raw_get(app: &App, path_and_query: &[u8], headers: &[u8]) -> String {
    raw_request(app, b"GET", path_and_query, headers, b"")
}

#[tokio::test]
async fn updates_and_deletes_require_the_current_version_in_if_match() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let admin = &resources.fixtures.0;
    for (n, resource) in all_resources().enumerate() {
        let row = without_secret(
            admin.create(resource.path, resources.body(resource.one, &resources.council, n).await).await,
        );
        let path = format!("{}/{}", resource.path, id(&row));
        for method in [Method::PATCH, Method::DELETE] {
            for (if_match, status) in [
                (None, 428),
                (Some("\"2\""), 412),
                (Some("W/\"1\""), 412),
                (Some("*"), 428),
                (Some("1"), 400),
                (Some("\"x\""), 412),
                (Some("\"99999999999999999999\""), 412),
                (Some("\"01\""), 412),
                (Some("\"+1\""), 412),
                (Some(""), 400),
                (Some(", ,"), 400),
            ] {
                let request = admin.request(method.clone(), &path).json(&resource.change(&row));
                let request =
                    if_match.into_iter().fold(request, |request, value| request.header("If-Match", value));
                assert_eq!(admin.send(request).await.expect(status).status, status, "{path} {if_match:?}");
            }
        }
        assert_eq!(admin.read(&path).await, row);
        let unknown = format!("{}/0198c5b0-0000-7000-8000-000000000001", resource.path);
        admin.get(&unknown).await.expect(404);
        admin.patch(&unknown, 1, json!({})).await.expect(404);
        admin.delete(&unknown, 1).await.expect(404);
        for id in
            ["1", "0198c5b0000070008000000000000001", "%7B0198c5b0-0000-7000-8000-000000000001%7D", "%20"]
        {
            assert_eq!(
                admin.get(&format!("{}/{id}", resource.path)).await.expect(400).field_errors(),
                ["id bad_format"]
            );
        }
        let several_tags = admin
            .request(Method::PATCH, &path)
            .header("If-Match", "\"7\", , \"1\",")
            .json(&resource.change(&row));
        admin.send(several_tags).await.expect(200);
    }
}

#[tokio::test]
async fn unknown_repeated_and_invalid_parameters_are_rejected_together() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let admin = &resources.fixtures.0;
    let lists = all_resources().map(|resource| resource.path.to_owned());
    for path in lists.chain(resources.views().into_iter().map(|(_, path)| path)) {
        let separator = if path.contains('?') { '&' } else { '?' };
        let refused = admin.get(&format!("{path}{separator}no_such=1&No_such=2")).await.expect(400);
        assert_eq!(
            refused.field_errors(),
            ["no_such unknown_parameter", "No_such unknown_parameter"],
            "{path}"
        );
    }
    let refused = admin
        .get("/v1/councils?limit=%2B5&limit=6&sort=colour&kind=parish&exists_on=2019-02-29&total=perhaps")
        .await
        .expect(400);
    let mut field_errors = refused.field_errors();
    field_errors.sort();
    assert_eq!(
        field_errors,
        [
            "exists_on bad_format",
            "kind unknown_value",
            "limit duplicate",
            "limit wrong_type",
            "sort unknown_value",
            "total wrong_type"
        ]
    );
    let created = admin.post("/v1/councils?dry_run=true", json!({})).await.expect(400);
    assert_eq!(created.field_errors(), ["dry_run unknown_parameter"]);
}

#[tokio::test]
async fn paths_and_queries_with_invalid_encoding_are_rejected() {
    let app = App::new();
    for (path, field_error) in [
        ("/v1/councils?county=%00", "county"),
        ("/v1/councils?county=%FF", "county"),
        ("/v1/councils?county=%ED%A0%80", "county"),
        ("/v1/councils?county=%zz", "county"),
        ("/v1/councils?county=%4", "county"),
        ("/v1/councils?%FF=1", "?"),
        ("/v1/councils/%00", "path"),
        ("/v1/councils/%FF", "path"),
        ("/v1/councils/%C0%AF", "path"),
        ("/%zz", "path"),
    ] {
        let response = raw_get(&app, path.as_bytes(), b"");
        assert!(response.starts_with("HTTP/1.1 400 "), "{path} {response}");
        assert!(
            response.contains("application/problem+json") && response.contains("bad_encoding"),
            "{path} {response}"
        );
        assert!(response.contains(&format!("\"parameter\":\"{field_error}\"")), "{path} {response}");
    }
    let response = raw_get(&app, b"/v1/councils?county=\xff\xfe", b"");
    assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
}

#[tokio::test]
async fn headers_with_invalid_encoding_or_malformed_entity_tags_are_rejected() {
    let app = App::new();
    let long = format!("If-None-Match: \"{}\"\r\n", "a".repeat(1000));
    for (header, field_error) in [
        (b"If-None-Match: \xff\r\n".as_slice(), "\"header\":\"if-none-match\",\"code\":\"bad_encoding\""),
        (b"X-Anything_1: \xc3\r\n", "\"header\":\"x-anything_1\",\"code\":\"bad_encoding\""),
        (b"If-None-Match: W/\r\n", "\"header\":\"If-None-Match\",\"code\":\"bad_format\""),
        (b"If-Match: \"3\r\n", "\"header\":\"If-Match\",\"code\":\"bad_format\""),
        (long.as_bytes(), "\"header\":\"If-None-Match\",\"code\":\"too_long\""),
    ] {
        let response = raw_get(&app, b"/v1/councils", header);
        assert!(
            response.starts_with("HTTP/1.1 400 ") && response.contains(field_error),
            "{header:?} {response}"
        );
    }
    for header in ["X-Request-Id: a b", "traceparent: nonsense", "Accept: nonsense", "User-Agent: caf\u{e9}"]
    {
        let response = raw_get(&app, b"/v1/councils", format!("{header}\r\n").as_bytes());
        assert!(response.starts_with("HTTP/1.1 200 "), "{header:?} {response}");
    }
    let officer = app.officer();
    let two_errors = officer.request(Method::GET, "/v1/councils?colour=red").header("If-None-Match", "3");
    let refused = officer.send(two_errors).await.expect(400);
    assert_eq!(refused.field_errors(), ["If-None-Match bad_format", "colour unknown_parameter"]);
}

#[tokio::test]
async fn a_body_with_an_unsupported_or_missing_media_type_is_415() {
    let app = App::new();
    let officer = app.officer();
    for media_type in
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "text/csv", "nonsense"]
    {
        let refused = post_bytes(&officer, "/v1/councils", media_type, "{}").await.expect(415);
        assert_eq!(refused.field_errors(), ["Content-Type unsupported_media_type"]);
    }
    let untyped = officer.request(Method::POST, "/v1/councils").body("{}");
    officer.send(untyped).await.expect(415);
    post_bytes(&officer, "/v1/councils", "Application/JSON; charset=utf-8", "{}").await.expect(422);
    let council = Fixtures(officer.clone()).council(json!({})).await;
    let path = format!("/v1/councils/{}", id(&council));
    let merge_patch = officer
        .request(Method::PATCH, &path)
        .header("If-Match", "\"1\"")
        .header("Content-Type", "application/merge-patch+json");
    officer.send(merge_patch.body("{\"county\":\"East\"}")).await.expect(200);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413_with_and_without_chunked_encoding() {
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
async fn an_unsupported_method_is_405_with_the_allow_header() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let admin = &resources.fixtures.0;
    let row = "0198c5b0-0000-7000-8000-000000000001";
    let mut paths = vec![
        ("/openapi.json".to_owned(), "GET, HEAD, OPTIONS"),
        ("/health/live".into(), "GET, HEAD, OPTIONS"),
    ];
    for resource in all_resources() {
        paths.push((resource.path.to_owned(), "GET, HEAD, OPTIONS, POST"));
        paths.push((format!("{}/{row}", resource.path), "DELETE, GET, HEAD, OPTIONS, PATCH"));
    }
    paths.extend(resources.views().into_iter().map(|(_, path)| (path, "GET, HEAD, OPTIONS")));
    for (path, allowed) in paths {
        for method in ["PUT", "TRACE", "BREW"] {
            let refused = admin
                .send(admin.request(Method::from_bytes(method.as_bytes()).expect("a method"), &path))
                .await
                .expect(405);
            assert_eq!(
                (refused.header("allow"), refused.code()),
                (allowed, "method_not_allowed"),
                "{method} {path}"
            );
        }
        let options = admin.send(admin.request(Method::OPTIONS, &path)).await;
        assert_eq!(
            (options.status, options.header("allow"), options.text.as_str()),
            (204, allowed, ""),
            "{path}"
        );
    }
}

#[tokio::test]
async fn head_returns_the_headers_of_get_without_a_body() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let admin = &resources.fixtures.0;
    let council = format!("/v1/councils/{}", id(&resources.council));
    let views = resources.views().into_iter().map(|(_, path)| path);
    for path in
        views.chain(["/v1/councils".to_owned(), council, "/openapi.json".into(), "/health/ready".into()])
    {
        let get = admin.get(&path).await.expect(200);
        let head = admin.send(admin.request(Method::HEAD, &path)).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
        assert_eq!(
            (head.header("etag"), head.header("content-type")),
            (get.header("etag"), get.header("content-type")),
            "{path}"
        );
    }
    let refused = admin.send(admin.request(Method::HEAD, "/v1/councils?x=1")).await;
    assert_eq!((refused.status, refused.text.as_str()), (400, ""));
}

#[tokio::test]
async fn an_unknown_path_is_a_404_problem() {
    let app = App::new();
    let admin = app.admin();
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v2/councils",
        "/v1/councils/",
        "/v1/Councils",
        "//v1/councils",
        "/v1/frameworks/x/y/z",
        "/docs/../v1",
        "/.env",
    ] {
        assert_eq!(admin.get(path).await.expect(404).code(), "not_found", "{path}");
    }
}
