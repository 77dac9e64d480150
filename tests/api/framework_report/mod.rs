//! The framework as a document.

mod association;
mod figures;
mod layout;
mod ongoing;
mod page;
mod partial;
mod published;
mod safe;
mod word;
mod workbook;

use page::Element;
use serde_json::{Value, json};

use crate::support::{Made, Person, id};

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

/// A draft publication at 30 June 2017: of two seats one was taken, and then it is said that both were.
struct Sealed {
    council: Value,
    framework: Value,
    action: Value,
    target: Value,
    meeting: Value,
    absent: Value,
    publication: Value,
}

impl Sealed {
    async fn new(made: &Made) -> Self {
        let group = made.group(json!({})).await;
        let council = made.council(json!({})).await;
        let seats = [
            made.seat(&group, &council, json!({})).await,
            made.seat(&group, &council, json!({ "ordinal": 2 })).await,
        ];
        let (framework, action) = made.plan(&[&group]).await;
        let measure = json!({ "kind": "attendance_rate", "unit": "seat" });
        let target = made.target(&action, measure, json!({ "threshold": 60 })).await;
        let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
        let absent = made.line(&meeting, &seats[0], "absent").await;
        made.line(&meeting, &seats[1], "present").await;
        made.close(&meeting).await;
        made.agree(&framework).await;
        let body = json!({ "framework_id": framework["id"], "as_at": "2017-06-30" });
        let publication = made.0.make("/v1/publications", body).await;
        Self { council, framework, action, target, meeting, absent, publication }
    }

    /// Says that whoever was absent was there.
    async fn correct(&self, made: &Made) {
        let register = format!("/v1/meetings/{}", id(&self.meeting));
        let version = made.0.read(&register).await["version"].as_i64().expect("a version");
        made.0.patch(&register, version, json!({ "register": "open" })).await.expect(200);
        let line = format!("/v1/attendance/{}", id(&self.absent));
        made.0.patch(&line, 1, json!({ "status": "present" })).await.expect(200);
        made.close(&self.meeting).await;
    }
}
