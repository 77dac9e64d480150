//! Closes connections on which no request arrives in time, and detects clients that have
//! disconnected.
//!
//! The HTTP library limits the time for the first request's head and the pause between two
//! requests. The library does not limit the time for the head of a later request. A client could
//! therefore send single bytes and keep the connection open. The library also does not stop a
//! handler whose client disconnects before the response begins.

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

/// Interval at which the server checks that the client of a long read is still connected.
const PRESENCE_INTERVAL: Duration = Duration::from_millis(200);

/// The number of requests in progress on a connection, and the time at which the last request
/// ended.
struct Activity {
    requests_in_progress: Cell<usize>,
    last: Cell<Instant>,
}

/// A task that watches a client's connection. The task ends with the connection.
pub struct Watch {
    activity: Rc<Activity>,
    socket: Socket,
    task: JoinHandle<()>,
}

/// A connection's file descriptor. The operating system can reuse the descriptor, so a caller must
/// check that the peer is still the same.
#[derive(Clone, Copy)]
struct Socket {
    descriptor: RawFd,
    peer: SocketAddr,
}

/// A request in progress. The connection stays open while this value exists.
pub(super) struct InProgress(Rc<Activity>);

impl Watch {
    /// Starts to watch a new connection of an HTTP server. Ends the connection after `idle_timeout`
    /// without a request in progress.
    pub fn attach(connection: &dyn Any, data: &mut Extensions, idle_timeout: Duration) {
        let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
        match Self::begin(stream, idle_timeout) {
            Ok(watch) => drop(data.insert(watch)),
            Err(error) => tracing::debug!(%error, "connection closed before its idle timer started"),
        }
    }

    fn begin(stream: &TcpStream, idle_timeout: Duration) -> std::io::Result<Self> {
        let activity =
            Rc::new(Activity { requests_in_progress: Cell::new(0), last: Cell::new(Instant::now()) });
        let socket = Socket { descriptor: stream.as_raw_fd(), peer: stream.peer_addr()? };
        let task = actix_web::rt::spawn(end_when_idle(socket, Rc::downgrade(&activity), idle_timeout));
        Ok(Self { activity, socket, task })
    }

    /// Counts a request in progress on its connection. Returns `None` if no task watches the
    /// connection.
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

/// Waits until the client has closed the connection or has shut down its sending side. Waits
/// forever if no task watches the connection.
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
        // Shuts down reading only, so that a response in progress is sent to its end.
        let _ = shutdown(socket.descriptor, Shutdown::Read);
    }
}

impl Socket {
    fn is_connected(self) -> bool {
        let peer = getpeername::<SockaddrStorage>(self.descriptor).ok();
        peer.is_some_and(|address| address == SockaddrStorage::from(self.peer))
    }

    /// Returns whether the peer has closed the connection and the server has read all bytes of the
    /// peer.
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
