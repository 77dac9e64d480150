//! TLS between the network and the wire stream. The wire stream parses decrypted bytes.

use std::pin::Pin;
use std::time::Duration;

use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use super::stream::Wire;

/// A TLS connector that puts a wire stream over each TLS stream.
pub(super) struct OverTls<T> {
    connector: T,
    silence: Duration,
}

impl<T> OverTls<T> {
    pub(super) const fn new(connector: T, silence: Duration) -> Self {
        Self { connector, silence }
    }
}

impl<S, T> TlsConnect<S> for OverTls<T>
where
    T: TlsConnect<S>,
    T::Future: Send + 'static,
{
    type Stream = Wire<T::Stream>;
    type Error = T::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, Self::Error>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        let (connecting, silence) = (self.connector.connect(stream), self.silence);
        Box::pin(async move { Ok(Wire::new(connecting.await?, silence)) })
    }
}

impl<S: TlsStream + Unpin> TlsStream for Wire<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.get_ref().channel_binding()
    }
}
