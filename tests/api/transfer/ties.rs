//! Which of several equal meetings decides is the same for every target, in every answer, and after an import.

use serde_json::{Value, json};

use super::{export, import};
use crate::support::{App, Made, Person, id};

const LAST_DAY: &str = "2018-03-31";

/// The distinct numerators and denominators of a framework's metrics, and of its series' last points.
async fn rates(person: &Person) -> Vec<(i64, i64)> {
    let framework = person.all("/v1/frameworks").await.remove(0);
    let read = async |view: &str| {
        let path = format!("/v1/frameworks/{}/{view}?as_at={LAST_DAY}", id(&framework));
        person.read(&path).await["data"].as_array().expect("data").clone()
    };
    let of = |it: &Value| {
        (it["numerator"].as_i64().expect("a numerator"), it["denominator"].as_i64().expect("a denominator"))
    };
    let mut rates: Vec<_> = read("metrics").await.iter().map(of).collect();
    assert_eq!(rates.len(), 60);
    let last = |it: &Value| of(it["points"].as_array().and_then(|points| points.last()).expect("a point"));
    rates.extend(read("series").await.iter().map(last));
    rates.sort_unstable();
    rates.dedup();
    rates
}

#[tokio::test]
async fn of_equal_meetings_the_first_decides_for_every_target_and_after_an_import() {
    for later_first in [false, true] {
        let app = App::new();
        let made = Made(app.officer());
        let mut held = Vec::new();
        // Groups of two, four and six seats, of which half are taken; the six on a later day.
        for (size, day) in [(2, "2017-05-01"), (4, "2017-05-01"), (6, "2017-06-01")] {
            let group = made.group(json!({})).await;
            let mut seats = Vec::new();
            for _ in 0..size {
                seats.push(made.seat(&group, &made.council(json!({})).await, json!({})).await);
            }
            held.push((group, seats, day));
        }
        let groups: Vec<&Value> = held.iter().map(|(group, ..)| group).collect();
        let (_, action) = made.plan(&groups).await;
        // Of the two on one day, the one that was entered first decides.
        let order = if later_first { [2, 1, 0] } else { [0, 1, 2] };
        let mut deciding = Value::Null;
        for (group, seats, day) in order.map(|n| &held[n]) {
            let meeting = made.meeting(Some(group), day, json!({})).await;
            for seat in &seats[..seats.len() / 2] {
                made.line(&meeting, seat, "present").await;
            }
            made.close(&meeting).await;
            if deciding.is_null() && *day == "2017-05-01" {
                deciding = meeting;
            }
        }
        let mut target = Value::Null;
        for n in 0..60 {
            let measure = json!({ "kind": "attendance_rate", "aggregate": "min_meeting" });
            let aim = ["at_least", "at_most"][n % 2];
            let more = json!({ "threshold": 60, "aim": aim });
            target = made.target(&action, measure, more).await;
        }
        let expected = if later_first { vec![(2, 4)] } else { vec![(1, 2)] };
        assert_eq!(rates(&made.0).await, expected);
        let path =
            format!("/v1/targets/{}/metric/explanation?as_at={LAST_DAY}&counts=indirectly", id(&target));
        let rows = made.0.read(&path).await["data"].clone();
        let decides: Vec<&Value> =
            rows.as_array().expect("rows").iter().map(|row| &row["meeting_id"]).collect();
        assert_eq!(decides, [&deciding["id"]]);
        let fresh = App::new();
        import(&fresh, export(&app).await.path()).await.expect("an import");
        assert_eq!(rates(&fresh.officer()).await, expected, "after an import");
    }
}
