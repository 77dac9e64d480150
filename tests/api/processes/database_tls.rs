//! TLS to a remote database server.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use nix::unistd::{Uid, User};
use outturn::db::embedded::{Cluster, Options};
use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::server::{command, data_dir, failure};

/// Writes a certificate for localhost and its key to `dir`. PostgreSQL's user can read the key.
fn write_certificate(dir: &Path) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    fs::write(dir.join("server.crt"), cert.pem()).expect("the file is written");
    let key = dir.join("server.key");
    fs::write(&key, signing_key.serialize_pem()).expect("the file is written");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("permissions");
    if Uid::effective().is_root() {
        let user = User::from_name("postgres").expect("users").expect("a user");
        chown(&key, Some(user.uid.as_raw()), Some(user.gid.as_raw())).expect("an owner");
    }
}

#[test]
fn the_certificate_of_a_remote_database_is_verified() {
    let (remote, local) = (data_dir(), data_dir());
    write_certificate(remote.path());
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let file = |name: &str| remote.path().join(name).display().to_string();
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", file("server.crt")),
        format!("ssl_key_file={}", file("server.key")),
    ];
    let options = Options {
        dir: remote.path().to_owned(),
        programs: std::env::var_os("PG_BINDIR").map(Into::into),
        settings: settings.to_vec(),
    };
    let _cluster = Cluster::start(&options).expect("a PostgreSQL");
    let migrate = |url: &str, authorities: &str| {
        let mut migrate = command(local.path(), &["migrate"]);
        migrate.env("DATABASE_URL", url).env("SSL_CERT_FILE", authorities);
        migrate.output().expect("the command runs")
    };
    let url = |host: &str| format!("postgres://postgres@{host}:{port}/postgres?sslmode=require");
    let trusted = migrate(&url("localhost"), &file("server.crt"));
    assert!(trusted.status.success(), "{}", String::from_utf8_lossy(&trusted.stderr));
    let untrusted = failure(&migrate(&url("localhost"), "/dev/null"));
    assert!(untrusted.contains("the database cannot be reached"), "{untrusted}");
    let wrong_name = failure(&migrate(&url("127.0.0.1"), &file("server.crt")));
    assert!(wrong_name.contains("certificate"), "the certificate is for another name: {wrong_name}");
}
