//! Webhook events: their types, their data, and their description in the OpenAPI document.

mod document;
mod model;

use serde::Serialize;

use crate::values::{Instant, text_enum};
use crate::web::document::Outgoing;
pub use model::{AttendanceAccepted, Ping, PublicationStep, ReadingOverdue, TargetStatusChanged};

/// Declares the webhook event types. Each event type has a name, the Rust type of its data, the
/// name of its message's schema, and a summary.
macro_rules! events {
    ($( $(#[doc = $doc:literal])+ $event:ident($data:ty) = $word:literal as $message:literal, $summary:literal; )+) => {
        text_enum! {
            /// The type of a webhook event.
            pub enum EventType {
                $( $(#[doc = $doc])+ $event = $word, )+
            }
        }

        #[derive(Debug, Clone)]
        pub enum Event {
            $( $(#[doc = $doc])+ $event($data), )+
        }

        impl Event {
            pub const fn event_type(&self) -> EventType {
                match self { $( Self::$event(_) => EventType::$event, )+ }
            }

            /// Returns the JSON body of the webhook message.
            pub fn content(&self, occurred_at: Instant) -> Result<String, serde_json::Error> {
                match self { $( Self::$event(data) => message(EventType::$event, occurred_at, data), )+ }
            }
        }

        /// Returns the entries that describe all event types in the document's `webhooks`.
        pub fn documented() -> Vec<Outgoing> {
            vec![$( document::outgoing::<$data>($word, $message, $summary, concat!($($doc, "\n"),+).trim()) ),+]
        }
    };
}

events! {
    /// Attendance records of a register were created, changed or deleted, by any caller. The server
    /// sends one message for each meeting and transaction. It sends none for a request that changed
    /// nothing.
    AttendanceAccepted(AttendanceAccepted) = "attendance.accepted" as "AttendanceAcceptedMessage", "Register lines were accepted";
    /// A publication was published. Every role can read it from now on, and the server refuses
    /// writes to its period.
    PublicationPublished(PublicationStep) = "publication.published" as "PublicationPublishedMessage", "A framework's metrics were published";
    /// A publication was reopened. The server accepts writes to its period again.
    PublicationReopened(PublicationStep) = "publication.reopened" as "PublicationReopenedMessage", "A published period was reopened";
    /// A record is missing that was due yesterday or earlier. The record is a reading for a
    /// reporting period, a closed register, the status of a meeting, evaluation forms, or whether a
    /// deliverable was delivered. The server sends one message for each record. It sends another
    /// message only if the record was received and then removed. It sends none for records that
    /// were overdue when it first derived the target.
    ReadingOverdue(ReadingOverdue) = "reading.overdue" as "ReadingOverdueMessage", "A record that is due is missing";
    /// The status of a target for today differs from the status in the last message. New records or
    /// a new day are the cause. The server does not send a change that was reversed between two
    /// checks. It sends no message for the first status that it derives for a target.
    TargetStatusChanged(TargetStatusChanged) = "target.status_changed" as "TargetStatusChangedMessage", "A target's status has changed";
    /// A test message that a caller requested. The server sends the message even if the webhook is
    /// not subscribed to this type.
    WebhookPing(Ping) = "webhook.ping" as "WebhookPingMessage", "A test message";
}

/// A webhook event that occurred. If the change log caused the event, it contains the transaction.
#[derive(Debug, Clone)]
pub struct EventOccurrence {
    pub event: Event,
    pub at: Instant,
    pub transaction: Option<i64>,
}

#[derive(Serialize)]
struct Message<'d, D> {
    r#type: EventType,
    timestamp: Instant,
    data: &'d D,
}

fn message<D: Serialize>(
    r#type: EventType,
    timestamp: Instant,
    data: &D,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Message { r#type, timestamp, data })
}
