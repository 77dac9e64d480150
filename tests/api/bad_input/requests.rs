//! What a method, a path, a query and a header may not be.

use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::Method;
use serde_json::json;

use super::post_bytes;
use crate::support::{App, Made, World, as_read, every_resource, id};

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
    let token = app
        .tokens()
        .mint("raw", outturn::policy::Role::Admin, &[], std::time::Duration::from_secs(60))
        .expect("a token");
    let fixed = format!(" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n")
        .into_bytes();
    raw(app, &[method, b" ", path_and_query, &fixed, more, b"\r\n", body].concat())
}

fn raw_get(app: &App, path_and_query: &[u8], more: &[u8]) -> String {
    raw_request(app, b"GET", path_and_query, more, b"")
}

#[tokio::test]
async fn every_change_and_deletion_needs_a_version_and_a_fresh_one() {
    let app = App::new();
    let world = World::new(&app).await;
    let admin = &world.made.0;
    for (n, resource) in every_resource().enumerate() {
        let row = as_read(admin.make(resource.path, world.body(resource.one, &world.council, n).await).await);
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
        let nowhere = format!("{}/0198c5b0-0000-7000-8000-000000000001", resource.path);
        admin.get(&nowhere).await.expect(404);
        admin.patch(&nowhere, 1, json!({})).await.expect(404);
        admin.delete(&nowhere, 1).await.expect(404);
        for id in
            ["1", "0198c5b0000070008000000000000001", "%7B0198c5b0-0000-7000-8000-000000000001%7D", "%20"]
        {
            assert_eq!(
                admin.get(&format!("{}/{id}", resource.path)).await.expect(400).faults(),
                ["id bad_format"]
            );
        }
        let any = admin
            .request(Method::PATCH, &path)
            .header("If-Match", "\"7\", , \"1\",")
            .json(&resource.change(&row));
        admin.send(any).await.expect(200);
    }
}

#[tokio::test]
async fn every_operation_refuses_an_unknown_a_repeated_and_a_misspelt_parameter_together() {
    let app = App::new();
    let world = World::new(&app).await;
    let admin = &world.made.0;
    let lists = every_resource().map(|resource| resource.path.to_owned());
    for path in lists.chain(world.views().into_iter().map(|(_, path)| path)) {
        let joint = if path.contains('?') { '&' } else { '?' };
        let refused = admin.get(&format!("{path}{joint}no_such=1&No_such=2")).await.expect(400);
        assert_eq!(refused.faults(), ["no_such unknown_parameter", "No_such unknown_parameter"], "{path}");
    }
    let refused = admin
        .get("/v1/councils?limit=%2B5&limit=6&sort=colour&kind=parish&exists_on=2019-02-29&total=perhaps")
        .await
        .expect(400);
    let mut faults = refused.faults();
    faults.sort();
    assert_eq!(
        faults,
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
    assert_eq!(created.faults(), ["dry_run unknown_parameter"]);
}

#[tokio::test]
async fn a_path_or_a_query_that_is_no_text_is_refused() {
    let app = App::new();
    for (path, fault) in [
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
        let answer = raw_get(&app, path.as_bytes(), b"");
        assert!(answer.starts_with("HTTP/1.1 400 "), "{path} {answer}");
        assert!(
            answer.contains("application/problem+json") && answer.contains("bad_encoding"),
            "{path} {answer}"
        );
        assert!(answer.contains(&format!("\"parameter\":\"{fault}\"")), "{path} {answer}");
    }
    let bytes = raw_get(&app, b"/v1/councils?county=\xff\xfe", b"");
    assert!(bytes.starts_with("HTTP/1.1 400 "), "{bytes}");
}

#[tokio::test]
async fn headers_that_are_no_text_or_no_tags_are_refused() {
    let app = App::new();
    let long = format!("If-None-Match: \"{}\"\r\n", "a".repeat(1000));
    for (header, fault) in [
        (b"If-None-Match: \xff\r\n".as_slice(), "\"header\":\"if-none-match\",\"code\":\"bad_encoding\""),
        (b"X-Anything_1: \xc3\r\n", "\"header\":\"x-anything_1\",\"code\":\"bad_encoding\""),
        (b"If-None-Match: W/\r\n", "\"header\":\"If-None-Match\",\"code\":\"bad_format\""),
        (b"If-Match: \"3\r\n", "\"header\":\"If-Match\",\"code\":\"bad_format\""),
        (long.as_bytes(), "\"header\":\"If-None-Match\",\"code\":\"too_long\""),
    ] {
        let answer = raw_get(&app, b"/v1/councils", header);
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains(fault), "{header:?} {answer}");
    }
    for header in ["X-Request-Id: a b", "traceparent: nonsense", "Accept: nonsense", "User-Agent: caf\u{e9}"]
    {
        let answer = raw_get(&app, b"/v1/councils", format!("{header}\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 200 "), "{header:?} {answer}");
    }
    let officer = app.officer();
    let both = officer.request(Method::GET, "/v1/councils?colour=red").header("If-None-Match", "3");
    let refused = officer.send(both).await.expect(400);
    assert_eq!(refused.faults(), ["If-None-Match bad_format", "colour unknown_parameter"]);
}

#[tokio::test]
async fn a_body_of_another_type_or_none_is_415() {
    let app = App::new();
    let officer = app.officer();
    for media_type in
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "text/csv", "nonsense"]
    {
        let refused = post_bytes(&officer, "/v1/councils", media_type, "{}").await.expect(415);
        assert_eq!(refused.faults(), ["Content-Type unsupported_media_type"]);
    }
    let bare = officer.request(Method::POST, "/v1/councils").body("{}");
    officer.send(bare).await.expect(415);
    post_bytes(&officer, "/v1/councils", "Application/JSON; charset=utf-8", "{}").await.expect(422);
    let council = Made(officer.clone()).council(json!({})).await;
    let path = format!("/v1/councils/{}", id(&council));
    let merge = officer
        .request(Method::PATCH, &path)
        .header("If-Match", "\"1\"")
        .header("Content-Type", "application/merge-patch+json");
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
    let world = World::new(&app).await;
    let admin = &world.made.0;
    let row = "0198c5b0-0000-7000-8000-000000000001";
    let mut paths = vec![
        ("/openapi.json".to_owned(), "GET, HEAD, OPTIONS"),
        ("/health/live".into(), "GET, HEAD, OPTIONS"),
    ];
    for resource in every_resource() {
        paths.push((resource.path.to_owned(), "GET, HEAD, OPTIONS, POST"));
        paths.push((format!("{}/{row}", resource.path), "DELETE, GET, HEAD, OPTIONS, PATCH"));
    }
    paths.extend(world.views().into_iter().map(|(_, path)| (path, "GET, HEAD, OPTIONS")));
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
async fn head_is_get_without_its_body() {
    let app = App::new();
    let world = World::new(&app).await;
    let admin = &world.made.0;
    let council = format!("/v1/councils/{}", id(&world.council));
    let views = world.views().into_iter().map(|(_, path)| path);
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
async fn what_is_not_there_is_404_in_the_problem_format() {
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
