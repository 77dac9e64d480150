//! The memory use of sign-ins.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use nix::unistd::Pid;
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::server::{Server, command, data_dir};
use crate::sessions::{PASSWORD, user};
use crate::support::{App, Caller};

const MIB: u64 = 1024 * 1024;

/// The size of a buffer for a password hash, in bytes. The server has two.
const BUFFER_BYTES: u64 = 19 * MIB;

/// The number of sign-ins, unless the environment variable `SIGN_INS` sets another.
const SIGN_INS: u64 = 320;
const CONCURRENT: usize = 16;

/// Returns the resident memory of a process in bytes.
fn resident_bytes(pid: Pid) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib * 1024
}

/// Watches the resident memory of a process until `stop` is set, and returns the peak.
fn watch_memory(pid: Pid, stop: Arc<AtomicBool>) -> std::thread::JoinHandle<u64> {
    let largest = AtomicU64::new(0);
    std::thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            largest.fetch_max(resident_bytes(pid), Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(5));
        }
        largest.into_inner()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_reuse_a_fixed_number_of_buffers() {
    let (app, data) = (App::new(), data_dir());
    let mut serve = command(data.path(), &["serve"]);
    serve.env("DATABASE_URL", app.url()).env("OUTTURN_RATE_LOGIN", "1000000/1s");
    serve.env("OUTTURN_TRUSTED_PROXIES", "127.0.0.1");
    let server = Server::launch(serve);
    let admin = server.caller(data.path(), "admin");
    user(&admin).await;
    let client =
        admin.create("/v1/accounts", json!({ "kind": "client", "name": "crm", "role": "officer" })).await;
    let anonymous = Caller::new(&server.base, None);
    let sign_in = |n: u64, request: RequestBuilder| {
        // Each sign-in has its own address, because wrong passwords delay an address.
        let from = format!("198.51.{}.{}", n / 200, n % 200);
        let request = request.header("X-Forwarded-For", from);
        async move { request.send().await.expect("a response").status().as_u16() }
    };
    let by_password = |password: &str| {
        let body = json!({ "email": "olive@example.org", "password": password });
        anonymous.request(Method::POST, "/v1/auth/sessions").json(&body)
    };
    let by_secret = |secret: &str| {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client["id"].as_str().expect("an id")),
            ("client_secret", secret),
        ];
        anonymous.request(Method::POST, "/v1/auth/token").form(&form)
    };
    let secret = client["secret"].as_str().expect("a secret");
    // The creation of the accounts has allocated at least one buffer.
    let idle = resident_bytes(server.pid());
    let stop = Arc::new(AtomicBool::new(false));
    let peak = watch_memory(server.pid(), stop.clone());
    let count = std::env::var("SIGN_INS").ok().and_then(|count| count.parse().ok()).unwrap_or(SIGN_INS);
    let attempts = stream::iter(0..count).map(|n| match n % 4 {
        0 => (201, sign_in(n, by_password(PASSWORD))),
        1 => (401, sign_in(n, by_password("a long phrase of his"))),
        2 => (200, sign_in(n, by_secret(secret))),
        _ => (401, sign_in(n, by_secret("another secret"))),
    });
    let results = attempts.map(async |(expected, response)| (expected, response.await));
    let responses: Vec<(u16, u16)> = results.buffer_unordered(CONCURRENT).collect().await;
    stop.store(true, Ordering::Relaxed);
    let (peak, after) = (peak.join().expect("a watch"), resident_bytes(server.pid()));
    assert!(responses.iter().all(|(expected, status)| expected == status), "{responses:?}");
    println!("{count} sign-ins: idle {}, peak {}, after {} MiB", idle / MIB, peak / MIB, after / MIB);
    assert!(after <= idle + BUFFER_BYTES + 32 * MIB, "idle {idle}, after {after}");
    assert!(peak <= idle + BUFFER_BYTES + 32 * MIB, "idle {idle}, peak {peak}");
}
