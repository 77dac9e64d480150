//! Sends a spool file to a client. The server ends a download if the client reads too few bytes
//! within a time window. A body is polled only while the connection's buffers have room, so a
//! separate task measures the progress.

use std::fs::File;
use std::io::{self, Seek};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use actix_web::body::SizedStream;
use actix_web::web::Bytes;
use futures_util::Stream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::io::ReaderStream;

use super::usage::Reservation;

const CHUNK: usize = 64 << 10;

/// A response that is completely written to its spool file.
pub struct Spooled {
    pub(super) file: File,
    pub(super) length: u64,
    pub(super) reservation: Arc<Reservation>,
}

/// The open spool file of a response. Dropped after the last byte is read, or if the client reads
/// too slowly.
struct Open {
    chunks: ReaderStream<tokio::fs::File>,
    _reservation: Arc<Reservation>,
}

struct State {
    open: Option<Open>,
    taken: u64,
    waker: Option<Waker>,
}

pub struct Download {
    state: Arc<Mutex<State>>,
    length: u64,
    watch: JoinHandle<()>,
}

impl Spooled {
    pub fn into_body(self) -> io::Result<SizedStream<Download>> {
        let Self { mut file, length, reservation } = self;
        file.rewind()?;
        let chunks = ReaderStream::with_capacity(tokio::fs::File::from_std(file), CHUNK);
        let open = Open { chunks, _reservation: reservation.clone() };
        let state = State { open: Some(open), taken: 0, waker: None };
        let state = Arc::new(Mutex::new(state));
        let watch = tokio::spawn(watch(state.clone(), Arc::downgrade(&reservation)));
        Ok(SizedStream::new(length, Download { state, length, watch }))
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the download of a client that reads too few bytes within a time window, or that exceeds the
/// total time limit.
async fn watch(state: Arc<Mutex<State>>, reservation: std::sync::Weak<Reservation>) {
    let Some(limits) = reservation.upgrade().map(|reservation| reservation.limits().clone()) else { return };
    let until = Instant::now() + limits.download_timeout;
    let mut before = 0;
    loop {
        sleep(limits.window).await;
        let mut state = locked(&state);
        let in_window = state.taken - before;
        before = state.taken;
        if state.open.is_some() && (in_window < limits.window_bytes || Instant::now() > until) {
            if let Some(reservation) = reservation.upgrade() {
                tracing::warn!(
                    caller = reservation.reader.caller,
                    bytes_taken = before,
                    "slow download aborted"
                );
            }
            state.open = None;
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
        }
        if state.open.is_none() {
            return;
        }
    }
}

impl Stream for Download {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut state = locked(&self.state);
        state.waker = Some(context.waker().clone());
        let Some(open) = state.open.as_mut() else {
            let is_cut = state.taken < self.length;
            return Poll::Ready(is_cut.then(|| Err(io::ErrorKind::TimedOut.into())));
        };
        let chunk = ready!(Pin::new(&mut open.chunks).poll_next(context));
        if let Some(Ok(bytes)) = &chunk {
            state.taken += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        }
        if state.taken >= self.length || chunk.is_none() {
            state.open = None;
        }
        Poll::Ready(chunk)
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        locked(&self.state).open = None;
        self.watch.abort();
    }
}
