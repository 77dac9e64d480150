//! Engagement of councils: attendance, coverage, missing records and ranking.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{App, Caller, Fixtures, id};

/// The rows from which the tests recount attendance.
struct Rows {
    meetings: Vec<Value>,
    seats: Vec<Value>,
    lines: Vec<Value>,
    groups: Vec<Value>,
}

impl Rows {
    async fn read(caller: &Caller) -> Self {
        Self {
            meetings: caller.all("/v1/meetings").await,
            seats: caller.all("/v1/seats").await,
            lines: caller.all("/v1/attendance").await,
            groups: caller.all("/v1/groups").await,
        }
    }

    /// The meetings that count: held, with a closed register, while their group was responsible.
    fn counted_meetings(&self) -> impl Iterator<Item = &Value> {
        self.meetings.iter().filter(|meeting| {
            let group = self.groups.iter().find(|group| group["id"] == meeting["group_id"]);
            matches!(meeting["status"].as_str(), Some("held" | "inquorate"))
                && meeting["register"] == "closed"
                && group
                    .is_none_or(|group| covers(group, "responsible_from", "responsible_until", day(meeting)))
        })
    }

    /// Counts of a council at a meeting by role: expected, attended, apologies, without a record.
    fn counts_at(&self, council: &Value, meeting: &Value) -> BTreeMap<String, [i64; 4]> {
        let mut counts = BTreeMap::new();
        let mut add = |role: String, status: Option<&str>| {
            let count: &mut [i64; 4] = counts.entry(role).or_default();
            count[0] += 1;
            count[1] += i64::from(matches!(status, Some("present" | "present_virtual" | "substitute")));
            count[2] += i64::from(status == Some("apologies"));
            count[3] += i64::from(status.is_none());
        };
        let meeting_lines = || self.lines.iter().filter(|line| line["meeting_id"] == meeting["id"]);
        if meeting["group_id"].is_null() {
            if covers(council, "exists_from", "exists_until", day(meeting)) {
                let statuses = meeting_lines()
                    .filter(|line| line["council_id"] == council["id"])
                    .map(|line| &line["status"]);
                add("null".into(), statuses.filter_map(Value::as_str).next());
            }
            return counts;
        }
        for seat in &self.seats {
            let has_holder = |term: &Value| covers(term, "held_from", "held_until", day(meeting));
            let is_expected = seat["group_id"] == meeting["group_id"]
                && seat["council_id"] == council["id"]
                && covers(seat, "exists_from", "exists_until", day(meeting))
                && covers(council, "exists_from", "exists_until", day(meeting))
                && seat["terms"].as_array().expect("terms").iter().any(has_holder);
            if is_expected {
                let line = meeting_lines().find(|line| line["seat_id"] == seat["id"]);
                add(seat["role"].to_string(), line.and_then(|line| line["status"].as_str()));
            }
        }
        counts
    }
}

fn day(meeting: &Value) -> &str {
    meeting["held_on"].as_str().expect("a day")
}

fn covers(row: &Value, from: &str, until: &str, day: &str) -> bool {
    row[from].as_str().is_none_or(|from| from <= day) && row[until].as_str().is_none_or(|until| day < until)
}

fn list<'v>(value: &'v Value, name: &str) -> &'v Vec<Value> {
    value[name].as_array().unwrap_or_else(|| panic!("{name} of {value}"))
}

async fn engagement(caller: &Caller, council: &Value, more: &str) -> Value {
    caller.read(&format!("/v1/councils/{}/engagement?{more}", id(council))).await
}

/// The counts of a year from 1 April by group and role, in the form of the recount.
fn counts_by_group_and_role(year: &Value) -> BTreeMap<(String, String), [i64; 4]> {
    let counts = |body: &Value| {
        ["expected", "attended", "apologies", "not_recorded"]
            .map(|name| body["tally"][name].as_i64().expect(name))
    };
    let bodies = list(year, "bodies").iter().map(|body| {
        assert_eq!(body["attendance"]["denominator"], body["tally"]["expected"]);
        assert_eq!(body["attendance"]["numerator"], body["tally"]["attended"]);
        ((body["group_id"].to_string(), body["role"].to_string()), counts(body))
    });
    bodies.collect()
}

#[tokio::test]
async fn a_councils_attendance_equals_a_recount_of_its_registers() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let rows = Rows::read(&reporter).await;
    for council in reporter.all("/v1/councils").await {
        let mut expected: BTreeMap<&str, BTreeMap<(String, String), [i64; 4]>> = BTreeMap::new();
        for meeting in rows.counted_meetings() {
            let year = if day(meeting) < "2017-04-01" { "2016-04-01" } else { "2017-04-01" };
            for (role, counts) in rows.counts_at(&council, meeting) {
                let year = expected.entry(year).or_default();
                let sum = year.entry((meeting["group_id"].to_string(), role)).or_default();
                sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
        }
        let response = engagement(&reporter, &council, "").await;
        let history = &response["councils"][0];
        let reported: BTreeMap<&str, _> = list(history, "years")
            .iter()
            .map(|year| (year["plan_from"].as_str().expect("a day"), counts_by_group_and_role(year)))
            .collect();
        assert_eq!(reported, expected, "{}", council["name"]);
        for year in list(history, "years") {
            let sum: i64 =
                expected[year["plan_from"].as_str().expect("a day")].values().map(|counts| counts[0]).sum();
            assert_eq!(year["attendance"]["denominator"], sum);
        }
    }
}

#[tokio::test]
async fn engagement_counts_each_attendance_status_as_metrics_do() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, council) = (
        fixtures.group(json!({ "responsible_until": "2017-09-01" })).await,
        fixtures.council(json!({})).await,
    );
    let mut seats = Vec::new();
    for ordinal in 1..=6 {
        seats.push(fixtures.seat(&group, &council, json!({ "role": "member", "ordinal": ordinal })).await);
    }
    fixtures.seat(&group, &council, json!({ "role": "member", "ordinal": 7, "terms": [] })).await;
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    for (seat, status) in
        seats.iter().zip(["present", "present_virtual", "substitute", "apologies", "absent"])
    {
        fixtures.attendance(&meeting, seat, status).await;
    }
    fixtures.close_register(&meeting).await;
    for (held_on, more) in [
        ("2017-05-02", json!({ "register": "closed", "status": "cancelled" })),
        ("2017-05-03", json!({ "register": "not_kept" })),
        ("2017-05-04", json!({ "register": "open" })),
        ("2017-06-01", json!({ "register": "closed", "date_precision": "month" })),
        ("2017-10-01", json!({ "register": "closed" })),
    ] {
        fixtures.meeting(Some(&group), held_on, more).await;
    }
    let response = engagement(&fixtures.0, &council, "as_at=2017-06-29").await;
    let year = &response["councils"][0]["years"][0];
    assert_eq!(year["plan_from"], "2017-04-01");
    assert_eq!(
        year["bodies"][0]["tally"],
        json!({ "expected": 6, "attended": 3, "present": 1, "present_virtual": 1, "substitutes": 1, "apologies": 1,
            "absent": 1, "not_recorded": 1, "vacant": 1 })
    );
    assert_eq!(
        (&year["bodies"][0]["meetings"], &year["attendance"]["value_percent"]),
        (&json!(1), &json!(50))
    );
    let (_, action) = fixtures.plan(&[&group]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await;
    for day in ["2017-06-29", "2017-06-30", "2018-03-31"] {
        let metric = fixtures.metric(&target, day).await;
        let year =
            &engagement(&fixtures.0, &council, &format!("as_at={day}")).await["councils"][0]["years"][0];
        let parts = |value: &Value| (value["numerator"].clone(), value["denominator"].clone());
        assert_eq!(parts(&year["attendance"]), parts(&metric), "{day}");
    }
    let later = engagement(&fixtures.0, &council, "as_at=2018-03-31&from=2017-05-02").await;
    assert_eq!(
        later["councils"][0]["years"][0]["attendance"]["denominator"], 6,
        "only the meeting in June counts"
    );
    let refused = fixtures
        .0
        .get(&format!("/v1/councils/{}/engagement?as_at=2017-01-01&from=2017-01-02", id(&council)))
        .await;
    assert_eq!(refused.expect(422).field_errors(), ["from out_of_order"]);
    fixtures.0.get(&format!("/v1/councils/{}/engagement", id(&group))).await.expect(404);
}

#[tokio::test]
async fn attendance_stays_with_its_council_and_a_successor_can_include_it() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let council = |code: &'static str| {
        let reporter = reporter.clone();
        async move { reporter.all(&format!("/v1/councils?gss_code={code}")).await.remove(0) }
    };
    let (east, coastal, waveney) =
        (council("E07000244").await, council("E07000205").await, council("E07000206").await);
    let alone = engagement(&reporter, &east, "as_at=2020-03-31").await;
    assert_eq!((list(&alone, "councils").len(), &alone["councils"][0]["years"]), (1, &json!([])));
    let with_predecessors = engagement(&reporter, &east, "as_at=2020-03-31&include_predecessors=true").await;
    let names: Vec<&Value> =
        list(&with_predecessors, "councils").iter().map(|council| &council["name"]).collect();
    assert_eq!(names, [&east["name"], &coastal["name"], &waveney["name"]]);
    for (history, council) in list(&with_predecessors, "councils").iter().skip(1).zip([&coastal, &waveney]) {
        let own = engagement(&reporter, council, "as_at=2020-03-31").await;
        assert_eq!(history, &own["councils"][0]);
        assert!(!list(history, "years").is_empty());
    }
    let before = engagement(&reporter, &east, "as_at=2019-03-31&include_predecessors=true").await;
    assert_eq!(list(&before, "councils").len(), 1, "no council has a predecessor on that day");
}

#[tokio::test]
async fn engagement_lists_coverage_and_missing_records_but_no_names() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, council) = (fixtures.group(json!({})).await, fixtures.council(json!({})).await);
    let seat = fixtures.seat(&group, &council, json!({ "terms": [{ "holder_ref": "somebody", "holder_name": "Some Body", "held_from": "2010-01-01", "held_until": "2018-01-01" }] })).await;
    let open = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    fixtures.meeting(Some(&group), "2018-05-01", json!({})).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    let coverage = json!({ "kind": "council_coverage", "basis": "entries" });
    let support = fixtures.target(&action, coverage.clone(), json!({})).await;
    let reported = json!({ "council_reported": true });
    let answered = fixtures.target(&action, coverage.clone(), reported.clone()).await;
    let unanswered = fixtures.target(&action, coverage.clone(), reported.clone()).await;
    let of_counties = json!({ "kind": "council_coverage", "basis": "entries", "council_kinds": ["county"] });
    fixtures.target(&action, of_counties, reported).await;
    fixtures.activate(&framework).await;
    let entry =
        |covered: bool| json!({ "kind": "coverage", "council_id": council["id"], "covered": covered });
    fixtures.entry(&support, "2017-06-01", entry(true)).await;
    fixtures.entry(&support, "2017-07-01", entry(false)).await;
    fixtures.entry(&answered, "2017-06-01", entry(true)).await;
    let response = engagement(&app.reporter(), &council, "as_at=2018-03-31").await;
    let history = &response["councils"][0];
    let coverage_rows: Vec<(&Value, &Value, &Value, &Value)> = list(history, "coverage")
        .iter()
        .map(|row| (&row["target_id"], &row["council_reported"], &row["entries"], &row["covered"]))
        .collect();
    assert_eq!(
        coverage_rows,
        [
            (&support["id"], &json!(false), &json!(2), &json!(0)),
            (&answered["id"], &json!(true), &json!(1), &json!(1))
        ]
    );
    assert_eq!(history["coverage"][0]["latest_on"], "2017-07-01");
    let missing = &history["missing"];
    let ids = |name: &str, key: &str| -> Vec<Value> {
        list(missing, name).iter().map(|row| row[key].clone()).collect()
    };
    assert_eq!(ids("open_registers", "meeting_id"), [open["id"].clone()]);
    assert_eq!(ids("unreported_targets", "target_id"), [unanswered["id"].clone()]);
    assert_eq!(ids("vacant_seats", "seat_id"), [seat["id"].clone()]);
    let text = app.officer().get(&format!("/v1/councils/{}/engagement", id(&council))).await.text;
    assert!(!text.contains("Some Body") && !text.contains("somebody"), "{text}");
}

/// Marks every register as not constructed, so that councils are ranked by it.
async fn mark_registers_as_kept(caller: &Caller) {
    for meeting in caller.all("/v1/meetings").await {
        if meeting["constructed"] == true {
            let version = meeting["version"].as_i64().expect("a version");
            let path = format!("/v1/meetings/{}", id(&meeting));
            caller.patch(&path, version, json!({ "constructed": false })).await.expect(200);
        }
    }
}

#[tokio::test]
async fn councils_are_ranked_by_the_drop_in_their_attendance() {
    let app = App::with_sample();
    let fixtures = Fixtures(app.officer());
    mark_registers_as_kept(&fixtures.0).await;
    // In the year after the sample, every third leader attends one more Assembly.
    let assembly = fixtures.0.all("/v1/groups?code=assembly").await.remove(0);
    let meeting = fixtures.meeting(Some(&assembly), "2018-07-05", json!({})).await;
    for seat in fixtures.0.all(&format!("/v1/seats?group_id={}", id(&assembly))).await.iter().step_by(3) {
        fixtures.attendance(&meeting, seat, "substitute").await;
    }
    fixtures.close_register(&meeting).await;
    let rows = Rows::read(&fixtures.0).await;
    let councils = fixtures.0.all("/v1/councils?exists_on=2018-12-31").await;
    let listed = fixtures.0.all("/v1/engagement?as_at=2018-12-31").await;
    assert_eq!(listed.len(), 52);
    for row in &listed {
        let council = councils.iter().find(|council| council["id"] == row["council_id"]).expect("a council");
        let recount = |from: &str, until: &str| {
            let within = rows.counted_meetings().filter(|meeting| (from..until).contains(&day(meeting)));
            within
                .flat_map(|meeting| rows.counts_at(council, meeting))
                .fold((0, 0), |sum, (_, counts)| (sum.0 + counts[1], sum.1 + counts[0]))
        };
        let parts = |name: &str| {
            (row[name]["numerator"].as_i64().expect(name), row[name]["denominator"].as_i64().expect(name))
        };
        assert_eq!(parts("last_year"), recount("2018-01-01", "2019-01-01"), "{row}");
        assert_eq!(parts("year_before"), recount("2017-01-01", "2018-01-01"), "{row}");
        let attended =
            |meeting: &&Value| rows.counts_at(council, meeting).values().any(|counts| counts[1] > 0);
        let last = rows.counted_meetings().filter(attended).map(day).max();
        assert_eq!(row["last_attended_on"].as_str(), last);
        let percent = |name: &str| row[name]["value_percent"].as_f64().expect("a percentage");
        let change = row["change_points"].as_f64().expect("a change");
        assert!((percent("last_year") - percent("year_before") - change).abs() < 0.001, "{row}");
    }
    let changes: Vec<f64> = listed.iter().filter_map(|row| row["change_points"].as_f64()).collect();
    assert!(changes.is_sorted() && changes[0] < 0.0 && changes[51] > 0.0, "{changes:?}");
    let paged = {
        let (mut rows, mut next) =
            (Vec::new(), "/v1/engagement?as_at=2018-12-31&limit=7&total=true".to_owned());
        loop {
            let page = fixtures.0.get(&next).await.expect(200);
            assert_eq!(page.body["total"], 52);
            rows.extend(list(&page.body, "data").clone());
            let Some(link) = page.header("link").strip_prefix('<') else { break rows };
            next = link.trim_end_matches(">; rel=\"next\"").to_owned();
        }
    };
    assert_eq!(paged, listed);
}

#[tokio::test]
async fn councils_without_a_previous_year_are_last_and_updated_since_is_unknown() {
    let app = App::with_sample();
    let fixtures = Fixtures(app.officer());
    mark_registers_as_kept(&fixtures.0).await;
    let meeting = fixtures.meeting(None, "2019-05-01", json!({})).await;
    fixtures.close_register(&meeting).await;
    let listed = fixtures.0.all("/v1/engagement?as_at=2019-06-01").await;
    assert_eq!(listed.len(), 50);
    let unknown = |row: &&Value| row["change_points"].is_null();
    let names: Vec<&Value> = listed.iter().filter(unknown).map(|row| &row["name"]).collect();
    let mut last_two = names.clone();
    last_two.sort_by_key(|name| name.to_string());
    assert_eq!(last_two, [&json!("East Suffolk Council"), &json!("West Suffolk Council")]);
    assert!(
        listed[48..].iter().all(|row| unknown(&row) && row["year_before"]["value_reason"] == "no_eligible")
    );
    let cursor = fixtures.0.read("/v1/engagement?as_at=2019-06-01&limit=10").await["next_cursor"].clone();
    let next = fixtures
        .0
        .read(&format!(
            "/v1/engagement?as_at=2019-06-01&limit=40&cursor={}",
            cursor.as_str().expect("a cursor")
        ))
        .await;
    assert_eq!((list(&next, "data").len(), &next["has_more"]), (40, &json!(false)));
    let refused = fixtures.0.get("/v1/engagement?updated_since=2019-01-01T00:00:00Z").await.expect(400);
    assert_eq!(refused.field_errors(), ["updated_since unknown_parameter"]);
}
