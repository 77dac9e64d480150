//! External identity providers, over TLS and with several servers.

use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::json;

use super::server::{Server, command, data_dir};
use super::tls_server::serve_over_tls;
use crate::support::{AUDIENCE, App, Caller, Issuer, TokenKey, claims, id};

fn serve(data: &Path, app: &App, issuer: &str, authorities: &str) -> Server {
    let mut serve = command(data, &["serve"]);
    serve
        .env("DATABASE_URL", app.url())
        .env("OUTTURN_OIDC_ISSUERS", issuer)
        .env("OUTTURN_OIDC_AUDIENCE", AUDIENCE)
        .env("SSL_CERT_FILE", authorities);
    Server::launch(serve)
}

#[tokio::test]
async fn a_changed_or_deleted_role_mapping_applies_on_every_server() {
    let (app, data, key) = (App::new(), data_dir(), TokenKey::rsa("k1"));
    let issuer = Issuer::new(&[&key]);
    let servers = [(); 2].map(|()| serve(data.path(), &app, &issuer.url, "/dev/null"));
    let admin = servers[0].caller(data.path(), "admin");
    let body =
        json!({ "name": "Staff", "issuer": issuer.url, "claim": "roles", "value": "Staff", "role": "admin" });
    let mapping = admin.create("/v1/role-mappings", body).await;
    let token = key.sign(&issuer.claims(json!({ "roles": ["Staff"] })));
    let people = [0, 1].map(|n| Caller::new(&servers[n].base, Some(token.clone())));
    let statuses =
        async || [people[0].get("/v1/accounts").await.status, people[1].get("/v1/accounts").await.status];
    assert_eq!(statuses().await, [200, 200]);
    let path = format!("/v1/role-mappings/{}", id(&mapping));
    admin.patch(&path, 1, json!({ "role": "reporter" })).await.expect(200);
    assert_eq!(statuses().await, [403, 403]);
    assert_eq!(people[1].read("/v1/me").await["role"], "reporter");
    admin.delete(&path, 2).await.expect(204);
    for caller in &people {
        assert_eq!(caller.get("/v1/me").await.expect(403).code(), "no_role");
    }
    for server in servers {
        let (_, _, log) = server.stop(Signal::SIGTERM);
        assert!(
            !log.contains(&token) && !log.contains("Nora"),
            "the log contains no token and no name: {log}"
        );
        assert!(log.contains("\"caller\":\"oidc:"), "{log}");
    }
}

/// Serves an issuer over TLS, writes its certificate to `certificate` and returns its URL.
fn issuer_over_tls(certificate: &Path, key: &TokenKey) -> String {
    let keys = json!({ "keys": [key.published()] }).to_string();
    serve_over_tls(certificate, move |url, head, _| match head.contains(" /keys ") {
        true => keys.clone(),
        false => json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }).to_string(),
    })
}

#[tokio::test]
async fn the_certificate_of_an_identity_provider_is_verified() {
    let (app, data, key) = (App::new(), data_dir(), TokenKey::rsa("k1"));
    let certificate = data.path().join("authority.pem");
    let url = issuer_over_tls(&certificate, &key);
    let token = key.sign(&claims(&url, json!({})));
    for (authorities, status, code) in [
        (certificate.to_str().expect("a path"), 403, "no_role"),
        ("/dev/null", 503, "identity_provider_unavailable"),
    ] {
        let server = serve(data.path(), &app, &url, authorities);
        let response = Caller::new(&server.base, Some(token.clone())).get("/v1/me").await.expect(status);
        assert_eq!(response.code(), code);
        let (_, _, log) = server.stop(Signal::SIGTERM);
        assert_eq!(log.contains("invalid peer certificate"), status == 503, "{log}");
    }
}
