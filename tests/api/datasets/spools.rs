//! Spools: limits by caller and address, byte budget, free disk space and minimum speed of readers.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use actix_web::web::{self, Data};
use actix_web::{App as Server, HttpResponse, HttpServer};
use outturn::web::Problem;
use outturn::web::file_response::{Reader, SpoolLimits, Spooled, Spools};
use tempfile::TempDir;

use crate::support::poll_until;

fn reader(caller: &str, last_octet: u8) -> Reader {
    Reader { caller: caller.to_owned(), address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, last_octet)) }
}

fn spools(limits: SpoolLimits) -> (TempDir, Spools) {
    let dir = TempDir::new().expect("a directory");
    let spools = Spools::open(&dir.path().join("spool"), &[], limits).expect("spools");
    (dir, spools)
}

/// Writes a spooled response of this number of 64 KiB chunks.
async fn write_spool(spools: &Spools, reader: Reader, chunks: usize) -> Result<Spooled, Problem> {
    let turn = spools.turn(reader).await?;
    let spool = turn.begin(move |mut file, _, mut batches: tokio::sync::mpsc::Receiver<()>| {
        while batches.blocking_recv().is_some() {}
        for _ in 0..chunks {
            file.write_all(&[b'x'; 64 << 10])?;
        }
        Ok::<_, std::io::Error>(file)
    });
    let file = spool.end().await?.expect("a file");
    Ok(turn.end(file).expect("a response"))
}

/// Returns the status and the code of an error, and whether it has a header.
fn error_of(response: Result<Spooled, Problem>) -> (u16, String, bool) {
    let problem = response.err().expect("an error");
    (problem.status.as_u16(), problem.code.clone().into_owned(), problem.header.is_some())
}

#[tokio::test]
async fn the_number_of_spools_is_limited_by_caller_address_and_in_total() {
    let (_dir, spools) =
        spools(SpoolLimits { total: 6, per_caller: 2, per_address: 3, ..SpoolLimits::default() });
    let too_many = (429, "too_many_downloads".to_owned(), true);
    let mut downloads =
        vec![write_spool(&spools, reader("a", 1), 1).await, write_spool(&spools, reader("a", 2), 1).await];
    assert_eq!(error_of(write_spool(&spools, reader("a", 3), 1).await), too_many);
    downloads.push(write_spool(&spools, reader("b", 1), 1).await);
    downloads.push(write_spool(&spools, reader("c", 1), 1).await);
    assert_eq!(error_of(write_spool(&spools, reader("d", 1), 1).await), too_many);
    downloads.push(write_spool(&spools, reader("d", 4), 1).await);
    downloads.push(write_spool(&spools, reader("e", 4), 1).await);
    assert!(downloads.iter().all(Result::is_ok));
    assert_eq!(spools.in_use(), (6, (6 * 64) << 10));
    assert_eq!(error_of(write_spool(&spools, reader("f", 5), 1).await), (503, "busy".into(), true));
    downloads.clear();
    assert_eq!(spools.in_use(), (0, 0));
    assert!(write_spool(&spools, reader("a", 1), 1).await.is_ok());
}

#[tokio::test]
async fn all_spools_share_one_byte_budget() {
    let (_dir, spools) = spools(SpoolLimits { bytes: 1 << 20, ..SpoolLimits::default() });
    let first = write_spool(&spools, reader("a", 1), 12).await.expect("a spool within the budget");
    assert_eq!(error_of(write_spool(&spools, reader("b", 2), 5).await), (503, "busy".into(), true));
    assert_eq!(spools.in_use(), (1, (12 * 64) << 10), "a rejected response uses no space");
    let second = write_spool(&spools, reader("b", 2), 4).await.expect("a spool within the budget");
    drop((first, second));
    assert_eq!(error_of(write_spool(&spools, reader("a", 1), 17).await), (507, "storage_full".into(), false));
    assert_eq!(spools.in_use(), (0, 0));
}

#[tokio::test]
async fn a_spool_is_rejected_if_it_would_use_the_reserved_disk_space() {
    let (_dir, spools) = spools(SpoolLimits { free_bytes: u64::MAX, ..SpoolLimits::default() });
    assert_eq!(error_of(write_spool(&spools, reader("a", 1), 1).await), (507, "storage_full".into(), false));
    assert_eq!(spools.in_use(), (0, 0));
}

/// Starts a server that responds with 48 MiB, which exceeds the buffers of a connection.
fn serve(spools: Data<Spools>) -> (String, actix_web::dev::ServerHandle) {
    async fn response(spools: Data<Spools>) -> Result<HttpResponse, Problem> {
        let spooled = write_spool(&spools, reader("a", 1), 48 << 4).await?;
        Ok(HttpResponse::Ok().body(spooled.into_body().expect("a body")))
    }
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                Server::new().app_data(spools.clone()).route("/", web::get().to(response))
            });
            let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a free port");
            let address = server.addrs()[0].to_string();
            let server = server.run();
            sender.send((address, server.handle())).expect("a test that receives the address");
            server.await.expect("a server without error");
        });
    });
    receiver.recv().expect("a server")
}

fn send_request(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("send the request");
    stream
}

/// Opens spools whose readers must read 256 KiB in each window.
fn spools_with_window(window: Duration) -> (TempDir, Data<Spools>) {
    let (dir, spools) = spools(SpoolLimits { window, window_bytes: 256 << 10, ..SpoolLimits::default() });
    (dir, Data::new(spools))
}

#[tokio::test]
async fn a_reader_below_the_minimum_speed_is_disconnected() {
    let (_dir, spools) = spools_with_window(Duration::from_millis(300));
    let (address, handle) = serve(spools.clone());
    let mut idle = send_request(&address);
    poll_until(async || spools.in_use().0, |in_use| *in_use == 1).await;
    poll_until(async || spools.in_use(), |in_use| *in_use == (0, 0)).await;
    let mut received = Vec::new();
    let _ = idle.read_to_end(&mut received);
    assert!(received.len() < 48 << 20, "the response is not complete");
    handle.stop(false).await;
}

/// Reads a response with a pause after each read. Returns the number of bytes.
fn read_steadily(address: &str, pause: Duration) -> usize {
    let (mut stream, mut total, mut buffer) = (send_request(address), 0, vec![0; 1 << 20]);
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        total += read;
        std::thread::sleep(pause);
    }
    total
}

#[tokio::test]
async fn a_steady_reader_gets_the_whole_response_over_several_windows() {
    // On a slow machine the pauses take longer, so the test retries with a longer window.
    for window in [500, 4_000, 32_000].map(Duration::from_millis) {
        let (_dir, spools) = spools_with_window(window);
        let (address, handle) = serve(spools.clone());
        let started = Instant::now();
        // A response needs at least 48 reads.
        let reading = tokio::task::spawn_blocking(move || read_steadily(&address, window / 40));
        let total = reading.await.expect("a reader");
        assert!(started.elapsed() > window || total < 48 << 20, "{:?}", started.elapsed());
        poll_until(async || spools.in_use(), |in_use| *in_use == (0, 0)).await;
        handle.stop(false).await;
        if total > 48 << 20 {
            return;
        }
    }
    panic!("a steady reader must get the whole response");
}

#[test]
fn the_spool_directory_is_private_to_its_owner_and_must_be_usable() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new().expect("a directory");
    let path = dir.path().join("one/two");
    Spools::open(&path, &[], SpoolLimits::default()).expect("spools");
    assert_eq!(std::fs::metadata(&path).expect("metadata").permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_dir(&path).expect("a directory").count(), 0);
    let file = dir.path().join("file");
    std::fs::write(&file, "").expect("written");
    let refused = Spools::open(&file.join("below"), &[], SpoolLimits::default()).err().expect("an error");
    assert!(refused.contains("OUTTURN_SPOOL_DIR") && refused.contains("file/below"), "{refused}");
}
