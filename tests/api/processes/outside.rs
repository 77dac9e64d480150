//! An outside identity provider, as the program meets it: over TLS, and by several servers alike.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use nix::sys::signal::Signal;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use super::server::{Server, command, data_dir};
use crate::support::{AUDIENCE, App, Issuer, Person, TokenKey, claims, id};

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
async fn a_mapping_that_changes_or_goes_counts_on_every_server() {
    let (app, data, key) = (App::new(), data_dir(), TokenKey::rsa("k1"));
    let issuer = Issuer::new(&[&key]);
    let servers = [(); 2].map(|()| serve(data.path(), &app, &issuer.url, "/dev/null"));
    let admin = servers[0].person(data.path(), "admin");
    let body =
        json!({ "name": "Staff", "issuer": issuer.url, "claim": "roles", "value": "Staff", "role": "admin" });
    let mapping = admin.make("/v1/role-mappings", body).await;
    let token = key.sign(&issuer.claims(json!({ "roles": ["Staff"] })));
    let people = [0, 1].map(|n| Person::new(&servers[n].base, Some(token.clone())));
    let statuses =
        async || [people[0].get("/v1/accounts").await.status, people[1].get("/v1/accounts").await.status];
    assert_eq!(statuses().await, [200, 200]);
    let path = format!("/v1/role-mappings/{}", id(&mapping));
    admin.patch(&path, 1, json!({ "role": "reporter" })).await.expect(200);
    assert_eq!(statuses().await, [403, 403]);
    assert_eq!(people[1].read("/v1/me").await["role"], "reporter");
    admin.delete(&path, 2).await.expect(204);
    for person in &people {
        assert_eq!(person.get("/v1/me").await.expect(403).code(), "no_role");
    }
    for server in servers {
        let (_, _, log) = server.stop(Signal::SIGTERM);
        assert!(!log.contains(&token) && !log.contains("Nora"), "no token and no name is logged: {log}");
        assert!(log.contains("\"subject\":\"oidc:"), "{log}");
    }
}

/// Serves an issuer over TLS, with a certificate that it leaves at `certificate`; gives its address.
fn issuer_over_tls(certificate: &Path, key: &TokenKey) -> String {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    fs::write(certificate, cert.pem()).expect("written");
    let private = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], private);
    let config = Arc::new(config.expect("a configuration"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
    let discovery = json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }).to_string();
    let keys = json!({ "keys": [key.published()] }).to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(config.clone()).expect("a connection");
            let mut reader = BufReader::new(StreamOwned::new(connection, stream));
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|read| read > 0) {}
            let body = if head.contains(" /keys ") { &keys } else { &discovery };
            let length = body.len();
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
            let _ = reader.get_mut().write_all(head.as_bytes());
            reader.get_mut().conn.send_close_notify();
            let _ = reader.get_mut().flush();
        }
    });
    url
}

#[tokio::test]
async fn a_provider_is_known_by_its_certificate() {
    let (app, data, key) = (App::new(), data_dir(), TokenKey::rsa("k1"));
    let certificate = data.path().join("authority.pem");
    let url = issuer_over_tls(&certificate, &key);
    let token = key.sign(&claims(&url, json!({})));
    for (authorities, status, code) in [
        (certificate.to_str().expect("a path"), 403, "no_role"),
        ("/dev/null", 503, "identity_provider_unavailable"),
    ] {
        let server = serve(data.path(), &app, &url, authorities);
        let answer = Person::new(&server.base, Some(token.clone())).get("/v1/me").await.expect(status);
        assert_eq!(answer.code(), code);
        let (_, _, log) = server.stop(Signal::SIGTERM);
        assert_eq!(log.contains("invalid peer certificate"), status == 503, "{log}");
    }
}
