//! How many statements an answer takes: the same for one target and for seventy.

use serde_json::{Value, json};

use crate::support::{App, Made, id};

/// One measure of each kind.
fn measures() -> Vec<Value> {
    vec![
        json!({ "kind": "attendance_rate" }),
        json!({ "kind": "meetings_held" }),
        json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }),
        json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" }),
        json!({ "kind": "council_coverage", "basis": "entries" }),
        json!({ "kind": "count_total", "unit_name": "x" }),
        json!({ "kind": "ratio" }),
        json!({ "kind": "financial_balance", "area": "a" }),
        json!({ "kind": "milestone" }),
        json!({ "kind": "narrative" }),
    ]
}

/// Statements that one request runs in its database, as PostgreSQL itself counts them.
async fn statements(app: &App, path: &str) -> i64 {
    app.officer().read(path).await;
    app.sql("SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)").await;
    app.officer().read(path).await;
    app.number(
        "SELECT sum(calls)::bigint AS n FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
         WHERE d.datname = current_database() AND query NOT LIKE '%pg_stat_statements%' AND query NOT LIKE 'SELECT set_config%' AND query !~* '^(set|show|select pg_type|select t.typname)'",
    )
    .await
}

async fn framework_of(made: &Made, measures: &[Value], times: usize) -> Value {
    let group = made.group(json!({})).await;
    let (framework, action) = made.plan(&[&group]).await;
    for _ in 0..times {
        for measure in measures {
            made.target(&action, measure.clone(), json!({})).await;
        }
    }
    framework
}

#[tokio::test]
async fn a_whole_framework_takes_as_many_statements_as_one_target() {
    let app = App::new();
    app.sql("CREATE EXTENSION pg_stat_statements").await;
    let made = Made(app.officer());
    for measure in measures() {
        let kind = measure["kind"].clone();
        let (one, seventy) = (
            framework_of(&made, std::slice::from_ref(&measure), 1).await,
            framework_of(&made, &[measure], 70).await,
        );
        let of_one = statements(&app, &format!("/v1/frameworks/{}/metrics", id(&one))).await;
        let of_seventy = statements(&app, &format!("/v1/frameworks/{}/metrics", id(&seventy))).await;
        assert_eq!(of_one, of_seventy, "{kind}");
        for points in
            ["interval=year&as_at=2017-04-01", "as_at=2018-03-31", "as_at=2018-03-31&last_year=true"]
        {
            let path = |framework| format!("/v1/frameworks/{}/series?{points}", id(framework));
            for framework in [&one, &seventy] {
                let of_series = statements(&app, &path(framework)).await;
                assert_eq!(of_series, of_one + 1, "{kind}, {points}: one more for the plan years");
            }
        }
        assert!(of_one <= 6, "{kind}: {of_one} statements, BEGIN and COMMIT among them");
    }
    let (ten, seventy) =
        (framework_of(&made, &measures(), 1).await, framework_of(&made, &measures(), 7).await);
    for view in ["metrics", "summary", "tree", "series", "series?last_year=true", "overdue"] {
        let of_ten = statements(&app, &format!("/v1/frameworks/{}/{view}", id(&ten))).await;
        let of_seventy = statements(&app, &format!("/v1/frameworks/{}/{view}", id(&seventy))).await;
        assert_eq!(of_ten, of_seventy, "{view}");
        assert!(of_ten <= 11, "{view}: {of_ten}");
    }
    let (of_ten, of_seventy) = (
        statements(&app, &format!("/v1/frameworks/{}/report", id(&ten))).await,
        statements(&app, &format!("/v1/frameworks/{}/report", id(&seventy))).await,
    );
    assert_eq!(of_ten, of_seventy, "a document is the tree, the metrics, the series, words and attendance");
    assert!(of_ten <= 25, "{of_ten}");
}

#[tokio::test]
async fn an_explanation_takes_one_statement_for_each_kind_of_row() {
    let app = App::new();
    app.sql("CREATE EXTENSION pg_stat_statements").await;
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let happen = async |day: &str| {
        let council = made.council(json!({})).await;
        made.seat(&group, &council, json!({})).await;
        made.close(&made.meeting(Some(&group), day, json!({})).await).await;
    };
    happen("2017-05-01").await;
    let (_, action) = made.plan(&[&group]).await;
    let mut paths = Vec::new();
    for measure in measures() {
        let target = made.target(&action, measure, json!({})).await;
        let path = format!("/v1/targets/{}/metric/explanation?as_at=2018-03-31", id(&target));
        paths.push((statements(&app, &path).await, path));
    }
    for day in ["2017-06-01", "2017-07-01", "2017-08-01"] {
        happen(day).await;
    }
    for (of_one, path) in paths {
        assert_eq!(statements(&app, &format!("{path}&limit=500")).await, of_one, "{path}");
        // BEGIN and COMMIT, the target, and of attendance: meetings and registers counted, meetings and lines listed.
        assert!(of_one <= 7, "{path}: {of_one}");
    }
}

#[tokio::test]
async fn a_list_and_a_resource_take_one_statement() {
    let app = App::with_sample();
    app.sql("CREATE EXTENSION pg_stat_statements").await;
    let reporter = app.reporter();
    for list in [
        "councils",
        "groups",
        "seats",
        "meetings",
        "attendance",
        "evaluations",
        "frameworks",
        "themes",
        "outcomes",
        "actions",
        "targets",
        "revisions",
        "progress",
    ] {
        assert_eq!(statements(&app, &format!("/v1/{list}?limit=500")).await, 1, "{list}");
        if let Some(row) = reporter.read(&format!("/v1/{list}?limit=1")).await["data"].get(0) {
            assert_eq!(statements(&app, &format!("/v1/{list}/{}", id(row))).await, 1, "one of {list}");
        }
    }
}

#[tokio::test]
async fn councils_are_ranked_in_one_statement_and_a_council_is_told_in_as_many_with_its_predecessors() {
    let app = App::with_sample();
    app.sql("CREATE EXTENSION pg_stat_statements").await;
    assert_eq!(statements(&app, "/v1/engagement?as_at=2018-03-31&limit=500&total=true").await, 1);
    let council = app.reporter().all("/v1/councils?gss_code=E07000244").await.remove(0);
    let path = |more: &str| format!("/v1/councils/{}/engagement?as_at=2020-01-01{more}", id(&council));
    let alone = statements(&app, &path("")).await;
    assert_eq!(statements(&app, &path("&include_predecessors=true")).await, alone);
    assert!(alone <= 8, "{alone}, BEGIN and COMMIT among them");
}
