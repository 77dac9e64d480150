//! A webhook on the wire and in its table.

use diesel::sql_types::{Nullable, Text};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::events::EventType;
use super::signing::WebhookSecret;
use crate::db::schema::webhooks;
use crate::db::sorts;
use crate::db::sql::{Fixed, fixed};
use crate::rules::ranges::are_distinct;
use crate::values::{Findings, Instant, Line, Url, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// Why the server itself disabled a webhook.
    pub enum DisabledReason {
        /// The receiver answered 410: it wants nothing any more.
        Gone = "gone",
        /// Nothing has arrived and nobody has changed it for five days, and an event was given up.
        Failing = "failing",
    }
}

/// Where events are sent to.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = webhooks)]
pub struct Webhook {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered: what had been written before is sent to it by a replay alone.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Whose it is, for people.
    pub name: Line,
    /// Where events are posted to.
    pub url: Url,
    /// What it wants to be told.
    #[schema(min_items = 1, max_items = 6)]
    pub event_types: Vec<EventType>,
    /// Whether events are sent to it.
    pub enabled: bool,
    /// Why the server itself stopped; null where it is enabled, or where somebody disabled it.
    pub disabled_reason: Option<DisabledReason>,
    /// Goes up with every new secret.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub secret_generation: i32,
    /// When the secret was made; the one that was in use before signs as well until a day later.
    pub secret_made_at: Instant,
    /// The secret that signs what is sent: in the answer that makes it and never again; null everywhere else.
    #[diesel(select_expression = fixed::<Nullable<Text>>("NULL::text"), select_expression_type = Fixed<Nullable<Text>>)]
    pub secret: Option<WebhookSecret>,
}
versioned!(Webhook);
page!(WebhookPage of Webhook);
sorts! {
    /// How webhooks are sorted.
    WebhookSort of Webhook in webhooks:
    Name = "name" by name: String, ascending;
    NameDescending = "-name" by name: String, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table webhooks;
    /// What it takes to enter a webhook.
    #[schema(example = json!({
        "name": "Members' dashboard", "url": "https://dashboard.example.org/outturn", "event_types": ["publication.published", "target.status_changed"]
    }))]
    new NewWebhook;
    /// What may change of a webhook.
    #[schema(example = json!({ "enabled": false }))]
    patch WebhookPatch;
    fixed {}
    fixed_optional {}
    required {
        /// Whose it is, for people.
        name: Line,
        /// Where events are posted to: over TLS, on the public internet or in a network that the server is configured to reach.
        url: Url,
        /// What it wants to be told.
        #[schema(min_items = 1, max_items = 6)]
        #[validate(custom(function = "are_distinct"))]
        event_types: Vec<EventType>,
    }
    defaulted {
        /// Whether events are sent to it; true if not said. What it was not sent meanwhile is sent only by a replay.
        enabled: bool,
    }
    optional {}
    children {}
}

/// Which webhooks to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WebhookFilter {
    /// Webhooks that events are sent to, or those that none are.
    pub enabled: Option<bool>,
    /// The order; names if not said.
    #[param(inline)]
    pub sort: Option<WebhookSort>,
}

/// What to send again.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "is_in_order", skip_on_field_errors = false))]
#[schema(example = json!({ "since_at": "2026-11-01T00:00:00Z" }))]
pub struct NewWebhookReplay {
    /// Events from this instant on: events are kept for thirty days.
    pub since_at: Instant,
    /// Events before this instant; all since if not said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub before_at: Option<Instant>,
    /// These events alone.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 100)]
    pub event_ids: Option<Vec<Uuid>>,
    /// Whether only what was given up is sent again; true if not said. Otherwise all is that the webhook wants to be told, also what it was never sent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub failed_only: Option<bool>,
}

fn is_in_order(replay: &NewWebhookReplay) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    let is_empty = replay.before_at.is_some_and(|before| before <= replay.since_at);
    findings.add_if(is_empty, "/before_at", "out_of_order", "The end must be later than the start.");
    findings.into_result()
}

/// What a replay came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookReplay {
    /// How many events are on their way again.
    #[schema(minimum = 0)]
    pub replayed: i64,
}
