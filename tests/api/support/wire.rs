//! A connection to the database that can fall silent.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A database behind a wire that goes silent without a word; whoever connects anew is served.
pub fn behind_a_wire(socket: String, is_silent: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = UnixStream::connect(&socket).expect("PostgreSQL");
            let is_new = is_silent.load(Ordering::Relaxed);
            let back = (server.try_clone().expect("a stream"), client.try_clone().expect("a stream"));
            let (one, other) = (is_silent.clone(), is_silent.clone());
            std::thread::spawn(move || carry(client, server, is_new, &one));
            std::thread::spawn(move || carry(back.0, back.1, is_new, &other));
        }
    });
    port
}

fn carry(mut from: impl Read, mut to: impl Write, is_new: bool, is_silent: &AtomicBool) {
    let mut buffer = [0; 8192];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        while is_silent.load(Ordering::Relaxed) && !is_new {
            std::thread::sleep(Duration::from_millis(50));
        }
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
}
