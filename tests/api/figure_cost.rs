//! The figures of a framework read rows of its own year only.

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use outturn::db::{Error, in_snapshot};
use outturn::metrics::model::Moment;
use outturn::metrics::series::derive_series;
use outturn::metrics::series::model::SeriesQuery;
use outturn::metrics::{FactLoader, derive_metrics};
use outturn::values::Day;
use serde_json::json;
use uuid::Uuid;

use crate::support::{App, id};

#[derive(Debug, QueryableByName)]
struct RowsRead {
    #[diesel(sql_type = BigInt)]
    lines: i64,
    #[diesel(sql_type = BigInt)]
    meetings: i64,
}

/// The rows that the metrics and monthly series of a framework read, as counted by PostgreSQL.
async fn count_rows_read(app: &App, framework: Uuid) -> RowsRead {
    let as_at: Day = "2018-03-31".parse().expect("a day");
    let query = SeriesQuery { interval: None, as_at: Some(as_at), known_at: None, last_year: None };
    let conn = &mut app.connection().await;
    let rows = in_snapshot(conn, async |conn| {
        let (loader, moment) = (&mut FactLoader::new(conn), Moment { as_at, known_at: None });
        assert!(derive_metrics(loader, framework, moment).await?.metrics.len() > 70);
        let series_list = derive_series(loader, framework, moment, &query).await?;
        assert!(series_list.iter().all(|series| series.points.len() == 12));
        let counted = diesel::sql_query(
            "SELECT sum(n) FILTER (WHERE relname = 'attendance')::bigint AS lines,
                    sum(n) FILTER (WHERE relname = 'meetings')::bigint AS meetings
             FROM (SELECT relname, seq_tup_read + COALESCE(idx_tup_fetch, 0) AS n FROM pg_stat_xact_user_tables) read",
        );
        Ok::<RowsRead, Error>(counted.get_result(conn).await?)
    });
    rows.await.expect("rows")
}

/// Creates meetings of every group of the sample on 12 days of each month for 10 years. Once a
/// month every seat has an attendance record.
async fn create_meetings(app: &App) {
    app.sql(
        "DO $$ BEGIN
             SET LOCAL session_replication_role = replica;
             INSERT INTO meetings (id, group_id, title, held_on, occurred_on, status, register)
             SELECT gen_random_uuid(), g.id, 'Again', make_date(year, month, day), make_date(year, month, day), 'held', 'closed'
             FROM groups g, generate_series(2019, 2028) year, generate_series(1, 12) month, generate_series(1, 12) day;
             INSERT INTO attendance (id, meeting_id, seat_id, council_id, status)
             SELECT gen_random_uuid(), m.id, s.id, s.council_id, 'present'
             FROM meetings m JOIN seats s ON s.group_id = m.group_id
             WHERE m.title = 'Again' AND extract(day FROM m.held_on) = 1;
         END $$",
    )
    .await;
    app.sql("ANALYZE").await;
}

#[tokio::test]
async fn figures_of_a_framework_do_not_read_rows_of_other_years() {
    let app = App::with_sample();
    let officer = app.officer();
    let framework = officer.all("/v1/frameworks?code=2017-18").await.remove(0);
    let mut last = id(&framework);
    for year in 2018..2028 {
        let path = format!("/v1/frameworks/{last}/successor");
        last = id(&officer.post(&path, json!({ "code": format!("{year}") })).await.expect(201).body);
    }
    create_meetings(&app).await;
    let read = count_rows_read(&app, id(&framework)).await;
    let lines = app.number("SELECT count(*) AS n FROM attendance").await;
    let meetings = app.number("SELECT count(*) AS n FROM meetings").await;
    assert!(lines > 40_000 && read.lines * 10 < lines, "{read:?} of {lines} lines");
    assert!(meetings > 45_000 && read.meetings * 10 < meetings, "{read:?} of {meetings} meetings");
}
