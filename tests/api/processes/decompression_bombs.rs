//! Decompression bombs: the server refuses them, uses little memory and serves other requests
//! meanwhile.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::{GzEncoder, ZlibEncoder};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::server::{Server, command, data_dir};
use crate::support::{ApiResponse, Caller};

/// The decoded size of a bomb in bytes; all are zero.
const DECODED_BYTES: usize = 64 << 20;

/// 64 MiB of zeros as brotli, in hexadecimal digits.
const BROTLI: &str = "cbffff3ff82700e2b14020f7fe8fffff7ff04f00c4611180eefd1fffffffe09f0088c30200ddfb3ffeffffc13f011087\
    0500baf77ffcffff837f02200e0b0074effff8ffff07ff04401c1600e8defff1ffff0ffe0980382c00d0bdffe3ffff1f\
    fc1300715800a07bff37";

/// Concurrent requests for each endpoint and coding.
const CONCURRENT: usize = 20;
const MAX_MEMORY_GROWTH_KIB: u64 = 32 << 10;

/// Returns each coding with a bomb in that coding.
fn bombs_by_coding() -> [(&'static str, Vec<u8>); 3] {
    let chunk = vec![0; 1 << 20];
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..DECODED_BYTES / chunk.len() {
        gzip.write_all(&chunk).expect("the chunk is compressed");
        zlib.write_all(&chunk).expect("the chunk is compressed");
    }
    let byte =
        |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).expect("digits"), 16).expect("a byte");
    let brotli = BROTLI.as_bytes().chunks(2).map(byte).collect();
    [
        ("br", brotli),
        ("gzip", gzip.finish().expect("a stream")),
        ("deflate", zlib.finish().expect("a stream")),
    ]
}

async fn send(caller: &Caller, (path, media_type): (&str, &str), coding: &str, body: &[u8]) -> ApiResponse {
    let request = caller.request(Method::POST, path).header("Content-Type", media_type);
    let request = request.header("Idempotency-Key", uuid::Uuid::now_v7().to_string());
    caller.send(request.header("Content-Encoding", coding).body(body.to_vec())).await
}

/// Returns the processor time of a process or thread, by its directory in `/proc`.
fn processor_time(dir: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("{dir}/stat")).expect("a process");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    // The ticks in user mode and in the kernel, in hundredths of a second.
    let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(10 * ticks)
}

/// Returns the processor time that it takes to decode a bomb.
fn decoding_time() -> Duration {
    const REPETITIONS: u32 = 20;
    let (_, gzip) = &bombs_by_coding()[1];
    let before = processor_time("/proc/thread-self");
    // The kernel counts processor time in hundredths of a second, which is about the time of one.
    for _ in 0..REPETITIONS {
        let decoded = std::io::copy(&mut GzDecoder::new(gzip.as_slice()), &mut std::io::sink());
        assert_eq!(decoded.expect("a stream"), DECODED_BYTES as u64);
    }
    (processor_time("/proc/thread-self") - before) / REPETITIONS
}

/// Requests `/health/live` five times and returns the longest latency.
async fn longest_latency(anonymous: &Caller) -> Duration {
    let mut longest = Duration::ZERO;
    for _ in 0..5 {
        let began = Instant::now();
        assert_eq!(anonymous.get("/health/live").await.status, 200);
        longest = longest.max(began.elapsed());
    }
    longest
}

#[tokio::test(flavor = "multi_thread")]
async fn decompression_bombs_use_little_memory_and_do_not_delay_other_requests() {
    let data = data_dir();
    let mut serve = command(data.path(), &["serve"]);
    for bucket in ["LOGIN", "BULK", "REST"] {
        serve.env(format!("OUTTURN_RATE_{bucket}"), "1000000/1s");
    }
    let server = Server::launch(serve);
    let (anonymous, admin) = (Caller::new(&server.base, None), server.caller(data.path(), "admin"));
    let endpoints = [
        (&anonymous, ("/v1/auth/token", "application/x-www-form-urlencoded"), [415, 415, 415]),
        (&anonymous, ("/v1/auth/sessions", "application/json"), [415, 415, 415]),
        (&admin, ("/v1/attendance/bulk", "application/json"), [415, 413, 413]),
        (&admin, ("/v1/groups", "application/json"), [415, 413, 413]),
    ];
    for (caller, endpoint, _) in endpoints {
        join_all((0..CONCURRENT).map(|_| send(caller, endpoint, "identity", b"{}"))).await;
    }
    let idle = server.memory("VmRSS");
    server.reset_peak();
    let dir = format!("/proc/{}", server.pid());
    let before = processor_time(&dir);
    let mut longest = Duration::ZERO;
    for (caller, endpoint, statuses) in endpoints {
        for ((coding, bomb), status) in bombs_by_coding().iter().zip(statuses) {
            let bombs = join_all((0..CONCURRENT).map(|_| send(caller, endpoint, coding, bomb)));
            let (responses, latency) = tokio::join!(bombs, longest_latency(&anonymous));
            longest = longest.max(latency);
            let code = if status == 415 { "unsupported_coding" } else { "body_too_large" };
            for response in responses {
                assert_eq!((response.status, response.code()), (status, code), "{endpoint:?} {coding}");
            }
        }
    }
    let used = processor_time(&dir) - before;
    let growth = server.memory("VmHWM").saturating_sub(idle);
    let decoded =
        endpoints.iter().flat_map(|(_, _, statuses)| statuses).filter(|status| **status == 413).count();
    let decoding = decoding_time() * u32::try_from(decoded * CONCURRENT).expect("a number");
    println!("peak memory {growth} KiB above {idle} KiB; /health/live took at most {longest:?}");
    println!("{used:?} of processor time; decoding these bombs would take {decoding:?}");
    assert!(growth < MAX_MEMORY_GROWTH_KIB, "{growth} KiB more than {idle} KiB");
    // The server also reads, checks and logs the requests. If it decoded the bombs, it would need the
    // time of both.
    assert!(used < decoding, "{used:?} of processor time; decoding these bombs takes {decoding:?}");
    admin.post("/v1/groups", json!({ "code": "g", "name": "G" })).await.expect(201);
}
