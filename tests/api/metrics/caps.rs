//! Caps: an at-most target is held against the whole of its cap, unless it has a profile.

use serde_json::{Value, json};

use super::reason;
use crate::support::{App, Fixtures, id};

fn count() -> Value {
    json!({ "kind": "count_total", "unit_name": "events" })
}

async fn enter(fixtures: &Fixtures, target: &Value, day: &str, count: i64) {
    fixtures.entry(target, day, json!({ "kind": "count", "count": count })).await;
}

/// Status, its reason, what is expected by now and where amber begins.
fn standing(metric: &Value) -> (&str, &str, &Value, &Value) {
    let text = |name: &str| metric[name].as_str().expect("a word");
    (text("status"), text("status_reason"), &metric["expected_by_now"], &metric["amber_from"])
}

#[tokio::test]
async fn a_cap_is_held_against_the_whole_of_it_on_any_day() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let target = fixtures.target(&action, count(), json!({ "aim": "at_most", "threshold": 4 })).await;
    enter(&fixtures, &target, "2017-04-10", 1).await;
    for (day, more, status, why) in [
        ("2017-04-30", 0, "green", "meets_threshold"),
        ("2017-07-01", 3, "green", "meets_threshold"),
        ("2018-03-31", 0, "green", "meets_threshold"),
        ("2017-08-01", 1, "red", "misses_threshold"),
        ("2018-03-31", 0, "red", "misses_threshold"),
    ] {
        if more > 0 {
            enter(&fixtures, &target, day, more).await;
        }
        let metric = fixtures.metric(&target, day).await;
        assert_eq!(standing(&metric), (status, why, &Value::Null, &json!(4.4)), "{day}");
    }
    let path = format!("/v1/targets/{}/metric/explanation?as_at=2017-04-30", id(&target));
    let told = fixtures.0.read(&path).await;
    assert_eq!(told["comparison"]["against"], "threshold");
    assert_eq!(
        told["comparison"]["green"],
        json!({ "left": "1", "operator": "at_most", "right": "4", "holds": true })
    );
    let words = told["rule"]["words"].as_str().expect("a sentence");
    assert!(words.ends_with("; green up to 4, else red."), "{words}");
}

#[tokio::test]
async fn a_cap_of_meetings_is_held_against_the_whole_of_it_too() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let more = json!({ "aim": "at_most", "threshold": 20 });
    let target = fixtures.target(&action, json!({ "kind": "meetings_held" }), more).await;
    fixtures.meeting(Some(&group), "2017-04-10", json!({})).await;
    fixtures.meeting(Some(&group), "2017-04-11", json!({ "status": "cancelled" })).await;
    fixtures.meeting(Some(&group), "2017-12-01", json!({ "status": "scheduled" })).await;
    let metric = fixtures.metric(&target, "2017-04-10").await;
    assert_eq!(standing(&metric), ("green", "meets_threshold", &Value::Null, &json!(22)));
}

#[tokio::test]
async fn a_cap_with_a_profile_is_held_against_the_step_that_is_reached() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let profile =
        json!([{ "by_on": "2017-04-01", "expected": 10 }, { "by_on": "2017-10-01", "expected": 40 }]);
    let measure = json!({ "kind": "count_total", "unit_name": "events", "profile": profile });
    let target = fixtures.target(&action, measure, json!({ "aim": "at_most", "threshold": 50 })).await;
    enter(&fixtures, &target, "2017-04-10", 11).await;
    for (day, status, why, expected, amber) in [
        ("2017-04-30", "amber", "slightly_behind", 10, 11),
        ("2017-10-01", "green", "on_course", 40, 44),
        ("2018-03-31", "green", "meets_threshold", 50, 55),
    ] {
        let metric = fixtures.metric(&target, day).await;
        assert_eq!(standing(&metric), (status, why, &json!(expected), &json!(amber)), "{day}");
    }
}

#[tokio::test]
async fn amber_begins_where_the_figure_of_the_day_is_judged() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let even = fixtures.target(&action, count(), json!({ "threshold": 365 })).await;
    let absolute = json!({ "threshold": 365, "tolerance": { "kind": "absolute", "value": 40 } });
    let absolute = fixtures.target(&action, count(), absolute).await;
    let strict = json!({ "threshold": 365, "tolerance": { "kind": "absolute", "value": 0 } });
    let strict = fixtures.target(&action, count(), strict).await;
    let profile = json!([{ "by_on": "2017-06-30", "expected": 20 }]);
    let measure = json!({ "kind": "count_total", "unit_name": "events", "profile": profile });
    let stepped = fixtures.target(&action, measure, json!({ "threshold": 365 })).await;
    for (target, day, edge) in [
        (&even, "2017-04-30", json!(27)),
        (&even, "2017-04-01", json!(0.9)),
        (&even, "2018-03-30", json!(327.6)),
        (&even, "2018-03-31", json!(328.5)),
        (&absolute, "2017-06-09", json!(30)),
        (&absolute, "2017-04-30", json!(0)),
        (&absolute, "2018-03-31", json!(325)),
        (&strict, "2017-04-30", json!(30)),
        (&stepped, "2017-06-29", json!(0)),
        (&stepped, "2017-06-30", json!(18)),
        (&stepped, "2018-03-31", json!(328.5)),
    ] {
        assert_eq!(fixtures.metric(target, day).await["amber_from"], edge, "{day}");
        let path = format!("/v1/targets/{}/metric/explanation?as_at={day}", id(target));
        assert_eq!(fixtures.0.read(&path).await["rule"]["amber_from"], edge, "explained on {day}");
    }
    // At the edge it is amber, just below it red.
    enter(&fixtures, &even, "2017-04-02", 26).await;
    assert_eq!(fixtures.metric(&even, "2017-04-30").await["status"], "red");
    enter(&fixtures, &even, "2017-04-03", 1).await;
    assert_eq!(fixtures.metric(&even, "2017-04-30").await["status"], "amber");
    let path = format!("/v1/targets/{}/metric/explanation?as_at=2017-04-30", id(&even));
    let words = fixtures.0.read(&path).await["rule"]["words"].as_str().expect("a sentence").to_owned();
    let expected = "; green from 30 (expected by 2017-04-30, of 365), amber from 27, else red.";
    assert!(words.ends_with(expected), "{words}");
}

#[tokio::test]
async fn meetings_are_amber_by_what_was_planned_so_far() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 12 })).await;
    for (month, status) in (4..10).zip(["held", "held", "held", "held", "cancelled", "scheduled"]) {
        fixtures.meeting(Some(&group), &format!("2017-{month:02}-05"), json!({ "status": status })).await;
    }
    let metric = fixtures.metric(&target, "2017-09-30").await;
    assert_eq!(standing(&metric), ("red", "behind", &json!(6), &json!(5.4)));
    let path = format!("/v1/frameworks/{}/metrics.csv?as_at=2017-09-30", id(&framework));
    let text = fixtures.0.get(&path).await.expect(200).text;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().expect("a header").clone();
    let row = reader.records().next().expect("a row").expect("CSV");
    let column = columns.iter().position(|column| column == "amber_from").expect("amber_from");
    assert_eq!(&row[column], "5.4");
    let page = fixtures.0.get(&format!("/v1/frameworks/{}/report?as_at=2017-09-30", id(&framework))).await;
    let page = page.expect(200).text;
    assert!(
        page.contains("Expected by now: 6, no amber"),
        "no whole number of meetings is from 5.4 and below 6"
    );
    assert!(!page.contains("At least 12, amber"), "and not that of the whole");
    fixtures.activate(&framework).await;
    let body = json!({ "framework_id": framework["id"], "as_at": "2017-09-30" });
    let sealed = fixtures.0.create("/v1/publications", body).await;
    let sealed = fixtures.0.read(&format!("/v1/publications/{}/metrics", id(&sealed))).await;
    assert_eq!(sealed["data"][0]["amber_from"], 5.4);
}

#[tokio::test]
async fn a_cap_without_an_entry_is_not_judged() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let target = fixtures.target(&action, count(), json!({ "aim": "at_most", "threshold": 4 })).await;
    let metric = fixtures.metric(&target, "2017-04-30").await;
    assert_eq!((reason(&metric), &metric["amber_from"]), (("not_due", "not_due"), &json!(4.4)));
}
