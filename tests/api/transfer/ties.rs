//! Tied meetings: the same meeting decides for every target, in every response and after an import.

use serde_json::{Value, json};

use super::{export, import};
use crate::support::{App, Caller, Fixtures, id};

const LAST_DAY: &str = "2018-03-31";

/// Returns the distinct numerators and denominators of a framework's metrics and of the last points
/// of its series.
async fn rates(caller: &Caller) -> Vec<(i64, i64)> {
    let framework = caller.all("/v1/frameworks").await.remove(0);
    let read = async |view: &str| {
        let path = format!("/v1/frameworks/{}/{view}?as_at={LAST_DAY}", id(&framework));
        caller.read(&path).await["data"].as_array().expect("data").clone()
    };
    let rate = |metric: &Value| {
        (
            metric["numerator"].as_i64().expect("a numerator"),
            metric["denominator"].as_i64().expect("a denominator"),
        )
    };
    let mut rates: Vec<_> = read("metrics").await.iter().map(rate).collect();
    assert_eq!(rates.len(), 60);
    let last =
        |metric: &Value| rate(metric["points"].as_array().and_then(|points| points.last()).expect("a point"));
    rates.extend(read("series").await.iter().map(last));
    rates.sort_unstable();
    rates.dedup();
    rates
}

#[tokio::test]
async fn the_first_of_tied_meetings_decides_before_and_after_an_import() {
    for later_first in [false, true] {
        let app = App::new();
        let fixtures = Fixtures(app.officer());
        let mut groups_with_seats = Vec::new();
        // The groups have two, four and six seats. Half of the holders attend. The largest group
        // meets on a later day.
        for (size, day) in [(2, "2017-05-01"), (4, "2017-05-01"), (6, "2017-06-01")] {
            let group = fixtures.group(json!({})).await;
            let mut seats = Vec::new();
            for _ in 0..size {
                seats.push(fixtures.seat(&group, &fixtures.council(json!({})).await, json!({})).await);
            }
            groups_with_seats.push((group, seats, day));
        }
        let groups: Vec<&Value> = groups_with_seats.iter().map(|(group, ..)| group).collect();
        let (_, action) = fixtures.plan(&groups).await;
        // Of the two meetings on one day, the one that was created first decides.
        let order = if later_first { [2, 1, 0] } else { [0, 1, 2] };
        let mut deciding = Value::Null;
        for (group, seats, day) in order.map(|n| &groups_with_seats[n]) {
            let meeting = fixtures.meeting(Some(group), day, json!({})).await;
            for seat in &seats[..seats.len() / 2] {
                fixtures.attendance(&meeting, seat, "present").await;
            }
            fixtures.close_register(&meeting).await;
            if deciding.is_null() && *day == "2017-05-01" {
                deciding = meeting;
            }
        }
        let mut target = Value::Null;
        for n in 0..60 {
            let measure = json!({ "kind": "attendance_rate", "aggregate": "min_meeting" });
            let aim = ["at_least", "at_most"][n % 2];
            let more = json!({ "threshold": 60, "aim": aim });
            target = fixtures.target(&action, measure, more).await;
        }
        let expected = if later_first { vec![(2, 4)] } else { vec![(1, 2)] };
        assert_eq!(rates(&fixtures.0).await, expected);
        let path =
            format!("/v1/targets/{}/metric/explanation?as_at={LAST_DAY}&counts=indirectly", id(&target));
        let rows = fixtures.0.read(&path).await["data"].clone();
        let deciding_ids: Vec<&Value> =
            rows.as_array().expect("rows").iter().map(|row| &row["meeting_id"]).collect();
        assert_eq!(deciding_ids, [&deciding["id"]]);
        let fresh = App::new();
        import(&fresh, export(&app).await.path()).await.expect("an import");
        assert_eq!(rates(&fresh.officer()).await, expected, "after an import");
    }
}
