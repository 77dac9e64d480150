//! What is carried on to the year's end: sums and pooled rates alone.

use serde_json::{Value, json};

use super::{body_of, list, register};
use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn what_one_reading_or_meeting_decides_has_no_forecast() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, seats, _) = body_of(&fixtures, 4).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    let present = |n: usize| seats[..n].iter().map(|seat| (seat, "present")).collect::<Vec<_>>();
    register(&fixtures, &group, "2017-05-01", &present(1)).await;
    register(&fixtures, &group, "2017-06-01", &present(3)).await;
    let ratio = |aggregate: &str| json!({ "kind": "ratio", "aggregate": aggregate });
    let rate = |aggregate: &str| json!({ "kind": "attendance_rate", "aggregate": aggregate });
    let pooled = |value: Value| json!({ "value": value, "method": "pooled_so_far" });
    let mut targets = Vec::new();
    for (measure, value, forecast) in [
        (ratio("summed"), json!(45), pooled(json!(45))),
        (ratio("latest"), json!(50), Value::Null),
        (ratio("minimum"), json!(40), Value::Null),
        (rate("pooled"), json!(50), pooled(json!(50))),
        (rate("distinct"), json!(75), Value::Null),
        (rate("min_meeting"), json!(25), Value::Null),
    ] {
        let target = fixtures.target(&action, measure, json!({ "threshold": 60 })).await;
        if target["measure"]["kind"] == "ratio" {
            for (day, occasion, n) in [("2017-05-01", "one", 4), ("2017-06-01", "two", 5)] {
                let entry = json!({ "kind": "ratio", "numerator": n, "denominator": 10 });
                let body = json!({ "target_id": target["id"], "occurred_on": day, "occasion": occasion, "entry": entry });
                fixtures.0.create("/v1/progress", body).await;
            }
        }
        let metric = fixtures.metric(&target, "2017-06-12").await;
        assert_eq!(
            (&metric["value_percent"], &metric["forecast"]),
            (&value, &forecast),
            "{}",
            target["measure"]
        );
        let series = fixtures.0.read(&format!("/v1/targets/{}/series?as_at=2017-06-12", id(&target))).await;
        assert_eq!(series["forecast"], forecast, "{}", target["measure"]);
        targets.push((target, forecast));
    }
    let path = format!("/v1/frameworks/{}/metrics?as_at=2017-06-12", id(&framework));
    let metrics = list(&fixtures.0.read(&path).await, "data");
    let text = fixtures.0.get(&path.replace('?', ".csv?")).await.expect(200).text;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().expect("a header").clone();
    let column = |name: &str| columns.iter().position(|column| column == name).expect(name);
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("CSV");
    for ((metric, row), (target, forecast)) in metrics.iter().zip(&rows).zip(&targets) {
        assert_eq!((&metric["target_id"], &metric["forecast"]), (&target["id"], forecast));
        let is_told = !forecast.is_null();
        for name in ["forecast", "forecast_method"] {
            assert_eq!(!row[column(name)].is_empty(), is_told, "{name} of {}", target["measure"]);
        }
    }
    let page = fixtures.0.get(&format!("/v1/frameworks/{}/report?as_at=2017-06-12", id(&framework))).await;
    assert_eq!(page.expect(200).text.matches("Forecast for the end of the plan period").count(), 2);
}
