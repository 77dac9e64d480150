//! A delivery on the wire and in its table.

use diesel::sql_types::{Text, Timestamptz};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::webhook_deliveries;
use crate::db::sorts;
use crate::db::sql::{Fixed, fixed};
use crate::values::{Instant, text_enum};
use crate::web::{page, versioned};
use crate::webhooks::events::EventType;

text_enum! {
    /// How far an event is on its way.
    pub enum DeliveryStatus {
        /// It is sent at `next_attempt_at`, or just now.
        Pending = "pending",
        /// It has arrived.
        Delivered = "delivered",
        /// It was given up; a replay tries anew.
        Failed = "failed",
    }
}

text_enum! {
    /// Why an attempt failed.
    pub enum DeliveryFault {
        /// It was answered otherwise than with 2xx.
        Refused = "refused",
        /// The address lies in a network that webhooks do not reach, or not without TLS.
        OutOfReach = "out_of_reach",
        /// The name is not known, nothing listens there, the certificate does not hold, or the connection broke.
        Unreachable = "unreachable",
        /// No answer came within fifteen seconds, or no connection within five.
        Timeout = "timeout",
    }
}

const EVENT_TYPE: &str =
    "(SELECT e.event_type FROM webhook_events e WHERE e.id = webhook_deliveries.event_id)";
const OCCURRED_AT: &str =
    "(SELECT e.occurred_at FROM webhook_events e WHERE e.id = webhook_deliveries.event_id)";

/// An event on its way to a webhook.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = webhook_deliveries)]
pub struct WebhookDelivery {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was told.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The webhook.
    pub webhook_id: Uuid,
    /// The event: what `webhook-id` says.
    pub event_id: Uuid,
    /// What happened.
    #[diesel(select_expression = fixed::<Text>(EVENT_TYPE), select_expression_type = Fixed<Text>)]
    pub event_type: EventType,
    /// When it happened.
    #[diesel(select_expression = fixed::<Timestamptz>(OCCURRED_AT), select_expression_type = Fixed<Timestamptz>)]
    pub occurred_at: Instant,
    /// How far it is.
    pub status: DeliveryStatus,
    /// How often it was tried; since the last replay, where there was one.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub attempts: i32,
    /// When it was last tried.
    pub last_attempt_at: Option<Instant>,
    /// The status that was answered then; null where none was.
    #[schema(minimum = 100, maximum = 999)]
    pub last_status_code: Option<i32>,
    /// Why that attempt failed; null where it did not, or is not known yet.
    pub last_fault: Option<DeliveryFault>,
    /// When it is tried next; null once nothing more is tried.
    pub next_attempt_at: Option<Instant>,
    /// When it arrived, the last time if it was sent again since.
    pub delivered_at: Option<Instant>,
}
versioned!(WebhookDelivery);
page!(WebhookDeliveryPage of WebhookDelivery);
sorts! {
    /// How deliveries are sorted.
    WebhookDeliverySort of WebhookDelivery in webhook_deliveries:
    CreatedDescending = "-created_at" by created_at: Instant, descending;
    Created = "created_at" by created_at: Instant, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

/// Which deliveries to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WebhookDeliveryFilter {
    /// Deliveries to this webhook.
    pub webhook_id: Option<Uuid>,
    /// Deliveries of this event.
    pub event_id: Option<Uuid>,
    /// Deliveries of events of this kind.
    #[param(inline)]
    pub event_type: Option<EventType>,
    /// Deliveries so far on their way: `failed` are the dead letters.
    #[param(inline)]
    pub status: Option<DeliveryStatus>,
    /// The order; the latest first if not said.
    #[param(inline)]
    pub sort: Option<WebhookDeliverySort>,
}
