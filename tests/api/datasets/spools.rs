//! Spools: places for each caller and address, a byte budget, room on the disk, and a least speed for readers.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use actix_web::web::{self, Data};
use actix_web::{App as Server, HttpResponse, HttpServer};
use outturn::web::Problem;
use outturn::web::file_response::{Reader, SpoolLimits, Spooled, Spools};
use tempfile::TempDir;

use crate::support::until;

fn reader(caller: &str, last: u8) -> Reader {
    Reader { caller: caller.to_owned(), address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)) }
}

fn spools(limits: SpoolLimits) -> (TempDir, Spools) {
    let dir = TempDir::new().expect("a directory");
    let spools = Spools::open(&dir.path().join("spool"), &[], limits).expect("spools");
    (dir, spools)
}

/// Writes an answer of so many chunks of 64 KiB.
async fn written(spools: &Spools, reader: Reader, chunks: usize) -> Result<Spooled, Problem> {
    let turn = spools.turn(reader).await?;
    let spool = turn.begin(move |mut file, _, mut batches: tokio::sync::mpsc::Receiver<()>| {
        while batches.blocking_recv().is_some() {}
        for _ in 0..chunks {
            file.write_all(&[b'x'; 64 << 10])?;
        }
        Ok::<_, std::io::Error>(file)
    });
    let file = spool.end().await?.expect("a file");
    Ok(turn.end(file).expect("an answer"))
}

fn refusal(answer: Result<Spooled, Problem>) -> (u16, String, bool) {
    let problem = answer.err().expect("a refusal");
    (problem.status.as_u16(), problem.code.clone().into_owned(), problem.header.is_some())
}

#[tokio::test]
async fn one_caller_or_one_address_never_has_all_places() {
    let (_dir, spools) =
        spools(SpoolLimits { in_all: 6, per_caller: 2, per_address: 3, ..SpoolLimits::default() });
    let too_many = (429, "too_many_downloads".to_owned(), true);
    let mut kept = vec![written(&spools, reader("a", 1), 1).await, written(&spools, reader("a", 2), 1).await];
    assert_eq!(refusal(written(&spools, reader("a", 3), 1).await), too_many);
    kept.push(written(&spools, reader("b", 1), 1).await);
    kept.push(written(&spools, reader("c", 1), 1).await);
    assert_eq!(refusal(written(&spools, reader("d", 1), 1).await), too_many);
    kept.push(written(&spools, reader("d", 4), 1).await);
    kept.push(written(&spools, reader("e", 4), 1).await);
    assert!(kept.iter().all(Result::is_ok));
    assert_eq!(spools.in_use(), (6, (6 * 64) << 10));
    assert_eq!(refusal(written(&spools, reader("f", 5), 1).await), (503, "busy".into(), true));
    kept.clear();
    assert_eq!(spools.in_use(), (0, 0));
    assert!(written(&spools, reader("a", 1), 1).await.is_ok());
}

#[tokio::test]
async fn all_spools_share_one_byte_budget() {
    let (_dir, spools) = spools(SpoolLimits { bytes: 1 << 20, ..SpoolLimits::default() });
    let first = written(&spools, reader("a", 1), 12).await.expect("room");
    assert_eq!(refusal(written(&spools, reader("b", 2), 5).await), (503, "busy".into(), true));
    assert_eq!(spools.in_use(), (1, (12 * 64) << 10), "a refused answer holds nothing");
    let second = written(&spools, reader("b", 2), 4).await.expect("room");
    drop((first, second));
    assert_eq!(refusal(written(&spools, reader("a", 1), 17).await), (507, "storage_full".into(), false));
    assert_eq!(spools.in_use(), (0, 0));
}

#[tokio::test]
async fn what_is_to_stay_free_on_a_disk_stays_free() {
    let (_dir, spools) = spools(SpoolLimits { free_bytes: u64::MAX, ..SpoolLimits::default() });
    assert_eq!(refusal(written(&spools, reader("a", 1), 1).await), (507, "storage_full".into(), false));
    assert_eq!(spools.in_use(), (0, 0));
}

/// A server whose one resource is an answer of 48 MiB, which is more than a connection's buffers take.
fn serve(spools: Data<Spools>) -> (String, actix_web::dev::ServerHandle) {
    async fn answer(spools: Data<Spools>) -> Result<HttpResponse, Problem> {
        let spooled = written(&spools, reader("a", 1), 48 << 4).await?;
        Ok(HttpResponse::Ok().body(spooled.into_body().expect("a body")))
    }
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                Server::new().app_data(spools.clone()).route("/", web::get().to(answer))
            });
            let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a free port");
            let address = server.addrs()[0].to_string();
            let server = server.run();
            sender.send((address, server.handle())).expect("the test waits");
            server.await.expect("a server that ends well");
        });
    });
    receiver.recv().expect("a server")
}

fn ask(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("sent");
    stream
}

/// Spools whose readers must take 256 KiB in each window.
fn windowed(window: Duration) -> (TempDir, Data<Spools>) {
    let (dir, spools) = spools(SpoolLimits { window, window_bytes: 256 << 10, ..SpoolLimits::default() });
    (dir, Data::new(spools))
}

#[tokio::test]
async fn a_reader_that_takes_too_little_loses_its_answer() {
    let (_dir, spools) = windowed(Duration::from_millis(300));
    let (address, handle) = serve(spools.clone());
    let mut idle = ask(&address);
    until(async || spools.in_use().0, |held| *held == 1).await;
    until(async || spools.in_use(), |held| *held == (0, 0)).await;
    let mut cut = Vec::new();
    let _ = idle.read_to_end(&mut cut);
    assert!(cut.len() < 48 << 20, "the answer is not complete, and does not look so");
    handle.stop(false).await;
}

/// Reads an answer in so many parts, with a pause after each. Returns how many bytes arrived before its end or a fault.
fn read_steadily(address: &str, pause: Duration) -> usize {
    let (mut stream, mut total, mut buffer) = (ask(address), 0, vec![0; 1 << 20]);
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        total += read;
        std::thread::sleep(pause);
    }
    total
}

#[tokio::test]
async fn a_steady_reader_gets_its_answer_whole_though_it_takes_longer_than_a_window() {
    // A reader on a slow machine pauses for longer, and needs a longer window.
    for window in [500, 4_000, 32_000].map(Duration::from_millis) {
        let (_dir, spools) = windowed(window);
        let (address, handle) = serve(spools.clone());
        let began = Instant::now();
        // An answer has 48 parts at least.
        let steady = tokio::task::spawn_blocking(move || read_steadily(&address, window / 40));
        let total = steady.await.expect("a reader");
        assert!(began.elapsed() > window || total < 48 << 20, "{:?}", began.elapsed());
        until(async || spools.in_use(), |held| *held == (0, 0)).await;
        handle.stop(false).await;
        if total > 48 << 20 {
            return;
        }
    }
    panic!("a steady reader does not get its answer");
}

#[test]
fn the_directory_is_created_for_its_owner_alone_and_must_be_usable() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new().expect("a directory");
    let path = dir.path().join("one/two");
    Spools::open(&path, &[], SpoolLimits::default()).expect("spools");
    assert_eq!(std::fs::metadata(&path).expect("metadata").permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_dir(&path).expect("a directory").count(), 0);
    let file = dir.path().join("file");
    std::fs::write(&file, "").expect("written");
    let refused = Spools::open(&file.join("below"), &[], SpoolLimits::default()).err().expect("a refusal");
    assert!(refused.contains("OUTTURN_SPOOL_DIR") && refused.contains("file/below"), "{refused}");
}
