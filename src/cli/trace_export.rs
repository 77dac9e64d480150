//! The export of traces to an OpenTelemetry collector.

use std::time::Duration;

use opentelemetry::global;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::error::CommandError;

/// Time limit for sending the last spans of traces when the server stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// The export of traces to an OpenTelemetry collector. Dropping this value sends the remaining
/// spans.
pub(super) struct TraceExport(SdkTracerProvider);

impl TraceExport {
    /// Starts to send the span of every request to the collector at `endpoint`.
    pub(super) fn export(endpoint: &str) -> Result<Self, CommandError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .build()?;
        let resource = Resource::builder().with_service_name("outturn").build();
        let provider =
            SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
        global::set_tracer_provider(provider.clone());
        Ok(Self(provider))
    }
}

impl Drop for TraceExport {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(SHUTDOWN_TIMEOUT) {
            tracing::warn!(%error, "export of remaining trace spans failed");
        }
    }
}
