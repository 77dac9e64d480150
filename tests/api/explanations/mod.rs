//! Explanations: a metric can be recomputed from its explanation, which names no person.

mod paging;
mod random;
mod reader;
mod rules;
mod sample;

use serde_json::Value;

use crate::support::{Caller, id};
use reader::{Figures, Pages};

/// Returns the path of a target's explanation.
fn explanation_path(target: &Value, day: &str) -> String {
    format!("/v1/targets/{}/metric/explanation?as_at={day}", id(target))
}

/// Recomputes a target's metric from its explanation, in pages of `limit` rows. Asserts that the
/// results match. Returns the pages.
async fn recount(caller: &Caller, target: &Value, day: &str, limit: usize) -> Pages {
    let metric = caller.read(&format!("/v1/targets/{}/metric?as_at={day}", id(target))).await;
    let pages = Pages::read(caller, &explanation_path(target, day), limit).await;
    let context = format!("{} {} on {day}: {}", target["code"], target["measure"], pages.head);
    assert_eq!(Figures::from_metric(&pages.head), Figures::from_metric(&metric), "{context}");
    assert_eq!(pages.recount(), Figures::from_metric(&metric), "{context} {:#?}", pages.rows);
    for member in
        ["as_at", "alternatives", "rounding_sensitive", "choice_sensitive", "value_reason", "status_reason"]
    {
        assert_eq!(pages.head[member], metric[member], "{context}");
    }
    pages
}
