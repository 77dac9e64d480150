//! Lines that would change a published figure fail. The server applies the other lines.

use serde_json::{Value, json};

use super::{assert_counts_match, errors, send, statuses};
use crate::support::{App, Fixtures, id};

/// A published year whose target continues a target of the year before. Both years have meetings.
struct PublishedYear {
    app: App,
    fixtures: Fixtures,
    seats: Vec<Value>,
    earlier: Value,
    target: Value,
    publication: Value,
    other_seat: Value,
    other_meeting: Value,
    group: Value,
}

impl PublishedYear {
    async fn new() -> Self {
        let app = App::new();
        let fixtures = Fixtures(app.officer());
        let group = fixtures.group(json!({})).await;
        let mut seats = Vec::new();
        for _ in 0..2 {
            seats.push(fixtures.seat(&group, &fixtures.council(json!({})).await, json!({})).await);
        }
        let measure = json!({ "kind": "attendance_rate", "unit": "seat" });
        let before = fixtures.framework(json!({ "plan_from": "2016-04-01" })).await;
        let outcome = fixtures.outcome(&fixtures.theme(&before).await).await;
        let action = fixtures.action(&outcome, json!({ "group_ids": [group["id"]] })).await;
        let continued = fixtures.target(&action, measure.clone(), json!({ "threshold": 60 })).await;
        fixtures.activate(&before).await;
        let (framework, action) = fixtures.plan(&[&group]).await;
        let more = json!({ "threshold": 60, "continues_target_id": continued["id"] });
        let target = fixtures.target(&action, measure, more).await;
        fixtures.activate(&framework).await;
        let earlier = create_closed_register(&fixtures, &group, &seats, "2016-05-01").await;
        create_closed_register(&fixtures, &group, &seats, "2017-05-01").await;
        let (other_seat, other_meeting) = fixtures.seat_and_meeting("2016-06-01").await;
        let publication = fixtures.publish(&framework, "2018-03-31", &app.admin()).await;
        Self { app, fixtures, seats, earlier, target, publication, other_seat, other_meeting, group }
    }

    fn line(&self, seat: usize, status: &str) -> Value {
        json!({ "meeting_id": self.earlier["id"], "seat_id": self.seats[seat]["id"], "status": status })
    }

    fn other_line(&self) -> Value {
        json!({ "meeting_id": self.other_meeting["id"], "seat_id": self.other_seat["id"], "status": "present" })
    }

    async fn metric(&self) -> Value {
        self.fixtures.metric(&self.target, "2018-03-31").await
    }

    /// Asserts that an error names the publication, the target and the day.
    fn assert_detail_names_figure(&self, detail: &Value) {
        let detail = detail.as_str().expect("a sentence");
        for name in [&self.publication["id"], &self.target["code"], &self.publication["as_at"]] {
            assert!(detail.contains(name.as_str().expect("a text")), "{name}: {detail}");
        }
    }
}

/// Creates a meeting with a closed register in which the first of two seats is present.
async fn create_closed_register(fixtures: &Fixtures, group: &Value, seats: &[Value], day: &str) -> Value {
    let meeting = fixtures.meeting(Some(group), day, json!({})).await;
    fixtures.attendance(&meeting, &seats[0], "present").await;
    fixtures.attendance(&meeting, &seats[1], "absent").await;
    fixtures.close_register(&meeting).await;
    meeting
}

#[tokio::test]
async fn a_line_that_would_change_a_published_figure_fails_and_the_others_are_applied() {
    let year = PublishedYear::new().await;
    let before = year.metric().await;
    let lines = json!([year.line(0, "present"), year.line(1, "present"), year.other_line()]);
    for (mode, is_written) in [("?mode=validate", 0), ("", 1)] {
        let result = send(&year.fixtures.0, mode, lines.clone()).await.expect(200).body;
        assert_counts_match(&result);
        assert_eq!(statuses(&result), ["unchanged", "failed", "created"], "{mode}: {result}");
        assert_eq!(errors(&result), ["#/lines/1 period_published"]);
        year.assert_detail_names_figure(&result["results"][1]["errors"][0]["detail"]);
        let path = format!("/v1/attendance?meeting_id={}", id(&year.other_meeting));
        assert_eq!(year.fixtures.0.all(&path).await.len(), is_written, "{mode}");
    }
    assert_eq!(year.metric().await, before);
}

#[tokio::test]
async fn an_atomic_request_that_would_change_a_published_figure_is_not_applied() {
    let year = PublishedYear::new().await;
    let lines = json!([year.other_line(), year.line(1, "present")]);
    for mode in ["?atomic=true&mode=validate", "?atomic=true"] {
        let refused = send(&year.fixtures.0, mode, lines.clone()).await;
        assert_eq!((refused.status, refused.code()), (422, "lines_failed"), "{}", refused.text);
        assert_eq!(statuses(&refused.body["result"]), ["not_applied", "failed"], "{mode}");
        assert_eq!(errors(&refused.body["result"]), ["#/lines/1 period_published"]);
    }
    assert_eq!(year.app.number("SELECT count(*) AS n FROM attendance").await, 4);
}

#[tokio::test]
async fn closing_a_register_that_would_change_a_published_figure_is_rejected() {
    let year = PublishedYear::new().await;
    let open = year.fixtures.meeting(Some(&year.group), "2016-07-01", json!({})).await;
    let lines: Vec<Value> = year
        .seats
        .iter()
        .map(|seat| json!({ "meeting_id": open["id"], "seat_id": seat["id"], "status": "present" }))
        .collect();
    for mode in ["&mode=validate", ""] {
        let query = format!("?close_register=true{mode}");
        let refused = send(&year.fixtures.0, &query, json!(lines)).await;
        assert_eq!((refused.status, refused.code()), (409, "period_published"), "{}", refused.text);
        year.assert_detail_names_figure(&refused.body["detail"]);
    }
    let result = send(&year.fixtures.0, "", json!(lines)).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "created"], "an open register does not change a figure");
}
