//! Framework reports as HTML, Word and Excel files.

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

use crate::support::{Caller, Fixtures, id};

/// The parsed HTML report of a framework as at a day.
async fn report(caller: &Caller, framework: &Value, as_at: &str) -> Element {
    Element::parse(&html(caller, framework, as_at).await)
}

async fn html(caller: &Caller, framework: &Value, as_at: &str) -> String {
    caller.get(&format!("/v1/frameworks/{}/report?as_at={as_at}", id(framework))).await.expect(200).text
}

async fn framework(caller: &Caller, code: &str) -> Value {
    caller.all(&format!("/v1/frameworks?code={code}")).await.remove(0)
}

/// A draft publication as at 30 June 2017, in which one of two seats was present.
struct Sealed {
    council: Value,
    framework: Value,
    action: Value,
    target: Value,
    meeting: Value,
    absent_record: Value,
    publication: Value,
}

impl Sealed {
    async fn new(fixtures: &Fixtures) -> Self {
        let group = fixtures.group(json!({})).await;
        let council = fixtures.council(json!({})).await;
        let seats = [
            fixtures.seat(&group, &council, json!({})).await,
            fixtures.seat(&group, &council, json!({ "ordinal": 2 })).await,
        ];
        let (framework, action) = fixtures.plan(&[&group]).await;
        let measure = json!({ "kind": "attendance_rate", "unit": "seat" });
        let target = fixtures.target(&action, measure, json!({ "threshold": 60 })).await;
        let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
        let absent_record = fixtures.attendance(&meeting, &seats[0], "absent").await;
        fixtures.attendance(&meeting, &seats[1], "present").await;
        fixtures.close_register(&meeting).await;
        fixtures.activate(&framework).await;
        let body = json!({ "framework_id": framework["id"], "as_at": "2017-06-30" });
        let publication = fixtures.0.create("/v1/publications", body).await;
        Self { council, framework, action, target, meeting, absent_record, publication }
    }

    /// Corrects the absent attendance record to present.
    async fn correct(&self, fixtures: &Fixtures) {
        let register = format!("/v1/meetings/{}", id(&self.meeting));
        let version = fixtures.0.read(&register).await["version"].as_i64().expect("a version");
        fixtures.0.patch(&register, version, json!({ "register": "open" })).await.expect(200);
        let line = format!("/v1/attendance/{}", id(&self.absent_record));
        fixtures.0.patch(&line, 1, json!({ "status": "present" })).await.expect(200);
        fixtures.close_register(&self.meeting).await;
    }
}
