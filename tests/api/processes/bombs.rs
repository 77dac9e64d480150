//! Compressed bodies that decode to far more than a body may have: refused, in little memory, while others are served.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::{GzEncoder, ZlibEncoder};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::server::{Server, command, data_dir};
use crate::support::{Answer, Person};

/// What a bomb decodes to: so many zeros.
const DECODED: usize = 64 << 20;

/// 64 MiB of zeros as brotli, in hexadecimal digits.
const BROTLI: &str = "cbffff3ff82700e2b14020f7fe8fffff7ff04f00c4611180eefd1fffffffe09f0088c30200ddfb3ffeffffc13f011087\
    0500baf77ffcffff837f02200e0b0074effff8ffff07ff04401c1600e8defff1ffff0ffe0980382c00d0bdffe3ffff1f\
    fc1300715800a07bff37";

const AT_ONCE: usize = 20;
const MOST_MEMORY_KIB: u64 = 32 << 10;

/// A coding and the bomb in it.
fn bombs_by_coding() -> [(&'static str, Vec<u8>); 3] {
    let chunk = vec![0; 1 << 20];
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..DECODED / chunk.len() {
        gzip.write_all(&chunk).expect("written");
        zlib.write_all(&chunk).expect("written");
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

async fn send(person: &Person, (path, media_type): (&str, &str), coding: &str, body: &[u8]) -> Answer {
    let request = person.request(Method::POST, path).header("Content-Type", media_type);
    let request = request.header("Idempotency-Key", uuid::Uuid::now_v7().to_string());
    person.send(request.header("Content-Encoding", coding).body(body.to_vec())).await
}

/// The processor time of a process or of a thread, whose directory in `/proc` this is.
fn processor_time(dir: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("{dir}/stat")).expect("a process");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    // In user mode and in the kernel, in hundredths of a second.
    let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(10 * ticks)
}

/// The processor time that decoding a whole bomb takes.
fn decoding_time() -> Duration {
    let (_, gzip) = &bombs_by_coding()[1];
    let before = processor_time("/proc/thread-self");
    let decoded = std::io::copy(&mut GzDecoder::new(gzip.as_slice()), &mut std::io::sink());
    assert_eq!(decoded.expect("a stream"), DECODED as u64);
    processor_time("/proc/thread-self") - before
}

/// Asks for `/health/live` a few times; gives the longest wait.
async fn longest_wait(stranger: &Person) -> Duration {
    let mut longest = Duration::ZERO;
    for _ in 0..5 {
        let began = Instant::now();
        assert_eq!(stranger.get("/health/live").await.status, 200);
        longest = longest.max(began.elapsed());
    }
    longest
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_in_any_coding_take_little_memory_and_nobody_elses_time() {
    let data = data_dir();
    let mut serve = command(data.path(), &["serve"]);
    for bucket in ["LOGIN", "BULK", "REST"] {
        serve.env(format!("OUTTURN_RATE_{bucket}"), "1000000/1s");
    }
    let server = Server::launch(serve);
    let (stranger, admin) = (Person::new(&server.base, None), server.person(data.path(), "admin"));
    let places = [
        (&stranger, ("/v1/auth/token", "application/x-www-form-urlencoded"), [415, 415, 415]),
        (&stranger, ("/v1/auth/sessions", "application/json"), [415, 415, 415]),
        (&admin, ("/v1/attendance/bulk", "application/json"), [415, 413, 413]),
        (&admin, ("/v1/groups", "application/json"), [415, 413, 413]),
    ];
    for (person, place, _) in places {
        join_all((0..AT_ONCE).map(|_| send(person, place, "identity", b"{}"))).await;
    }
    let idle = server.memory("VmRSS");
    server.reset_peak();
    let dir = format!("/proc/{}", server.pid());
    let before = processor_time(&dir);
    let mut longest = Duration::ZERO;
    for (person, place, statuses) in places {
        for ((coding, bomb), status) in bombs_by_coding().iter().zip(statuses) {
            let bombs = join_all((0..AT_ONCE).map(|_| send(person, place, coding, bomb)));
            let (answers, wait) = tokio::join!(bombs, longest_wait(&stranger));
            longest = longest.max(wait);
            let code = if status == 415 { "unsupported_coding" } else { "body_too_large" };
            for answer in answers {
                assert_eq!((answer.status, answer.code()), (status, code), "{place:?} {coding}");
            }
        }
    }
    let spent = processor_time(&dir) - before;
    let growth = server.memory("VmHWM").saturating_sub(idle);
    let decoded =
        places.iter().flat_map(|(_, _, statuses)| statuses).filter(|status| **status == 413).count();
    let whole = decoding_time() * u32::try_from(decoded * AT_ONCE).expect("a number");
    println!("peak memory {growth} KiB above {idle} KiB; /health/live took at most {longest:?}");
    println!("{spent:?} of processor time; decoding these bombs would take {whole:?}");
    assert!(growth < MOST_MEMORY_KIB, "{growth} KiB more than {idle} KiB");
    assert!(spent < whole / 4, "{spent:?} of processor time; decoding these bombs takes {whole:?}");
    admin.post("/v1/groups", json!({ "code": "g", "name": "G" })).await.expect(201);
}
