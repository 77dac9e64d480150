//! By default, a public address serves neither `/metrics` nor the details of `/health/ready`.

use serde_json::json;

use super::server::{Server, command, data_dir, failure};
use crate::support::{App, Caller};

/// Starts a server on the app's database with environment variables.
fn serve(data: &std::path::Path, app: &App, variables: &[(&str, &str)]) -> Server {
    let mut serve = command(data, &["serve"]);
    serve.env("DATABASE_URL", app.url()).envs(variables.iter().copied());
    Server::launch(serve)
}

/// Returns an unauthenticated client of the admin address in the log.
fn admin(server: &Server) -> Caller {
    let log = server.log_line("admin endpoints are served");
    let address = log["address"].as_str().unwrap_or_else(|| panic!("no address in {log}"));
    Caller::new(&format!("http://{address}"), None)
}

#[tokio::test]
async fn a_public_address_serves_no_metrics_and_no_readiness_details() {
    let (app, data) = (App::new(), data_dir());
    let server = serve(data.path(), &app, &[("OUTTURN_BIND", "0.0.0.0:0")]);
    let anonymous = Caller::new(&server.base, None);
    assert_eq!(anonymous.get("/metrics").await.expect(404).code(), "not_found");
    assert_eq!(anonymous.read("/health/live").await, json!({ "status": "live" }));
    assert_eq!(anonymous.read("/health/ready").await, json!({ "status": "ready" }));
    assert!(server.log_line("admin endpoints are off")["api_address"].is_string());
    app.refuse_connections();
    let unavailable = anonymous.get("/health/ready").await.expect(503);
    assert_eq!(
        (unavailable.code(), &unavailable.body["detail"]),
        ("not_ready", &json!("The server is not ready."))
    );
    assert_eq!(unavailable.header("retry-after"), "2");
    app.accept_connections();
    anonymous.get("/health/ready").await.expect(200);
}

#[tokio::test]
async fn a_separate_admin_address_serves_only_the_admin_endpoints() {
    let (app, data) = (App::new(), data_dir());
    for bind in ["0.0.0.0:0", "127.0.0.1:0"] {
        let server =
            serve(data.path(), &app, &[("OUTTURN_BIND", bind), ("OUTTURN_ADMIN_BIND", "127.0.0.1:0")]);
        let (anonymous, admin) = (Caller::new(&server.base, None), admin(&server));
        anonymous.get("/v1/councils").await.expect(401);
        anonymous.get("/metrics").await.expect(404);
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
        app.refuse_connections();
        assert_eq!(admin.get("/health/ready").await.expect(503).code(), "database_unavailable");
        assert_eq!(anonymous.get("/health/ready").await.expect(503).code(), "not_ready");
        app.accept_connections();
        assert_eq!(server.stop(nix::sys::signal::Signal::SIGTERM).0, 0, "both listeners stop");
    }
}

#[tokio::test]
async fn a_loopback_address_serves_the_admin_endpoints_by_default() {
    let (app, data) = (App::new(), data_dir());
    let server = serve(data.path(), &app, &[]);
    let anonymous = Caller::new(&server.base, None);
    anonymous.get("/metrics").await.expect(200);
    app.refuse_connections();
    assert_eq!(anonymous.get("/health/ready").await.expect(503).code(), "database_unavailable");
    app.accept_connections();
}

#[test]
fn an_admin_address_in_use_is_named_in_the_startup_error() {
    let (app, data) = (App::new(), data_dir());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("DATABASE_URL", app.url()).env("OUTTURN_ADMIN_BIND", &address).env("OUTTURN_LOG", "error");
    let error = failure(&super::server::ended(&mut serve));
    assert!(error.contains(&format!("cannot listen on {address}")), "{error}");
}
