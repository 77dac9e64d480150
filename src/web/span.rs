//! The OpenTelemetry span of a request. The span is separate from the log's spans, so that exported
//! spans do not contain the caller's data. Without an exporter, a span costs almost nothing.

use actix_web::HttpMessage;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderMap;
use opentelemetry::global::{self, BoxedSpan};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Span, SpanKind, Status, TraceContextExt, TraceId, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use super::request_id::REQUEST_ID;
use crate::access::Rule;

struct Headers<'h>(&'h HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}

pub(super) struct RequestSpan {
    span: BoxedSpan,
    parent: TraceId,
}

impl RequestSpan {
    /// Starts the span of a request. Its parent is the span in the W3C `traceparent` header, if the
    /// header exists.
    pub(super) fn begin(headers: &HeaderMap) -> Self {
        let parent = if headers.contains_key("traceparent") {
            TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers))
        } else {
            Context::new()
        };
        let tracer = global::tracer("outturn");
        let begun = tracer.span_builder("request").with_kind(SpanKind::Server);
        Self {
            span: begun.start_with_context(&tracer, &parent),
            parent: parent.span().span_context().trace_id(),
        }
    }

    /// Returns the trace id of the request. It exists if spans are exported or the caller sent
    /// `traceparent`.
    pub(super) fn trace_id(&self) -> Option<String> {
        let own = self.span.span_context().trace_id();
        let known = [own, self.parent].into_iter().find(|id| *id != TraceId::INVALID);
        known.map(|id| id.to_string())
    }

    pub(super) fn end(mut self, response: &ServiceResponse) {
        if !self.span.is_recording() {
            return;
        }
        let request = response.request();
        if let Some(rule) = request.extensions().get::<&Rule>() {
            self.span.update_name(rule.operation);
        }
        let status = response.status();
        let request_id =
            response.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
        self.span.set_attributes([
            KeyValue::new("http.request.method", request.method().to_string()),
            KeyValue::new("http.route", request.match_pattern().unwrap_or_default()),
            KeyValue::new("http.response.status_code", i64::from(status.as_u16())),
            KeyValue::new("outturn.request_id", request_id.to_owned()),
        ]);
        if status.is_server_error() {
            self.span.set_status(Status::error(""));
        }
        self.span.end();
    }
}
