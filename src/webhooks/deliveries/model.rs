//! JSON types of webhook deliveries, and their mapping to tables.

use diesel::sql_types::{Text, Timestamptz};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::schema::webhook_deliveries;
use crate::db::sorts;
use crate::db::sql::{FixedSql, fixed};
use crate::values::{Instant, text_enum};
use crate::web::{page, versioned};
use crate::webhooks::event_types::EventType;

text_enum! {
    /// Whether the event of a delivery has reached the webhook.
    pub enum DeliveryStatus {
        /// The next delivery attempt is due at `next_attempt_at`, or an attempt is in progress.
        Pending = "pending",
        /// The receiver has answered with a 2xx status.
        Delivered = "delivered",
        /// No attempt succeeded, and no further attempt follows. A webhook replay sends the event
        /// again.
        Failed = "failed",
    }
}

text_enum! {
    /// Why a delivery attempt failed.
    pub enum DeliveryFault {
        /// The receiver answered with a status other than 2xx.
        Refused = "refused",
        /// The address is in a network that webhooks may not reach, or may reach only over TLS.
        OutOfReach = "out_of_reach",
        /// The host name cannot be resolved, the connection was refused or broken, or the
        /// certificate is not valid.
        Unreachable = "unreachable",
        /// No response arrived within fifteen seconds, or no connection was made within five
        /// seconds.
        Timeout = "timeout",
    }
}

const EVENT_TYPE: &str =
    "(SELECT e.event_type FROM webhook_events e WHERE e.id = webhook_deliveries.event_id)";
const OCCURRED_AT: &str =
    "(SELECT e.occurred_at FROM webhook_events e WHERE e.id = webhook_deliveries.event_id)";

/// The delivery of an event to a webhook.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = webhook_deliveries)]
pub struct WebhookDelivery {
    /// The id of the delivery.
    pub id: Uuid,
    /// Increases with every change. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the delivery was created.
    pub created_at: Instant,
    /// When the delivery last changed.
    pub updated_at: Instant,
    /// The id of the webhook to which the event is sent.
    pub webhook_id: Uuid,
    /// The id of the event, sent in the header `webhook-id`.
    pub event_id: Uuid,
    /// The type of the event.
    #[diesel(select_expression = fixed::<Text>(EVENT_TYPE), select_expression_type = FixedSql<Text>)]
    pub event_type: EventType,
    /// When the event happened.
    #[diesel(select_expression = fixed::<Timestamptz>(OCCURRED_AT), select_expression_type = FixedSql<Timestamptz>)]
    pub occurred_at: Instant,
    /// The status of the delivery.
    pub status: DeliveryStatus,
    /// The number of delivery attempts. After a replay, only attempts since the replay count.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub attempts: i32,
    /// When the last attempt began; null if no attempt was made.
    pub last_attempt_at: Option<Instant>,
    /// The status code of the response to the last attempt; null if no response arrived.
    #[schema(minimum = 100, maximum = 999)]
    pub last_status_code: Option<i32>,
    /// Why the last attempt failed; null if the last attempt succeeded or is in progress.
    pub last_fault: Option<DeliveryFault>,
    /// When the next attempt is due; null if no attempt is due.
    pub next_attempt_at: Option<Instant>,
    /// When the event was last delivered; null if the event was never delivered.
    pub delivered_at: Option<Instant>,
}
versioned!(WebhookDelivery);
page!(WebhookDeliveryPage of WebhookDelivery);
sorts! {
    /// The order of webhook deliveries.
    WebhookDeliverySort of WebhookDelivery in webhook_deliveries:
    CreatedDescending = "-created_at" by created_at: Instant, descending;
    Created = "created_at" by created_at: Instant, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

/// Filters and order of a list of webhook deliveries.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WebhookDeliveryFilter {
    /// Only deliveries to this webhook.
    pub webhook_id: Option<Uuid>,
    /// Only deliveries of this event.
    pub event_id: Option<Uuid>,
    /// Only deliveries of events that have this type.
    #[param(inline)]
    pub event_type: Option<EventType>,
    /// Only deliveries with this status. Deliveries with `failed` are the dead letters.
    #[param(inline)]
    pub status: Option<DeliveryStatus>,
    /// The order of the deliveries. Default: `-created_at`, the latest first.
    #[param(inline)]
    pub sort: Option<WebhookDeliverySort>,
}
