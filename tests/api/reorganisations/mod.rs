//! Reorganisations: councils end on a day, and others take over.

mod effects;
mod validation;

use serde_json::Value;

use crate::support::Caller;

async fn council(caller: &Caller, code: &str) -> Value {
    caller.all(&format!("/v1/councils?gss_code={code}")).await.remove(0)
}

async fn count(caller: &Caller, list: &str) -> i64 {
    let joint = if list.contains('?') { '&' } else { '?' };
    caller.read(&format!("{list}{joint}limit=1&total=true")).await["total"].as_i64().expect("a total")
}
