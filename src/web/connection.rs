//! Ends connections over which no request arrives in time.
//!
//! The HTTP library bounds the time for the head of a connection's first request, and the pause between two requests. It
//! does not bound the head of a later request: a client could send one byte of it now and then and keep the connection.

use std::cell::Cell;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use actix_web::dev::ServiceRequest;
use actix_web::rt::net::TcpStream;
use actix_web::rt::task::JoinHandle;
use nix::sys::socket::{Shutdown, SockaddrStorage, getpeername, shutdown};

/// When a connection last had a request in hand.
struct Activity {
    requests_in_hand: Cell<usize>,
    last: Cell<Instant>,
}

/// The watch over a client's connection, which ends with the connection.
pub struct Watch {
    activity: Rc<Activity>,
    task: JoinHandle<()>,
}

/// A request in hand: the connection is not ended while this lives.
pub(super) struct InHand(Rc<Activity>);

impl Watch {
    /// Watches a connection, and ends it where no request has been in hand for longer than `longest`.
    pub fn begin(stream: &TcpStream, longest: Duration) -> std::io::Result<Self> {
        let activity = Rc::new(Activity { requests_in_hand: Cell::new(0), last: Cell::new(Instant::now()) });
        let (fd, peer) = (stream.as_raw_fd(), stream.peer_addr()?);
        let task = actix_web::rt::spawn(end_when_idle(fd, peer, Rc::downgrade(&activity), longest));
        Ok(Self { activity, task })
    }

    /// Notes that a request is in hand, where its connection is watched.
    pub(super) fn note(request: &ServiceRequest) -> Option<InHand> {
        let activity = request.conn_data::<Self>()?.activity.clone();
        activity.requests_in_hand.set(activity.requests_in_hand.get() + 1);
        Some(InHand(activity))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.0.requests_in_hand.set(self.0.requests_in_hand.get().saturating_sub(1));
        self.0.last.set(Instant::now());
    }
}

async fn end_when_idle(fd: RawFd, peer: SocketAddr, activity: Weak<Activity>, longest: Duration) {
    loop {
        let Some(wait) = activity.upgrade().map(|activity| activity.remaining(longest)) else { return };
        if wait.is_zero() {
            break;
        }
        actix_web::rt::time::sleep(wait).await;
    }
    // The descriptor is this connection's as long as it leads to the same peer.
    let leads_to = getpeername::<SockaddrStorage>(fd).ok();
    if leads_to.is_some_and(|address| address == SockaddrStorage::from(peer)) {
        // Nothing more is read. A response that is still being sent is sent to its end.
        let _ = shutdown(fd, Shutdown::Read);
    }
}

impl Activity {
    fn remaining(&self, longest: Duration) -> Duration {
        if self.requests_in_hand.get() > 0 {
            longest
        } else {
            longest.saturating_sub(self.last.get().elapsed())
        }
    }
}
