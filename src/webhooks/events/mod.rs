//! What is told: the kinds of events, what each says, and how the document describes them.

mod document;
mod model;

use serde::Serialize;

use crate::values::{Instant, text_enum};
use crate::web::document::Outgoing;
pub use model::{AttendanceAccepted, Ping, PublicationStep, ReadingOverdue, TargetStatusChanged};

/// Declares the kinds of events: the word each goes by, what it says, and the name of its message's schema.
macro_rules! events {
    ($( $(#[doc = $doc:literal])+ $event:ident($data:ty) = $word:literal as $message:literal, $summary:literal; )+) => {
        text_enum! {
            /// What is told.
            pub enum EventType {
                $( $(#[doc = $doc])+ $event = $word, )+
            }
        }

        /// Something that happened.
        #[derive(Debug, Clone)]
        pub enum Event {
            $( $(#[doc = $doc])+ $event($data), )+
        }

        impl Event {
            /// What it is.
            pub const fn event_type(&self) -> EventType {
                match self { $( Self::$event(_) => EventType::$event, )+ }
            }

            /// The message that is signed and sent.
            pub fn content(&self, occurred_at: Instant) -> Result<String, serde_json::Error> {
                match self { $( Self::$event(data) => message(EventType::$event, occurred_at, data), )+ }
            }
        }

        /// Every kind of event, as the document's `webhooks` has it.
        pub fn documented() -> Vec<Outgoing> {
            vec![$( document::outgoing::<$data>($word, $message, $summary, concat!($($doc, "\n"),+).trim()) ),+]
        }
    };
}

events! {
    /// Lines of a register were accepted: made, changed or deleted, by whomever. One message for each meeting and transaction; a request that changed nothing is not told.
    AttendanceAccepted(AttendanceAccepted) = "attendance.accepted" as "AttendanceAcceptedMessage", "Lines of a register were accepted";
    /// A publication is seen by everybody from now on, and its period takes no more writes.
    PublicationPublished(PublicationStep) = "publication.published" as "PublicationPublishedMessage", "A framework's metrics were published";
    /// A publication's period takes writes again.
    PublicationReopened(PublicationStep) = "publication.reopened" as "PublicationReopenedMessage", "A published period was reopened";
    /// Something that is due has not come in, since yesterday or longer: a reading of a reporting period, a register, what became of a meeting, forms, whether something was delivered. Each is told once, and again only if it came in and was taken back. A target is followed from when the server first sees it; what is overdue then is not told.
    ReadingOverdue(ReadingOverdue) = "reading.overdue" as "ReadingOverdueMessage", "Something that is due has not come in";
    /// A target stands otherwise than it was last told to, as read today: because of what was entered, or because a day has passed. What changed and changed back in between is not told. A target is followed from when the server first sees it.
    TargetStatusChanged(TargetStatusChanged) = "target.status_changed" as "TargetStatusChangedMessage", "A target's status has changed";
    /// Somebody asked for it, to see that messages arrive. It is sent whatever the webhook wants to be told.
    WebhookPing(Ping) = "webhook.ping" as "WebhookPingMessage", "A message to see that messages arrive";
}

/// An event, when it happened, and which transaction wrote it if the log told it.
#[derive(Debug, Clone)]
pub struct Happened {
    /// What happened.
    pub event: Event,
    /// When.
    pub at: Instant,
    /// The transaction.
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
