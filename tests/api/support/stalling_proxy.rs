//! A proxy for PostgreSQL that can stop forwarding data.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Starts a proxy for a PostgreSQL socket and returns its port. While the flag is set, connections
/// from before stall without an error, and new connections work.
pub fn start_stalling_proxy(socket: String, is_silent: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = UnixStream::connect(&socket).expect("PostgreSQL");
            let is_new = is_silent.load(Ordering::Relaxed);
            let backward = (server.try_clone().expect("a stream"), client.try_clone().expect("a stream"));
            let (forward_flag, backward_flag) = (is_silent.clone(), is_silent.clone());
            std::thread::spawn(move || forward(client, server, is_new, &forward_flag));
            std::thread::spawn(move || forward(backward.0, backward.1, is_new, &backward_flag));
        }
    });
    port
}

fn forward(mut from: impl Read, mut to: impl Write, is_new: bool, is_silent: &AtomicBool) {
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
