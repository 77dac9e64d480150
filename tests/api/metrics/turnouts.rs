//! What one meeting comes to, and when that is nothing.

use serde_json::json;

use super::body_of;
use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn a_turnout_without_a_meeting_is_no_nought_per_cent() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, seats, _) = body_of(&fixtures, 2).await;
    for (day, more, why) in [
        ("2017-05-01", json!({ "status": "cancelled" }), Some("meeting_cancelled")),
        ("2017-05-02", json!({ "status": "scheduled" }), Some("no_meeting")),
        ("2099-05-01", json!({ "status": "scheduled" }), Some("not_due")),
        ("2000-01-01", json!({ "status": "scheduled", "date_precision": "year" }), Some("no_meeting")),
        ("2017-05-03", json!({ "register": "not_kept" }), Some("no_entries")),
        ("2017-05-04", json!({}), Some("register_open")),
        ("2009-05-04", json!({}), Some("no_eligible")),
        ("2017-05-05", json!({ "register": "closed" }), None),
    ] {
        let meeting = fixtures.meeting(Some(&group), day, more).await;
        let turnout = fixtures.0.read(&format!("/v1/meetings/{}/turnout", id(&meeting))).await;
        assert_eq!(turnout["value_reason"].as_str(), why, "{day}");
        assert_eq!(turnout["value_percent"].is_null(), why.is_some(), "{day}");
    }
    let meeting = fixtures.meeting(Some(&group), "2017-05-06", json!({})).await;
    fixtures.attendance(&meeting, &seats[0], "present").await;
    let turnout = fixtures.0.read(&format!("/v1/meetings/{}/turnout", id(&meeting))).await;
    assert_eq!(turnout["value_percent"], 50, "what has come in so far");
}

#[tokio::test]
async fn councils_of_one_name_are_told_apart_in_a_turnout() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    for _ in 0..2 {
        let council = fixtures.council(json!({ "name": "Twin" })).await;
        for role in ["chair", "member"] {
            fixtures.seat(&group, &council, json!({ "role": role })).await;
        }
    }
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({ "register": "closed" })).await;
    let turnout = fixtures.0.read(&format!("/v1/meetings/{}/turnout", id(&meeting))).await;
    let councils = turnout["by_council"].as_array().expect("councils");
    assert_eq!((councils.len(), &councils[0]["tally"]["expected"]), (2, &json!(2)));
}
