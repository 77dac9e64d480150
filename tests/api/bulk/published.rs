//! Lines that would change a published figure from afar: they fail, and the others are applied.

use serde_json::{Value, json};

use super::{adds_up, errors, send, statuses};
use crate::support::{App, Made, id};

/// A published year whose target continues one of the year before, with a meeting of that year and another group's.
struct Years {
    app: App,
    made: Made,
    seats: Vec<Value>,
    earlier: Value,
    target: Value,
    publication: Value,
    other_seat: Value,
    other_meeting: Value,
    group: Value,
}

impl Years {
    async fn new() -> Self {
        let app = App::new();
        let made = Made(app.officer());
        let group = made.group(json!({})).await;
        let mut seats = Vec::new();
        for _ in 0..2 {
            seats.push(made.seat(&group, &made.council(json!({})).await, json!({})).await);
        }
        let measure = json!({ "kind": "attendance_rate", "unit": "seat" });
        let before = made.framework(json!({ "plan_from": "2016-04-01" })).await;
        let outcome = made.outcome(&made.theme(&before).await).await;
        let action = made.action(&outcome, json!({ "group_ids": [group["id"]] })).await;
        let continued = made.target(&action, measure.clone(), json!({ "threshold": 60 })).await;
        made.agree(&before).await;
        let (framework, action) = made.plan(&[&group]).await;
        let more = json!({ "threshold": 60, "continues_target_id": continued["id"] });
        let target = made.target(&action, measure, more).await;
        made.agree(&framework).await;
        let earlier = registered(&made, &group, &seats, "2016-05-01").await;
        registered(&made, &group, &seats, "2017-05-01").await;
        let (other_seat, other_meeting) = made.seat_and_meeting("2016-06-01").await;
        let publication = made.publish(&framework, "2018-03-31", &app.admin()).await;
        Self { app, made, seats, earlier, target, publication, other_seat, other_meeting, group }
    }

    fn line(&self, seat: usize, status: &str) -> Value {
        json!({ "meeting_id": self.earlier["id"], "seat_id": self.seats[seat]["id"], "status": status })
    }

    fn other_line(&self) -> Value {
        json!({ "meeting_id": self.other_meeting["id"], "seat_id": self.other_seat["id"], "status": "present" })
    }

    async fn metric(&self) -> Value {
        self.made.metric(&self.target, "2018-03-31").await
    }

    /// That a refusal names the publication, the target and the day.
    fn is_named(&self, detail: &Value) {
        let detail = detail.as_str().expect("a sentence");
        for named in [&self.publication["id"], &self.target["code"], &self.publication["as_at"]] {
            assert!(detail.contains(named.as_str().expect("a text")), "{named}: {detail}");
        }
    }
}

/// A meeting at which the first of two seats was present, with a closed register.
async fn registered(made: &Made, group: &Value, seats: &[Value], day: &str) -> Value {
    let meeting = made.meeting(Some(group), day, json!({})).await;
    made.line(&meeting, &seats[0], "present").await;
    made.line(&meeting, &seats[1], "absent").await;
    made.close(&meeting).await;
    meeting
}

#[tokio::test]
async fn a_line_that_would_change_a_published_figure_fails_and_the_others_are_applied() {
    let years = Years::new().await;
    let before = years.metric().await;
    let lines = json!([years.line(0, "present"), years.line(1, "present"), years.other_line()]);
    for (mode, is_written) in [("?mode=validate", 0), ("", 1)] {
        let result = send(&years.made.0, mode, lines.clone()).await.expect(200).body;
        adds_up(&result);
        assert_eq!(statuses(&result), ["unchanged", "failed", "created"], "{mode}: {result}");
        assert_eq!(errors(&result), ["#/lines/1 period_published"]);
        years.is_named(&result["results"][1]["errors"][0]["detail"]);
        let path = format!("/v1/attendance?meeting_id={}", id(&years.other_meeting));
        assert_eq!(years.made.0.all(&path).await.len(), is_written, "{mode}");
    }
    assert_eq!(years.metric().await, before);
}

#[tokio::test]
async fn a_batch_that_is_applied_whole_is_not_applied_where_a_line_would_change_a_published_figure() {
    let years = Years::new().await;
    let lines = json!([years.other_line(), years.line(1, "present")]);
    for mode in ["?atomic=true&mode=validate", "?atomic=true"] {
        let refused = send(&years.made.0, mode, lines.clone()).await;
        assert_eq!((refused.status, refused.code()), (422, "lines_failed"), "{}", refused.text);
        assert_eq!(statuses(&refused.body["result"]), ["not_applied", "failed"], "{mode}");
        assert_eq!(errors(&refused.body["result"]), ["#/lines/1 period_published"]);
    }
    assert_eq!(years.app.number("SELECT count(*) AS n FROM attendance").await, 4);
}

#[tokio::test]
async fn closing_a_register_that_would_change_a_published_figure_is_refused_whole_and_names_the_figure() {
    let years = Years::new().await;
    let open = years.made.meeting(Some(&years.group), "2016-07-01", json!({})).await;
    let lines: Vec<Value> = years
        .seats
        .iter()
        .map(|seat| json!({ "meeting_id": open["id"], "seat_id": seat["id"], "status": "present" }))
        .collect();
    for mode in ["&mode=validate", ""] {
        let query = format!("?close_register=true{mode}");
        let refused = send(&years.made.0, &query, json!(lines)).await;
        assert_eq!((refused.status, refused.code()), (409, "period_published"), "{}", refused.text);
        years.is_named(&refused.body["detail"]);
    }
    let result = send(&years.made.0, "", json!(lines)).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "created"], "an open register counts for nothing");
}
