//! A stream to the PostgreSQL server. It adds the SQLSTATE to each error message, and fails if the
//! server sends nothing for too long.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::frames::{FromServer, ToServer};

/// A stream over `S` that changes error messages. Only error messages, and the bytes after them in
/// the same read, are copied.
pub(super) struct Wire<S> {
    inner: S,
    to_server: ToServer,
    from_server: FromServer,
    /// Bytes that the client can read. The bytes before the index `copied` have already been read.
    ready: Vec<u8>,
    copied: usize,
    responses_due: usize,
    silence: Duration,
    last_read: Instant,
    timer: Pin<Box<Sleep>>,
}

impl<S> Wire<S> {
    pub(super) fn new(inner: S, silence: Duration) -> Self {
        Self {
            inner,
            to_server: ToServer::default(),
            from_server: FromServer::default(),
            ready: Vec::new(),
            copied: 0,
            responses_due: 0,
            silence,
            last_read: Instant::now(),
            timer: Box::pin(sleep(silence)),
        }
    }

    pub(super) const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Copies available bytes to `buf`. Returns false if there are none.
    fn copy_ready(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        let Some(rest) = self.ready.get(self.copied..).filter(|rest| !rest.is_empty()) else { return false };
        let (copied_now, left) = rest.split_at(rest.len().min(buf.remaining()));
        buf.put_slice(copied_now);
        if left.is_empty() {
            self.ready.clear();
            self.copied = 0;
        } else {
            self.copied += copied_now.len();
        }
        true
    }

    /// Waits until the server sends bytes. Fails if the server has sent nothing for too long.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.responses_due > 0 && self.timer.as_mut().poll(cx).is_ready() {
            let end = self.last_read + self.silence;
            if Instant::now() >= end {
                let text = format!("PostgreSQL sent nothing for {:?} while a response was due", self.silence);
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, text)));
            }
            self.timer.as_mut().reset(end);
        }
        Poll::Pending
    }

    /// Adds to the number of responses that the server must still send. For speed, the timer is
    /// reset only after it has elapsed.
    fn expect_responses(&mut self, responses: usize, cx: &mut Context<'_>) {
        if responses == 0 {
            return;
        }
        if self.responses_due == 0 {
            self.last_read = Instant::now();
        }
        self.responses_due += responses;
        if self.timer.is_elapsed() {
            self.timer.as_mut().reset(self.last_read + self.silence);
        }
        let _ = self.timer.as_mut().poll(cx);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if buf.remaining() == 0 || this.copy_ready(buf) {
                return Poll::Ready(Ok(()));
            }
            let before = buf.filled().len();
            match Pin::new(&mut this.inner).poll_read(cx, buf) {
                Poll::Pending => return this.wait(cx),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Ready(Ok(())) => {}
            }
            let read = buf.filled().get(before..).unwrap_or_default();
            if read.is_empty() {
                // The stream has ended. An incomplete error message passes unchanged.
                if this.from_server.release(&mut this.ready) {
                    continue;
                }
                return Poll::Ready(Ok(()));
            }
            this.last_read = Instant::now();
            let (passed, responses) = this.from_server.pass(read, &mut this.ready);
            this.responses_due = this.responses_due.saturating_sub(responses);
            buf.set_filled(before + passed);
            if passed > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.inner).poll_write(cx, buf))?;
        let responses = this.to_server.follow(buf.get(..written).unwrap_or_default());
        this.expect_responses(responses, cx);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
