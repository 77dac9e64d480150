//! The admin endpoints: `/metrics` and the details of `/health/ready` are not served on a public address by default.

use serde_json::json;

use super::server::{Server, command, data_dir, failure};
use crate::support::{App, Person};

/// A server over the app's database, with these variables.
fn serve(data: &std::path::Path, app: &App, variables: &[(&str, &str)]) -> Server {
    let mut serve = command(data, &["serve"]);
    serve.env("DATABASE_URL", app.url()).envs(variables.iter().copied());
    Server::launch(serve)
}

/// A stranger who asks on the address that the log names.
fn admin(server: &Server) -> Person {
    let log = server.log_line("admin endpoints listen");
    let address = log["address"].as_str().unwrap_or_else(|| panic!("no address in {log}"));
    Person::new(&format!("http://{address}"), None)
}

#[tokio::test]
async fn a_public_address_serves_no_metrics_and_no_details() {
    let (app, data) = (App::new(), data_dir());
    let server = serve(data.path(), &app, &[("OUTTURN_BIND", "0.0.0.0:0")]);
    let stranger = Person::new(&server.base, None);
    assert_eq!(stranger.get("/metrics").await.expect(404).code(), "not_found");
    assert_eq!(stranger.read("/health/live").await, json!({ "status": "live" }));
    assert_eq!(stranger.read("/health/ready").await, json!({ "status": "ready" }));
    assert!(server.log_line("admin endpoints are off")["bind"].is_string());
    app.shut_out();
    let away = stranger.get("/health/ready").await.expect(503);
    assert_eq!((away.code(), &away.body["detail"]), ("not_ready", &json!("The server is not ready.")));
    assert_eq!(away.header("retry-after"), "2");
    app.let_in();
    stranger.get("/health/ready").await.expect(200);
}

#[tokio::test]
async fn a_separate_address_serves_the_admin_endpoints_and_nothing_else() {
    let (app, data) = (App::new(), data_dir());
    for bind in ["0.0.0.0:0", "127.0.0.1:0"] {
        let server =
            serve(data.path(), &app, &[("OUTTURN_BIND", bind), ("OUTTURN_ADMIN_BIND", "127.0.0.1:0")]);
        let (stranger, admin) = (Person::new(&server.base, None), admin(&server));
        stranger.get("/v1/councils").await.expect(401);
        stranger.get("/metrics").await.expect(404);
        for path in ["/v1/councils", "/docs/", "/openapi.json", "/.well-known/jwks.json"] {
            admin.get(path).await.expect(404);
        }
        let metrics = admin.get("/metrics").await.expect(200).text;
        assert!(
            metrics.contains("http_requests_total{operation=\"listCouncils\",status=\"401\"}"),
            "{metrics}"
        );
        assert!(metrics.contains("db_connections"), "{metrics}");
        assert_eq!(admin.read("/health/live").await, json!({ "status": "live" }));
        assert_eq!(admin.read("/health/ready").await["status"], "ready");
        app.shut_out();
        assert_eq!(admin.get("/health/ready").await.expect(503).code(), "database_unavailable");
        assert_eq!(stranger.get("/health/ready").await.expect(503).code(), "not_ready");
        app.let_in();
        assert_eq!(server.stop(nix::sys::signal::Signal::SIGTERM).0, 0, "both listeners stop");
    }
}

#[tokio::test]
async fn a_loopback_address_serves_everything_by_default() {
    let (app, data) = (App::new(), data_dir());
    let server = serve(data.path(), &app, &[]);
    let stranger = Person::new(&server.base, None);
    stranger.get("/metrics").await.expect(200);
    app.shut_out();
    assert_eq!(stranger.get("/health/ready").await.expect(503).code(), "database_unavailable");
    app.let_in();
}

#[test]
fn an_admin_address_that_is_taken_is_named() {
    let (app, data) = (App::new(), data_dir());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("DATABASE_URL", app.url()).env("OUTTURN_ADMIN_BIND", &address).env("OUTTURN_LOG", "error");
    let said = failure(&super::server::ended(&mut serve));
    assert!(said.contains(&format!("cannot listen on {address}")), "{said}");
}
