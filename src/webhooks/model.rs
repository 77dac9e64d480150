//! JSON types of webhooks, and their mapping to tables.

use diesel::sql_types::{Nullable, Text};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::event_types::EventType;
use super::signing::WebhookSecret;
use crate::db::schema::webhooks;
use crate::db::sorts;
use crate::db::sql::{FixedSql, fixed};
use crate::rules::ranges::are_distinct;
use crate::values::{Instant, RuleErrors, ShortText, Url, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// Why the server disabled a webhook.
    pub enum DisabledReason {
        /// The receiver answered with status 410, which means that it wants no more events.
        Gone = "gone",
        /// A delivery has failed after its last attempt. Also, in the last five days no delivery
        /// has succeeded and nobody has changed the webhook.
        Failing = "failing",
    }
}

/// A webhook: an address to which the server sends events.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = webhooks)]
pub struct Webhook {
    /// The id of the webhook.
    pub id: Uuid,
    /// Increases with every change. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the webhook was created. Earlier events are sent to the webhook only by a replay.
    pub created_at: Instant,
    /// When the webhook last changed.
    pub updated_at: Instant,
    /// The name of the webhook, for people.
    pub name: ShortText,
    /// The address to which the server posts events.
    pub url: Url,
    /// The types of events to which the webhook is subscribed.
    #[schema(min_items = 1, max_items = 6)]
    pub event_types: Vec<EventType>,
    /// Whether the server sends events to the webhook.
    pub enabled: bool,
    /// Why the server disabled the webhook. Null if the webhook is enabled, or if a caller disabled
    /// it.
    pub disabled_reason: Option<DisabledReason>,
    /// The number of the webhook's current secret. The first secret is 1, and each new secret has
    /// the next number.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub secret_generation: i32,
    /// When the current secret was created. For a day after that, the previous secret also signs
    /// messages.
    pub secret_made_at: Instant,
    /// The secret that signs messages. Only the response that creates the secret contains it. In
    /// all other responses it is null.
    #[diesel(select_expression = fixed::<Nullable<Text>>("NULL::text"), select_expression_type = FixedSql<Nullable<Text>>)]
    pub secret: Option<WebhookSecret>,
}
versioned!(Webhook);
page!(WebhookPage of Webhook);
sorts! {
    /// The order of webhooks.
    WebhookSort of Webhook in webhooks:
    Name = "name" by name: String, ascending;
    NameDescending = "-name" by name: String, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table webhooks;
    /// The fields of a new webhook.
    #[schema(example = json!({
        "name": "Members' dashboard", "url": "https://dashboard.example.org/outturn", "event_types": ["publication.published", "target.status_changed"]
    }))]
    new NewWebhook;
    /// The fields of a webhook to update.
    #[schema(example = json!({ "enabled": false }))]
    patch WebhookPatch;
    fixed {}
    fixed_optional {}
    required {
        /// The name of the webhook, for people.
        name: ShortText,
        /// The address to which the server posts events. It must be an `https://` URL on the public
        /// internet or in a network that the server is configured to reach. In a configured
        /// network, `http://` is also allowed.
        url: Url,
        /// The types of events to which the webhook is subscribed.
        #[schema(min_items = 1, max_items = 6)]
        #[validate(custom(function = "are_distinct"))]
        event_types: Vec<EventType>,
    }
    defaulted {
        /// Whether the server sends events to the webhook. Default: true. Events that occur while
        /// the webhook is disabled are sent only by a replay.
        enabled: bool,
    }
    optional {}
    children {}
}

/// Filters and order of a list of webhooks.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WebhookFilter {
    /// Only enabled webhooks (true) or only disabled webhooks (false).
    pub enabled: Option<bool>,
    /// The order of the webhooks. Default: `name`.
    #[param(inline)]
    pub sort: Option<WebhookSort>,
}

/// The selection of events that a replay sends to a webhook again.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "is_in_order", skip_on_field_errors = false))]
#[schema(example = json!({ "since_at": "2026-11-01T00:00:00Z" }))]
pub struct NewWebhookReplay {
    /// Only events that occurred at or after this instant. The server keeps events for thirty days.
    pub since_at: Instant,
    /// Only events that occurred before this instant. Default: no end.
    #[serde(default)]
    #[schema(nullable = false)]
    pub before_at: Option<Instant>,
    /// Only events with these ids.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 100)]
    pub event_ids: Option<Vec<Uuid>>,
    /// Whether to send only failed deliveries again. Default: true. With false, the server sends
    /// all events to which the webhook is subscribed. They include delivered events and events that
    /// the webhook never received.
    #[serde(default)]
    #[schema(nullable = false)]
    pub failed_only: Option<bool>,
}

fn is_in_order(replay: &NewWebhookReplay) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let is_empty = replay.before_at.is_some_and(|before| before <= replay.since_at);
    errors.add_if(is_empty, "/before_at", "out_of_order", "`before_at` must be later than `since_at`.");
    errors.into_result()
}

/// The result of a webhook replay.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookReplay {
    /// The number of events that will be sent.
    #[schema(minimum = 0)]
    pub replayed: i64,
}
