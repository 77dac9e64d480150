//! Watches client connections. Ends a connection if no request arrives in time, and detects that a
//! client has left.
//!
//! The HTTP library bounds the time for the head of a connection's first request, and the pause
//! between two requests. It does not bound the head of a later request: a client could send one
//! byte of it now and then and keep the connection. Nor does it stop a handler whose client has
//! closed the connection before the response begins.

use std::any::Any;
use std::cell::Cell;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::dev::{Extensions, ServiceRequest};
use actix_web::rt::net::TcpStream;
use actix_web::rt::task::JoinHandle;
use actix_web::rt::time::sleep;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, Shutdown, SockaddrStorage, getpeername, recv, shutdown};

/// How often the server checks whether the client of a long read is still connected.
const PRESENCE_INTERVAL: Duration = Duration::from_millis(200);

/// The number of requests in progress on a connection, and when the last one ended.
struct Activity {
    requests_in_progress: Cell<usize>,
    last: Cell<Instant>,
}

/// The watch over a client's connection. It ends with the connection.
pub struct Watch {
    activity: Rc<Activity>,
    socket: Socket,
    task: JoinHandle<()>,
}

/// A connection's descriptor. The operating system can reuse it, so it is only valid while it has
/// the same peer.
#[derive(Clone, Copy)]
struct Socket {
    descriptor: RawFd,
    peer: SocketAddr,
}

/// A request in progress. The connection stays open while this exists.
pub(super) struct InProgress(Rc<Activity>);

impl Watch {
    /// Watches a new connection of an HTTP server, and ends it after `idle_timeout` without a
    /// request in progress.
    pub fn attach(connection: &dyn Any, data: &mut Extensions, idle_timeout: Duration) {
        let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
        match Self::begin(stream, idle_timeout) {
            Ok(watch) => drop(data.insert(watch)),
            Err(error) => tracing::debug!(%error, "connection ended before its watch"),
        }
    }

    fn begin(stream: &TcpStream, idle_timeout: Duration) -> std::io::Result<Self> {
        let activity =
            Rc::new(Activity { requests_in_progress: Cell::new(0), last: Cell::new(Instant::now()) });
        let socket = Socket { descriptor: stream.as_raw_fd(), peer: stream.peer_addr()? };
        let task = actix_web::rt::spawn(end_when_idle(socket, Rc::downgrade(&activity), idle_timeout));
        Ok(Self { activity, socket, task })
    }

    /// Counts a request in progress, if its connection is watched.
    pub(super) fn begin_request(request: &ServiceRequest) -> Option<InProgress> {
        let activity = request.conn_data::<Self>()?.activity.clone();
        activity.requests_in_progress.set(activity.requests_in_progress.get() + 1);
        Some(InProgress(activity))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.requests_in_progress.set(self.0.requests_in_progress.get().saturating_sub(1));
        self.0.last.set(Instant::now());
    }
}

/// Returns when the client of a request has closed its connection, or its sending side of it. Never
/// returns if the connection is not watched.
pub async fn client_left(request: &HttpRequest) {
    let Some(socket) = request.conn_data::<Watch>().map(|watch| watch.socket) else {
        return std::future::pending().await;
    };
    while !socket.is_closed_by_peer() {
        sleep(PRESENCE_INTERVAL).await;
    }
}

async fn end_when_idle(socket: Socket, activity: Weak<Activity>, idle_timeout: Duration) {
    loop {
        let Some(wait) = activity.upgrade().map(|activity| activity.remaining(idle_timeout)) else { return };
        if wait.is_zero() {
            break;
        }
        sleep(wait).await;
    }
    if socket.is_connected() {
        // Only reading stops. A response that is being sent is sent to its end.
        let _ = shutdown(socket.descriptor, Shutdown::Read);
    }
}

impl Socket {
    fn is_connected(self) -> bool {
        let peer = getpeername::<SockaddrStorage>(self.descriptor).ok();
        peer.is_some_and(|address| address == SockaddrStorage::from(self.peer))
    }

    /// Whether the peer has closed the connection and everything that it sent has been read.
    fn is_closed_by_peer(self) -> bool {
        let peek = MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT;
        match recv(self.descriptor, &mut [0], peek) {
            Ok(read) => read == 0,
            Err(Errno::EAGAIN | Errno::EINTR) => false,
            Err(_) => true,
        }
    }
}

impl Activity {
    fn remaining(&self, idle_timeout: Duration) -> Duration {
        if self.requests_in_progress.get() > 0 {
            idle_timeout
        } else {
            idle_timeout.saturating_sub(self.last.get().elapsed())
        }
    }
}
