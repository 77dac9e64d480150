//! Access tokens of an external identity provider: validation, keys and role mappings.

mod keys;
mod mappings;
mod rights;
mod tokens;

use serde_json::{Value, json};

use crate::support::{AUDIENCE, App, Caller, Issuer};

/// A server that accepts tokens of this issuer.
pub fn app_trusting(issuer: &Issuer) -> App {
    App::configured(&[("OUTTURN_OIDC_ISSUERS", &issuer.url), ("OUTTURN_OIDC_AUDIENCE", AUDIENCE)])
}

/// Creates a role mapping for an app role of the issuer; the role is officer by default.
pub async fn map(admin: &Caller, issuer: &str, app_role: &str, more: Value) -> Value {
    let mut body =
        json!({ "name": app_role, "issuer": issuer, "claim": "roles", "value": app_role, "role": "officer" });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    admin.create("/v1/role-mappings", body).await
}
