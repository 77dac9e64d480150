//! The number of SQL statements of a request does not depend on the number of rows.

use std::fs;
use std::path::{Path, PathBuf};

use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use crate::support::{App, Fixtures, RESOURCES, id};

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

/// The number of statements that a request runs, as `pg_stat_statements` counts them.
async fn count_statements(app: &App, path: &str) -> i64 {
    let officer = app.officer();
    officer.read(path).await;
    app.sql("SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)").await;
    officer.read(path).await;
    app.number(
        "SELECT sum(calls)::bigint AS n FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
         WHERE d.datname = current_database() AND query NOT LIKE '%pg_stat_statements%' AND query NOT LIKE 'SELECT set_config%' AND query !~* '^(set|show|select pg_type|select t.typname)'",
    )
    .await
}

async fn create_framework(fixtures: &Fixtures, measures: &[Value], times: usize) -> Value {
    let group = fixtures.group(json!({})).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    for _ in 0..times {
        for measure in measures {
            fixtures.target(&action, measure.clone(), json!({})).await;
        }
    }
    framework
}

#[tokio::test]
async fn a_framework_of_many_targets_takes_as_many_statements_as_one_target() {
    let app = App::configured(&[("OUTTURN_VIEW_CACHE_BYTES", "0")]);
    app.count_statements().await;
    let fixtures = Fixtures(app.officer());
    for measure in measures() {
        let kind = measure["kind"].clone();
        let (one, many) = (
            create_framework(&fixtures, std::slice::from_ref(&measure), 1).await,
            create_framework(&fixtures, &[measure], 9).await,
        );
        let count_for_one = count_statements(&app, &format!("/v1/frameworks/{}/metrics", id(&one))).await;
        let count_for_many = count_statements(&app, &format!("/v1/frameworks/{}/metrics", id(&many))).await;
        assert_eq!(count_for_one, count_for_many, "{kind}");
        for points in
            ["interval=year&as_at=2017-04-01", "as_at=2018-03-31", "as_at=2018-03-31&last_year=true"]
        {
            let path = |framework| format!("/v1/frameworks/{}/series?{points}", id(framework));
            for framework in [&one, &many] {
                let count_for_series = count_statements(&app, &path(framework)).await;
                assert_eq!(
                    count_for_series,
                    count_for_one + 1,
                    "{kind}, {points}: one additional statement reads the plan periods"
                );
            }
        }
        assert!(count_for_one <= 7, "{kind}: {count_for_one} statements, including BEGIN and COMMIT");
    }
    let (ten, seventy) = (
        create_framework(&fixtures, &measures(), 1).await,
        create_framework(&fixtures, &measures(), 7).await,
    );
    for view in ["metrics", "summary", "tree", "series", "series?last_year=true", "overdue"] {
        let count_for_ten = count_statements(&app, &format!("/v1/frameworks/{}/{view}", id(&ten))).await;
        let count_for_seventy =
            count_statements(&app, &format!("/v1/frameworks/{}/{view}", id(&seventy))).await;
        assert_eq!(count_for_ten, count_for_seventy, "{view}");
        assert!(count_for_ten <= 11, "{view}: {count_for_ten}");
    }
    let (count_for_ten, count_for_seventy) = (
        count_statements(&app, &format!("/v1/frameworks/{}/report", id(&ten))).await,
        count_statements(&app, &format!("/v1/frameworks/{}/report", id(&seventy))).await,
    );
    assert_eq!(count_for_ten, count_for_seventy, "the number of statements of a report");
    assert!(count_for_ten <= 25, "{count_for_ten}");
}

#[tokio::test]
async fn an_explanation_takes_one_statement_per_kind_of_row() {
    let app = App::new();
    app.count_statements().await;
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let create_meeting_on = async |day: &str| {
        let council = fixtures.council(json!({})).await;
        fixtures.seat(&group, &council, json!({})).await;
        fixtures.close_register(&fixtures.meeting(Some(&group), day, json!({})).await).await;
    };
    create_meeting_on("2017-05-01").await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let mut paths = Vec::new();
    for measure in measures() {
        let target = fixtures.target(&action, measure, json!({})).await;
        let path = format!("/v1/targets/{}/metric/explanation?as_at=2018-03-31", id(&target));
        paths.push((count_statements(&app, &path).await, path));
    }
    for day in ["2017-06-01", "2017-07-01", "2017-08-01"] {
        create_meeting_on(day).await;
    }
    for (count_for_one, path) in paths {
        assert_eq!(count_statements(&app, &format!("{path}&limit=500")).await, count_for_one, "{path}");
        // BEGIN, COMMIT, the target; for attendance also the counts of meetings and registers and
        // the lists of both.
        assert!(count_for_one <= 7, "{path}: {count_for_one}");
    }
}

#[tokio::test]
async fn a_list_request_and_a_single_row_request_take_one_statement_each() {
    let app = App::with_sample();
    app.count_statements().await;
    let reporter = app.reporter();
    for list in RESOURCES.map(|resource| resource.path) {
        assert_eq!(count_statements(&app, &format!("{list}?limit=500")).await, 1, "{list}");
        if let Some(row) = reporter.read(&format!("{list}?limit=1")).await["data"].get(0) {
            assert_eq!(count_statements(&app, &format!("{list}/{}", id(row))).await, 1, "a row of {list}");
        }
    }
}

#[tokio::test]
async fn engagement_statements_do_not_depend_on_councils_or_predecessors() {
    let app = App::with_sample();
    app.count_statements().await;
    assert_eq!(count_statements(&app, "/v1/engagement?as_at=2018-03-31&limit=500&total=true").await, 1);
    let council = app.reporter().all("/v1/councils?gss_code=E07000244").await.remove(0);
    let path =
        |parameters: &str| format!("/v1/councils/{}/engagement?as_at=2020-01-01{parameters}", id(&council));
    let without_predecessors = count_statements(&app, &path("")).await;
    assert_eq!(count_statements(&app, &path("&include_predecessors=true")).await, without_predecessors);
    assert!(without_predecessors <= 8, "{without_predecessors}, including BEGIN and COMMIT");
}

/// The SQL files below a directory, with their texts.
fn sql_files(dir: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => sql_files(&path),
            Some(extension) if extension == "sql" => {
                let text = fs::read_to_string(&path).expect("a file");
                vec![(path, text)]
            }
            _ => Vec::new(),
        })
        .collect()
}

#[tokio::test]
async fn every_sql_file_is_one_statement_that_runs_as_it_is() {
    let app = App::new();
    let mut conn = app.connection().await;
    let files = sql_files(Path::new("src"));
    assert!(files.len() > 80, "{} files", files.len());
    let mut errors = Vec::new();
    for (number, (path, text)) in files.iter().enumerate() {
        let prepare = diesel::sql_query(format!("PREPARE statement_{number} AS {text}"));
        if let Err(error) = prepare.execute(&mut conn).await {
            errors.push(format!("{}: {error}", path.display()));
        }
    }
    assert_eq!(errors, Vec::<String>::new());
}
