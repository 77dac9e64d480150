//! What the figures tell: a status that changes, and what becomes overdue.

use outturn::values::Day;
use outturn::webhooks::detect_events;
use serde_json::{Value, json};

use crate::support::{App, Made, Person, id};

/// Looks at the figures as on this day, and gives what was told since the last time.
async fn told_on(app: &App, day: &str) -> Vec<Value> {
    detect_events::round(&mut app.connection().await, day.parse::<Day>().expect("a day"))
        .await
        .expect("told");
    let all = app.texts("SELECT content AS t FROM webhook_events ORDER BY id").await;
    app.sql("DELETE FROM webhook_events").await;
    all.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect()
}

/// The types of messages, with what each says that matters.
fn brief(messages: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let brief = |message: &Value| match message["type"].as_str() {
        Some("target.status_changed") => {
            format!("{} to {}", text(&message["data"]["previous_status"]), text(&message["data"]["status"]))
        }
        Some("reading.overdue") => {
            let item = &message["data"]["item"];
            format!("{} due on {}", text(&item["missing"]), text(&item["due_on"]))
        }
        other => other.unwrap_or_default().to_owned(),
    };
    messages.iter().map(brief).collect()
}

async fn delete(person: &Person, path: String) {
    let version = person.read(&path).await["version"].as_i64().expect("a version");
    person.delete(&path, version).await.expect(204);
}

#[tokio::test]
async fn a_status_is_told_when_it_changes_and_not_when_it_is_first_seen() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    let measure = json!({ "kind": "count_total", "unit_name": "case study" });
    let target = made.target(&action, measure, json!({ "threshold": 2, "frequencies": ["annual"] })).await;
    // A draft is not followed, nor is a year that has not begun.
    assert_eq!(told_on(&app, "2018-03-31").await, Vec::<Value>::new());
    assert_eq!(app.number("SELECT count(*) AS n FROM followed_targets").await, 0);
    made.agree(&framework).await;
    told_on(&app, "2017-03-31").await;
    assert_eq!(app.number("SELECT count(*) AS n FROM followed_targets").await, 0);
    assert_eq!(told_on(&app, "2018-03-31").await, Vec::<Value>::new(), "it is seen for the first time");
    let before = made.metric(&target, "2018-03-31").await["status"].clone();
    let entry = json!({ "kind": "count", "count": 2 });
    let entered = made.entry(&target, "2018-02-01", entry.clone()).await;
    let metric = made.metric(&target, "2018-03-31").await;
    let [message] = told_on(&app, "2018-03-31").await.try_into().expect("one message");
    assert_eq!(message["type"], "target.status_changed");
    let data = &message["data"];
    assert_eq!((&data["previous_status"], &data["status"]), (&before, &json!("green")));
    for same in [
        "target_id",
        "framework_id",
        "code",
        "ref",
        "title",
        "as_at",
        "status",
        "status_reason",
        "unit",
        "value",
        "value_percent",
        "numerator",
        "denominator",
    ] {
        assert_eq!(data[same], metric[same], "{same}");
    }
    assert_eq!(data["provisional"], metric["completeness"]["provisional"]);
    // Looked at again, nothing has changed; taken back, it has.
    assert_eq!(told_on(&app, "2018-03-31").await, Vec::<Value>::new());
    delete(&made.0, format!("/v1/progress/{}", id(&entered))).await;
    assert_eq!(
        brief(&told_on(&app, "2018-03-31").await)[0],
        format!("green to {}", before.as_str().expect("a word"))
    );
    // What changes and changes back in between is not told.
    let entered = made.entry(&target, "2018-02-01", entry.clone()).await;
    delete(&made.0, format!("/v1/progress/{}", id(&entered))).await;
    assert_eq!(told_on(&app, "2018-03-31").await, Vec::<Value>::new());
    // A year that is closed is over.
    let plan = format!("/v1/frameworks/{}", id(&framework));
    made.0.patch(&plan, 2, json!({ "status": "closed" })).await.expect(200);
    made.entry(&target, "2018-02-01", entry).await;
    assert_eq!(told_on(&app, "2019-01-01").await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_day_that_passes_tells_too() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    let target =
        made.target(&action, json!({ "kind": "milestone" }), json!({ "due_on": "2017-09-30" })).await;
    made.agree(&framework).await;
    made.entry(&target, "2017-05-01", json!({ "kind": "milestone", "state": "started" })).await;
    told_on(&app, "2017-09-29").await;
    let was = made.metric(&target, "2017-09-29").await["status"].clone();
    let is = made.metric(&target, "2017-09-30").await["status"].clone();
    assert_ne!(was, is);
    let told = brief(&told_on(&app, "2017-09-30").await);
    assert!(
        told.contains(&format!("{} to {}", was.as_str().expect("a word"), is.as_str().expect("a word"))),
        "{told:?}"
    );
}

#[tokio::test]
async fn what_is_overdue_is_told_once_and_again_if_it_is_taken_back() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    let measure = json!({ "kind": "count_total", "unit_name": "case study" });
    let target = made.target(&action, measure, json!({ "threshold": 4, "frequencies": ["quarterly"] })).await;
    made.agree(&framework).await;
    let overdue = async |day: &str| {
        let messages = told_on(&app, day).await;
        messages.into_iter().filter(|message| message["type"] == "reading.overdue").collect::<Vec<_>>()
    };
    assert_eq!(overdue("2017-06-30").await, Vec::<Value>::new());
    // Due on the last day of June: listed and told from the first of July on.
    let messages = overdue("2017-07-01").await;
    assert_eq!(brief(&messages), ["reading due on 2017-06-30"]);
    let data = &messages[0]["data"];
    let listed = made
        .0
        .read(&format!(
            "/v1/frameworks/{}/overdue?as_at={}",
            id(&framework),
            data["as_at"].as_str().expect("a day")
        ))
        .await;
    assert_eq!((&data["item"], &data["framework_id"]), (&listed["data"][0], &framework["id"]));
    assert_eq!(data["item"]["target_id"], target["id"]);
    assert_eq!(overdue("2017-07-03").await, Vec::<Value>::new(), "once");
    let entered = made.entry(&target, "2017-06-15", json!({ "kind": "count", "count": 1 })).await;
    assert_eq!(overdue("2017-07-03").await, Vec::<Value>::new());
    delete(&made.0, format!("/v1/progress/{}", id(&entered))).await;
    assert_eq!(brief(&overdue("2017-07-03").await), ["reading due on 2017-06-30"], "again");
    // Whoever was away for half a year is told all of it.
    assert_eq!(
        brief(&overdue("2018-01-15").await),
        ["reading due on 2017-09-30", "reading due on 2017-12-31"]
    );
}

/// What happened on a day is known by the next morning, or is asked for.
#[tokio::test]
async fn a_register_is_asked_for_the_day_after() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let (framework, action) = made.plan(&[&group]).await;
    let measure = json!({ "kind": "attendance_rate" });
    made.target(&action, measure, json!({ "threshold": 60 })).await;
    made.agree(&framework).await;
    told_on(&app, "2017-05-01").await;
    made.meeting(Some(&group), "2017-05-01", json!({})).await;
    let told = brief(&told_on(&app, "2017-05-01").await);
    assert!(!told.iter().any(|told| told.starts_with("register")), "{told:?}");
    let told = brief(&told_on(&app, "2017-05-02").await);
    assert!(told.contains(&"register due on 2017-05-01".to_owned()), "{told:?}");
}
