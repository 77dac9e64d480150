//! The framework as a document.

mod figures;
mod page;
mod published;
mod safe;
mod word;
mod workbook;

use page::Element;
use serde_json::Value;

use crate::support::{Person, id};

/// The document of a framework on a day, parsed.
async fn report(person: &Person, framework: &Value, as_at: &str) -> Element {
    Element::parse(&html(person, framework, as_at).await)
}

async fn html(person: &Person, framework: &Value, as_at: &str) -> String {
    person.get(&format!("/v1/frameworks/{}/report?as_at={as_at}", id(framework))).await.expect(200).text
}

async fn framework(person: &Person, code: &str) -> Value {
    person.all(&format!("/v1/frameworks?code={code}")).await.remove(0)
}
