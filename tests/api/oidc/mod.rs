//! Access tokens of an outside identity provider: which count, whose keys, and what mappings make of them.

mod keys;
mod mappings;
mod rights;
mod tokens;

use serde_json::{Value, json};

use crate::support::{AUDIENCE, App, Issuer, Person};

/// A server that accepts this issuer's tokens.
pub fn app_trusting(issuer: &Issuer) -> App {
    App::configured(&[("OUTTURN_OIDC_ISSUERS", &issuer.url), ("OUTTURN_OIDC_AUDIENCE", AUDIENCE)])
}

/// Maps an app role of the issuer's.
pub async fn map(admin: &Person, issuer: &str, app_role: &str, more: Value) -> Value {
    let mut body =
        json!({ "name": app_role, "issuer": issuer, "claim": "roles", "value": app_role, "role": "officer" });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    admin.make("/v1/role-mappings", body).await
}
