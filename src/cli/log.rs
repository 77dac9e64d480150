//! The log: lines of JSON on standard error. A separate thread writes them, so that no request waits
//! for the reader of the log.

use std::sync::{Mutex, OnceLock, PoisonError};

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Maximum number of lines that wait to be written. Further lines are dropped and counted.
const MAX_WAITING_LINES: usize = 16_384;

static WRITER: Mutex<Option<WorkerGuard>> = Mutex::new(None);
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

pub(super) fn start(filter: EnvFilter) {
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(MAX_WAITING_LINES);
    let (writer, guard) = builder.thread_name("log").finish(std::io::stderr());
    let _ = DROPPED.set(writer.error_counter());
    *WRITER.lock().unwrap_or_else(PoisonError::into_inner) = Some(guard);
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(writer)
        .init();
}

/// Writes the waiting lines. The program must call this function before it ends.
pub(super) fn finish() {
    drop(WRITER.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// Updates the metric with the number of lines that were dropped because too many lines waited.
pub(super) fn record_dropped() {
    let dropped = DROPPED.get().map_or(0, ErrorCounter::dropped_lines);
    crate::telemetry::counter!("log_lines_dropped_total").absolute(dropped as u64);
}
