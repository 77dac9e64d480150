//! A stream to the server. It puts the SQLSTATE into each error, and fails if the server stays
//! silent.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::frames::{FromServer, ToServer};

/// A stream over `S`. Bytes pass without being copied, except errors and the bytes after an error
/// in the same read.
pub(super) struct Wire<S> {
    inner: S,
    to_server: ToServer,
    from_server: FromServer,
    /// Bytes that are ready to be read, from `copied` on.
    ready: Vec<u8>,
    copied: usize,
    /// How many responses the server has not finished.
    owed: usize,
    silence: Duration,
    heard: Instant,
    alarm: Pin<Box<Sleep>>,
}

impl<S> Wire<S> {
    pub(super) fn new(inner: S, silence: Duration) -> Self {
        Self {
            inner,
            to_server: ToServer::default(),
            from_server: FromServer::default(),
            ready: Vec::new(),
            copied: 0,
            owed: 0,
            silence,
            heard: Instant::now(),
            alarm: Box::pin(sleep(silence)),
        }
    }

    pub(super) const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Copies ready bytes to `buf`. Returns false if there are none.
    fn give(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        let Some(rest) = self.ready.get(self.copied..).filter(|rest| !rest.is_empty()) else { return false };
        let (given, left) = rest.split_at(rest.len().min(buf.remaining()));
        buf.put_slice(given);
        if left.is_empty() {
            self.ready.clear();
            self.copied = 0;
        } else {
            self.copied += given.len();
        }
        true
    }

    /// Waits, and fails if the silence has lasted too long.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.owed > 0 && self.alarm.as_mut().poll(cx).is_ready() {
            let end = self.heard + self.silence;
            if Instant::now() >= end {
                let text = format!("the server was silent for {:?} while a response was due", self.silence);
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, text)));
            }
            self.alarm.as_mut().reset(end);
        }
        Poll::Pending
    }

    /// Expects this many further responses. For speed, the alarm is only moved after it has gone
    /// off.
    fn expect(&mut self, answers: usize, cx: &mut Context<'_>) {
        if answers == 0 {
            return;
        }
        if self.owed == 0 {
            self.heard = Instant::now();
        }
        self.owed += answers;
        if self.alarm.is_elapsed() {
            self.alarm.as_mut().reset(self.heard + self.silence);
        }
        let _ = self.alarm.as_mut().poll(cx);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if buf.remaining() == 0 || this.give(buf) {
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
                // The stream has ended. A truncated error passes unchanged.
                if this.from_server.release(&mut this.ready) {
                    continue;
                }
                return Poll::Ready(Ok(()));
            }
            this.heard = Instant::now();
            let (passed, answers) = this.from_server.pass(read, &mut this.ready);
            this.owed = this.owed.saturating_sub(answers);
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
        let answers = this.to_server.follow(buf.get(..written).unwrap_or_default());
        this.expect(answers, cx);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
