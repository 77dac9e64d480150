//! Content codings of responses. Small responses are not compressed. A kept response is compressed
//! once for each coding.

use std::io::{self, Write};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    AcceptEncoding, CONTENT_ENCODING, ContentEncoding, Encoding, Header, HeaderMap, HeaderValue,
};
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes};
use actix_web::{Error, HttpRequest};
use brotli::CompressorWriter;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::sync::OnceCell;

/// Minimum size of a body that is compressed, in bytes. A smaller body fits into one packet, or
/// saves less than the compression costs.
const MIN_BYTES: u64 = 1024;

/// The brotli quality and the window size that the compression middleware uses.
const BROTLI_QUALITY: u32 = 3;
const BROTLI_WINDOW: u32 = 22;
const BROTLI_BUFFER_BYTES: usize = 32 << 10;

const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// Middleware that prevents the compression of small bodies. The compression middleware does not
/// change a response that has a `Content-Encoding`. [`remove_identity`] removes the header again.
pub(super) async fn keep_small(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let is_small = matches!(response.response().body().size(), BodySize::Sized(..MIN_BYTES));
    if is_small && !response.headers().contains_key(CONTENT_ENCODING) {
        response.headers_mut().insert(CONTENT_ENCODING, IDENTITY);
    }
    Ok(response)
}

/// Removes `Content-Encoding: identity`, which a response should not have (RFC 9110, 8.4.1).
pub(super) fn remove_identity(headers: &mut HeaderMap) {
    if headers.get(CONTENT_ENCODING) == Some(&IDENTITY) {
        headers.remove(CONTENT_ENCODING);
    }
}

/// The compressed forms of a body. Each form is computed when the first client asks for it.
#[derive(Debug, Default)]
pub struct CompressedBody {
    brotli: OnceCell<Bytes>,
    gzip: OnceCell<Bytes>,
}

impl CompressedBody {
    /// Returns the body in the coding that the client prefers. Returns `None` if the client accepts
    /// no coding, or the body is small.
    pub async fn of(&self, request: &HttpRequest, body: &Bytes) -> Option<(ContentEncoding, Bytes)> {
        if (body.len() as u64) < MIN_BYTES {
            return None;
        }
        let accepted = AcceptEncoding::parse(request).ok()?;
        let supported = [Encoding::brotli(), Encoding::gzip(), Encoding::identity()];
        let (coding, cell) = match accepted.negotiate(supported.iter())? {
            Encoding::Known(coding @ ContentEncoding::Brotli) => (coding, &self.brotli),
            Encoding::Known(coding @ ContentEncoding::Gzip) => (coding, &self.gzip),
            _ => return None,
        };
        let compressed = cell.get_or_try_init(async || {
            let body = body.clone();
            let compressed = web::block(move || compress(coding, &body)).await;
            compressed.map_err(io::Error::other)?.map(Bytes::from)
        });
        Some((coding, compressed.await.ok()?.clone()))
    }
}

fn compress(coding: ContentEncoding, body: &[u8]) -> io::Result<Vec<u8>> {
    if coding == ContentEncoding::Gzip {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body)?;
        return encoder.finish();
    }
    let mut encoder = CompressorWriter::new(Vec::new(), BROTLI_BUFFER_BYTES, BROTLI_QUALITY, BROTLI_WINDOW);
    encoder.write_all(body)?;
    encoder.flush()?;
    Ok(encoder.into_inner())
}
