//! A metric can be recomputed from its explanation alone, and no person is named in it.

mod paging;
mod random;
mod reader;
mod rules;
mod sample;

use serde_json::Value;

use crate::support::{Person, id};
use reader::{Pages, said};

/// Where a target's explanation is.
fn explanation(target: &Value, day: &str) -> String {
    format!("/v1/targets/{}/metric/explanation?as_at={day}", id(target))
}

/// Recounts a target's metric on a day from its explanation, read in pages of this size; gives the pages.
async fn recount(person: &Person, target: &Value, day: &str, limit: usize) -> Pages {
    let metric = person.read(&format!("/v1/targets/{}/metric?as_at={day}", id(target))).await;
    let pages = Pages::read(person, &explanation(target, day), limit).await;
    let what = format!("{} {} on {day}: {}", target["code"], target["measure"], pages.head);
    assert_eq!(said(&pages.head), said(&metric), "{what}");
    assert_eq!(pages.recount(), said(&metric), "{what} {:#?}", pages.rows);
    for same in
        ["as_at", "alternatives", "rounding_sensitive", "choice_sensitive", "value_reason", "status_reason"]
    {
        assert_eq!(pages.head[same], metric[same], "{what}");
    }
    pages
}
