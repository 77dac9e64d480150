//! Reads request bodies within a size limit and a time limit. Decodes compressed bodies for
//! identified callers only.

use std::future::Future;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{HttpMessage, HttpRequest};
use futures_util::StreamExt;
use tokio::sync::Semaphore;

use super::content_coding::{Coding, too_large, unreadable};
use super::{Caller, Problem, body_timeout};

/// Maximum size in bytes of a request body when no caller is identified. The limit is enough for a
/// form or a small JSON object.
pub const PUBLIC_LIMIT: usize = 64 << 10;

/// Maximum size in bytes of a compressed body that the server thread decodes itself. Deflate
/// expands data at most 1,032 times, so the decoded body has about 1 MiB at most.
const INLINE_LIMIT: usize = 1 << 10;

/// Maximum number of compressed bodies that blocking threads decode at the same time.
const MAX_DECODERS: usize = 2;

/// The limits for request bodies. All server threads share one value.
pub struct Bodies {
    limit: usize,
    decoding: Arc<Semaphore>,
}

impl Bodies {
    /// Creates the limits. `limit` is the maximum size in bytes of an identified caller's body. It
    /// applies to the compressed body and to the decoded body.
    pub fn new(limit: usize) -> Self {
        Self { limit, decoding: Arc::new(Semaphore::new(MAX_DECODERS)) }
    }

    async fn decode(&self, coding: Coding, packed: Bytes, limit: usize) -> Result<Bytes, Problem> {
        if coding == Coding::Identity || packed.len() <= INLINE_LIMIT {
            return coding.decode(packed, limit);
        }
        let turn = self.decoding.clone().acquire_owned().await;
        let turn = turn.map_err(|error| Problem::internal(error.to_string()))?;
        let decoded = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            coding.decode(packed, limit)
        });
        decoded.await.map_err(|error| Problem::internal(error.to_string()))?
    }
}

/// Reads and decodes a request body within the limits. Handlers do not use the extractors of Actix,
/// because those decode without a limit.
pub(super) fn read(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Bytes, Problem>> + 'static {
    let payload = payload.take();
    let request = request.clone();
    async move {
        let bodies =
            request.app_data::<Data<Bodies>>().ok_or_else(|| Problem::internal("app_data has no Bodies"))?;
        let is_identified = request.extensions().contains::<Caller>();
        let limit = if is_identified { bodies.limit } else { bodies.limit.min(PUBLIC_LIMIT) };
        let coding = Coding::of(request.headers(), is_identified)?;
        let decoded = async {
            let packed = collect(&request, payload, limit).await?;
            bodies.decode(coding, packed, limit).await
        };
        body_timeout::within(&request, decoded).await?
    }
}

/// Reads the body without decoding it.
async fn collect(request: &HttpRequest, mut payload: Payload, limit: usize) -> Result<Bytes, Problem> {
    let declared =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|declared: usize| declared > limit) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| unreadable(error.to_string()))?;
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
