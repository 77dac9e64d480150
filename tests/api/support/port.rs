//! A local port that refuses connections.

use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, getsockname, socket};

/// A port that refuses connections. The socket is bound but not listening, so no other process gets
/// the port.
pub struct ClosedPort {
    socket: OwnedFd,
}

impl ClosedPort {
    pub fn new() -> Self {
        let socket = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None);
        let socket = socket.expect("a socket");
        bind(socket.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0)).expect("a port");
        Self { socket }
    }

    pub fn address(&self) -> SocketAddr {
        let name: SockaddrIn = getsockname(self.socket.as_raw_fd()).expect("an address");
        SocketAddr::from((name.ip(), name.port()))
    }
}
