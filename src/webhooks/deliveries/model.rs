//! Wire types and table mapping of webhook deliveries.

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
    /// The status of a delivery.
    pub enum DeliveryStatus {
        /// The next attempt is at `next_attempt_at`, or is in progress.
        Pending = "pending",
        /// The receiver answered 2xx.
        Delivered = "delivered",
        /// No attempt succeeded, and none will follow. A replay sends the event again.
        Failed = "failed",
    }
}

text_enum! {
    /// Why an attempt failed.
    pub enum DeliveryFault {
        /// The receiver answered with another status than 2xx.
        Refused = "refused",
        /// The address is in a network that webhooks may not reach, or that they may reach only
        /// over TLS.
        OutOfReach = "out_of_reach",
        /// The name cannot be resolved, the connection was refused or broke, or the certificate is
        /// not valid.
        Unreachable = "unreachable",
        /// No response within fifteen seconds, or no connection within five.
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
    /// The id.
    pub id: Uuid,
    /// Increases with every change. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the delivery was created.
    pub created_at: Instant,
    /// When the delivery last changed.
    pub updated_at: Instant,
    /// The webhook's id.
    pub webhook_id: Uuid,
    /// The event's id, sent as `webhook-id`.
    pub event_id: Uuid,
    /// The event's type.
    #[diesel(select_expression = fixed::<Text>(EVENT_TYPE), select_expression_type = FixedSql<Text>)]
    pub event_type: EventType,
    /// When the event happened.
    #[diesel(select_expression = fixed::<Timestamptz>(OCCURRED_AT), select_expression_type = FixedSql<Timestamptz>)]
    pub occurred_at: Instant,
    /// The status of the delivery.
    pub status: DeliveryStatus,
    /// The number of attempts, since the last replay if there was one.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    pub attempts: i32,
    /// When the last attempt began; null if there was none.
    pub last_attempt_at: Option<Instant>,
    /// The status code of the response to the last attempt; null if there was no response.
    #[schema(minimum = 100, maximum = 999)]
    pub last_status_code: Option<i32>,
    /// Why the last attempt failed; null if it succeeded or is in progress.
    pub last_fault: Option<DeliveryFault>,
    /// When the next attempt is due; null if there is none.
    pub next_attempt_at: Option<Instant>,
    /// When the event was last delivered; null if it never was.
    pub delivered_at: Option<Instant>,
}
versioned!(WebhookDelivery);
page!(WebhookDeliveryPage of WebhookDelivery);
sorts! {
    /// The order of deliveries.
    WebhookDeliverySort of WebhookDelivery in webhook_deliveries:
    CreatedDescending = "-created_at" by created_at: Instant, descending;
    Created = "created_at" by created_at: Instant, ascending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

/// The deliveries to list, and their order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WebhookDeliveryFilter {
    /// Only deliveries to this webhook.
    pub webhook_id: Option<Uuid>,
    /// Only deliveries of this event.
    pub event_id: Option<Uuid>,
    /// Only deliveries of events of this type.
    #[param(inline)]
    pub event_type: Option<EventType>,
    /// Only deliveries with this status. `failed` are the dead letters.
    #[param(inline)]
    pub status: Option<DeliveryStatus>,
    /// The order. Default: `-created_at`, the latest first.
    #[param(inline)]
    pub sort: Option<WebhookDeliverySort>,
}
