//! A database server elsewhere is spoken to over TLS, and known by its certificate.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use nix::unistd::{Uid, User};
use outturn::db::embedded::{Cluster, Options};
use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::server::{command, data_dir, failure};

/// A certificate for localhost in `dir`, and its key, readable by the user who runs PostgreSQL.
fn certify(dir: &Path) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    fs::write(dir.join("server.crt"), cert.pem()).expect("written");
    let key = dir.join("server.key");
    fs::write(&key, signing_key.serialize_pem()).expect("written");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("permissions");
    if Uid::effective().is_root() {
        let user = User::from_name("postgres").expect("users").expect("a user");
        chown(&key, Some(user.uid.as_raw()), Some(user.gid.as_raw())).expect("an owner");
    }
}

#[test]
fn a_server_elsewhere_is_known_by_its_certificate() {
    let (there, here) = (data_dir(), data_dir());
    certify(there.path());
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let file = |name: &str| there.path().join(name).display().to_string();
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", file("server.crt")),
        format!("ssl_key_file={}", file("server.key")),
    ];
    let options = Options { dir: there.path().to_owned(), settings: settings.to_vec() };
    let _cluster = Cluster::start(&options).expect("a PostgreSQL");
    let migrate = |url: &str, authorities: &str| {
        let mut migrate = command(here.path(), &["migrate"]);
        migrate.env("DATABASE_URL", url).env("SSL_CERT_FILE", authorities);
        migrate.output().expect("it runs")
    };
    let url = |host: &str| format!("postgres://postgres@{host}:{port}/postgres?sslmode=require");
    let known = migrate(&url("localhost"), &file("server.crt"));
    assert!(known.status.success(), "{}", String::from_utf8_lossy(&known.stderr));
    let unknown = failure(&migrate(&url("localhost"), "/dev/null"));
    assert!(unknown.contains("the database cannot be reached"), "{unknown}");
    let another = failure(&migrate(&url("127.0.0.1"), &file("server.crt")));
    assert!(another.contains("certificate"), "the name is not the certificate's: {another}");
}
