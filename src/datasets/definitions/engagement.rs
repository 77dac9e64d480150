//! The dataset of engagement, which is the attendance of every council, by year from 1 April,
//! group and role.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt;
use uuid::Uuid;

use crate::datasets::dataset::{Dataset, DatasetRequest, Rows, Source};
use crate::db::Error;
use crate::metrics::engagement::model::AttendanceShare;
use crate::metrics::engagement::queries::{BodyFact, Span, attendance};
use crate::values::{Cell, CouncilKind, GssCode, ShortText, columns};

const COUNCILS_PER_QUERY: usize = 50;

pub(super) const DATASET: Dataset = Dataset {
    name: "engagement",
    grain: "One row for each council, year from 1 April, group and role: attended of expected in the registers that count as at `as_at` (default: today).",
    occurred_on: "The first day of the year, always 1 April.",
    own: columns! {
        "council_id" Uuid "The council's id.",
        "occurred_on" Date "The first day of the year, always 1 April, by which `occurred_from` and `occurred_until` filter. It never changes.",
        "updated_at" Timestamp "When the figure may last have changed: at the last change of any record, or at the start of as_at.",
        "gss_code" Text "The council's current or last GSS code.",
        "council_name" Text "The council's name.",
        "council_kind" Text "The council's tier.",
        "group_id" Uuid "The group's id; empty for open events, at which the council itself is expected.",
        "group_code" Text "The group's stable key.",
        "group_name" Text "The group's name.",
        "role" Text "The role; empty for open events.",
        "as_at" Date "The date as of which the figures are derived.",
        "meetings" Integer "The number of meetings whose registers count.",
        "numerator" Integer "The number attended: present, present remotely, or by a substitute.",
        "denominator" Integer "The number expected: seats with a holder, or at open events the council.",
        "value_percent" Percentage "Attended of expected in per cent, rounded half up to two decimals.",
        "value_reason" Text "Why there is no percentage; empty if there is one.",
        "present" Integer "The number present.",
        "present_virtual" Integer "The number present remotely.",
        "substitutes" Integer "The number of substitutes.",
        "apologies" Integer "The number of apologies, which do not count as attended.",
        "absent" Integer "The number absent.",
        "not_recorded" Integer "The number expected without a line in the register.",
        "vacant" Integer "The number of vacant seats, which are not expected.",
        "meetings_constructed" Integer "The number of these meetings whose registers were constructed to reproduce a published total. Councils cannot be ranked by them.",
    },
    shared: &[],
    parameters: &["as_at"],
    reads: crate::metrics::SOURCE_RESOURCES,
    source: Source::Derived(|conn, request, rows| read(conn, request, rows).boxed_local()),
};

#[derive(Debug, QueryableByName)]
struct CouncilRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    gss_code: Option<GssCode>,
    #[diesel(sql_type = Text)]
    name: ShortText,
    #[diesel(sql_type = Text)]
    kind: CouncilKind,
}

async fn read(conn: &mut AsyncPgConnection, request: &DatasetRequest, rows: &Rows) -> Result<(), Error> {
    let all: Vec<CouncilRow> = diesel::sql_query(include_str!("sql/existing_councils.sql"))
        .bind::<Date, _>(request.as_at)
        .load(conn)
        .await?;
    for chunk in all.chunks(COUNCILS_PER_QUERY) {
        let councils: Vec<Uuid> = chunk.iter().map(|council| council.id).collect();
        let by_id: HashMap<Uuid, &CouncilRow> = chunk.iter().map(|council| (council.id, council)).collect();
        let span = Span { councils: &councils, as_at: request.as_at, from: None };
        let facts = attendance(conn, &span).await?;
        let facts = facts.iter().filter(|fact| request.contains(fact.plan_from));
        let row = |fact: &BodyFact| Some(to_cells(by_id.get(&fact.council_id)?, fact, request));
        rows.take(facts.filter_map(row).collect()).await?;
    }
    Ok(())
}

fn to_cells(council: &CouncilRow, fact: &BodyFact, request: &DatasetRequest) -> Vec<Cell> {
    let tally = &fact.tally;
    let share = AttendanceShare::of(tally.attended, tally.expected);
    vec![
        council.id.into(),
        fact.plan_from.into(),
        request.updated_at(request.as_at),
        Cell::text_of(council.gss_code.as_ref()),
        Cell::text(&council.name),
        Cell::text(council.kind),
        fact.group_id.into(),
        Cell::text_of(fact.group_code.as_ref()),
        Cell::text_of(fact.group_name.as_ref()),
        Cell::text_of(fact.role.as_ref()),
        request.as_at.into(),
        fact.meetings.into(),
        share.numerator.into(),
        share.denominator.into(),
        share.value_percent.into(),
        Cell::text_of(share.value_reason),
        tally.present.into(),
        tally.present_virtual.into(),
        tally.substitutes.into(),
        tally.apologies.into(),
        tally.absent.into(),
        tally.not_recorded.into(),
        tally.vacant.into(),
        fact.meetings_constructed.into(),
    ]
}
