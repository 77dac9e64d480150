//! Events of targets: status changes and overdue records.

use outturn::values::Day;
use outturn::webhooks::detect_events;
use serde_json::{Value, json};

use crate::support::{App, Caller, Fixtures, id, poll_until};

/// Runs one round of event detection as of a day. Returns the new events and deletes them.
async fn events_on(app: &App, day: &str) -> Vec<Value> {
    detect_events::round(&mut app.connection().await, day.parse::<Day>().expect("a day"))
        .await
        .expect("the round succeeds");
    let messages = stored_events(app).await;
    app.sql("DELETE FROM webhook_deliveries").await;
    app.sql("DELETE FROM webhook_events").await;
    messages
}

async fn stored_events(app: &App) -> Vec<Value> {
    let all = app.texts("SELECT content AS t FROM webhook_events ORDER BY id").await;
    all.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect()
}

/// Summarises each message by its type and main data.
fn summaries(messages: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let summary = |message: &Value| match message["type"].as_str() {
        Some("target.status_changed") => {
            format!("{} to {}", text(&message["data"]["previous_status"]), text(&message["data"]["status"]))
        }
        Some("reading.overdue") => {
            let item = &message["data"]["item"];
            format!("{} due on {}", text(&item["missing"]), text(&item["due_on"]))
        }
        other => other.unwrap_or_default().to_owned(),
    };
    messages.iter().map(summary).collect()
}

/// Creates a webhook that is subscribed to the events of targets. The server has not derived any
/// figure for it.
async fn subscribe(app: &App) {
    app.sql(
        "INSERT INTO webhooks (id, name, url, event_types)
         VALUES (gen_random_uuid(), 'all', 'https://example.org/', '{target.status_changed,reading.overdue}')",
    )
    .await;
}

async fn delete(caller: &Caller, path: String) {
    let version = caller.read(&path).await["version"].as_i64().expect("a version");
    caller.delete(&path, version).await.expect(204);
}

#[tokio::test]
async fn a_status_change_creates_an_event_but_the_first_observation_does_not() {
    let app = App::new();
    subscribe(&app).await;
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let measure = json!({ "kind": "count_total", "unit_name": "case study" });
    let target =
        fixtures.target(&action, measure, json!({ "threshold": 2, "frequencies": ["annual"] })).await;
    // The server follows neither the targets of a draft nor those of a year that has not begun.
    assert_eq!(events_on(&app, "2018-03-31").await, Vec::<Value>::new());
    assert_eq!(app.number("SELECT count(*) AS n FROM target_snapshots").await, 0);
    fixtures.activate(&framework).await;
    events_on(&app, "2017-03-31").await;
    assert_eq!(app.number("SELECT count(*) AS n FROM target_snapshots").await, 0);
    assert_eq!(
        events_on(&app, "2018-03-31").await,
        Vec::<Value>::new(),
        "the first observation creates no event"
    );
    let before = fixtures.metric(&target, "2018-03-31").await["status"].clone();
    let entry = json!({ "kind": "count", "count": 2 });
    let created = fixtures.entry(&target, "2018-02-01", entry.clone()).await;
    let metric = fixtures.metric(&target, "2018-03-31").await;
    let [message] = events_on(&app, "2018-03-31").await.try_into().expect("one message");
    assert_eq!(message["type"], "target.status_changed");
    let data = &message["data"];
    assert_eq!((&data["previous_status"], &data["status"]), (&before, &json!("green")));
    for field in [
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
        assert_eq!(data[field], metric[field], "{field}");
    }
    assert_eq!(data["provisional"], metric["completeness"]["provisional"]);
    // A second round finds no change. The deletion of the entry changes the status.
    assert_eq!(events_on(&app, "2018-03-31").await, Vec::<Value>::new());
    delete(&fixtures.0, format!("/v1/progress/{}", id(&created))).await;
    assert_eq!(
        summaries(&events_on(&app, "2018-03-31").await)[0],
        format!("green to {}", before.as_str().expect("a word"))
    );
    // A change that is undone between two rounds creates no event.
    let created = fixtures.entry(&target, "2018-02-01", entry.clone()).await;
    delete(&fixtures.0, format!("/v1/progress/{}", id(&created))).await;
    assert_eq!(events_on(&app, "2018-03-31").await, Vec::<Value>::new());
    // The targets of a closed year create no events.
    let plan = format!("/v1/frameworks/{}", id(&framework));
    fixtures.0.patch(&plan, 2, json!({ "status": "closed" })).await.expect(200);
    fixtures.entry(&target, "2018-02-01", entry).await;
    assert_eq!(events_on(&app, "2019-01-01").await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_status_that_changes_with_the_date_creates_an_event() {
    let app = App::new();
    subscribe(&app).await;
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "milestone" }), json!({ "due_on": "2017-09-30" })).await;
    fixtures.activate(&framework).await;
    fixtures.entry(&target, "2017-05-01", json!({ "kind": "milestone", "state": "started" })).await;
    events_on(&app, "2017-09-29").await;
    let before = fixtures.metric(&target, "2017-09-29").await["status"].clone();
    let after = fixtures.metric(&target, "2017-09-30").await["status"].clone();
    assert_ne!(before, after);
    let events = summaries(&events_on(&app, "2017-09-30").await);
    assert!(
        events.contains(&format!(
            "{} to {}",
            before.as_str().expect("a word"),
            after.as_str().expect("a word")
        )),
        "{events:?}"
    );
}

#[tokio::test]
async fn an_overdue_reading_creates_one_event_and_another_after_a_deletion() {
    let app = App::new();
    subscribe(&app).await;
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let measure = json!({ "kind": "count_total", "unit_name": "case study" });
    let target =
        fixtures.target(&action, measure, json!({ "threshold": 4, "frequencies": ["quarterly"] })).await;
    fixtures.activate(&framework).await;
    let overdue = async |day: &str| {
        let messages = events_on(&app, day).await;
        messages.into_iter().filter(|message| message["type"] == "reading.overdue").collect::<Vec<_>>()
    };
    assert_eq!(overdue("2017-06-30").await, Vec::<Value>::new());
    // A reading that is due on 30 June is overdue from 1 July.
    let messages = overdue("2017-07-01").await;
    assert_eq!(summaries(&messages), ["reading due on 2017-06-30"]);
    let data = &messages[0]["data"];
    let overdue_list = fixtures
        .0
        .read(&format!(
            "/v1/frameworks/{}/overdue?as_at={}",
            id(&framework),
            data["as_at"].as_str().expect("a day")
        ))
        .await;
    assert_eq!((&data["item"], &data["framework_id"]), (&overdue_list["data"][0], &framework["id"]));
    assert_eq!(data["item"]["target_id"], target["id"]);
    assert_eq!(overdue("2017-07-03").await, Vec::<Value>::new(), "an overdue reading creates one event");
    let created = fixtures.entry(&target, "2017-06-15", json!({ "kind": "count", "count": 1 })).await;
    assert_eq!(overdue("2017-07-03").await, Vec::<Value>::new());
    delete(&fixtures.0, format!("/v1/progress/{}", id(&created))).await;
    assert_eq!(
        summaries(&overdue("2017-07-03").await),
        ["reading due on 2017-06-30"],
        "the deletion creates another event"
    );
    // A round after half a year creates the events of every missed due date.
    assert_eq!(
        summaries(&overdue("2018-01-15").await),
        ["reading due on 2017-09-30", "reading due on 2017-12-31"]
    );
}

/// A register is due on the day of the meeting.
#[tokio::test]
async fn a_missing_register_is_overdue_on_the_day_after_the_meeting() {
    let app = App::new();
    subscribe(&app).await;
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    let measure = json!({ "kind": "attendance_rate" });
    fixtures.target(&action, measure, json!({ "threshold": 60 })).await;
    fixtures.activate(&framework).await;
    events_on(&app, "2017-05-01").await;
    fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    let events = summaries(&events_on(&app, "2017-05-01").await);
    assert!(!events.iter().any(|event| event.starts_with("register")), "{events:?}");
    let events = summaries(&events_on(&app, "2017-05-02").await);
    assert!(events.contains(&"register due on 2017-05-01".to_owned()), "{events:?}");
}

#[tokio::test]
async fn figures_are_derived_only_while_a_webhook_is_subscribed_to_events_of_targets() {
    let app = App::with_webhooks();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    fixtures.activate(&framework).await;
    let measure = json!({ "kind": "count_total", "unit_name": "case study" });
    let target =
        fixtures.target(&action, measure, json!({ "threshold": 2, "frequencies": ["annual"] })).await;
    let snapshots = async || app.number("SELECT count(*) AS n FROM target_snapshots").await;
    events_on(&app, "2018-03-31").await;
    assert_eq!(snapshots().await, 0, "no webhook exists");

    let admin = app.admin();
    let new = json!({ "name": "all", "url": "http://127.0.0.1:9/", "event_types": ["attendance.accepted"] });
    let created = admin.create("/v1/webhooks", new).await;
    events_on(&app, "2018-03-31").await;
    assert_eq!(snapshots().await, 0, "the webhook is not subscribed to events of targets");

    let path = format!("/v1/webhooks/{}", id(&created));
    let subscribed = json!({ "event_types": ["target.status_changed"] });
    let changed = admin.patch(&path, 1, subscribed).await.expect(200).body;
    assert_eq!(snapshots().await, 1, "the subscription stores the state with which rounds compare");
    fixtures.entry(&target, "2018-02-01", json!({ "kind": "count", "count": 2 })).await;
    let messages = poll_until(async || stored_events(&app).await, |messages| !messages.is_empty()).await;
    assert_eq!(summaries(&messages), ["no_data to green"]);

    let version = changed["version"].as_i64().expect("a version");
    admin.patch(&path, version, json!({ "enabled": false })).await.expect(200);
    events_on(&app, "2018-03-31").await;
    assert_eq!(snapshots().await, 1, "a replay can send the events of the time when it was disabled");
    delete(&admin, path).await;
    events_on(&app, "2018-03-31").await;
    assert_eq!(snapshots().await, 0, "the webhook is deleted");
}
