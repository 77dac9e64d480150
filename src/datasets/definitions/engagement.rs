//! Engagement: the attendance of every council, by plan year, group and role.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt;
use uuid::Uuid;

use super::with_named_councils;
use crate::db::Error;
use crate::metrics::engagement::model::AttendanceShare;
use crate::metrics::engagement::queries::{BodyFact, Span, attendance};
use crate::reports::dataset::{Asked, Dataset, Rows, Source};
use crate::values::{Cell, CouncilKind, GssCode, Line, columns};

/// So many councils are read at once.
const AT_ONCE: usize = 50;

pub(super) const DATASET: Dataset = Dataset {
    name: "engagement",
    grain: "One row for each council, plan year, group and role: attended of expected at the registers that count by `as_at`, today if not said.",
    occurred_on: "The first day of the plan year.",
    own: columns! {
        "council_id" Uuid "The council.",
        "occurred_on" Date "The first day of the plan year: the window goes by it, and it never changes.",
        "updated_at" Timestamp "When the figure may last have become another: the last change of any record, or the beginning of as_at.",
        "gss_code" Text "The GSS code the council goes by now, or went by last.",
        "council_name" Text "The council's name.",
        "council_kind" Text "The council's tier.",
        "group_id" Uuid "The group; empty for open events, which expect the council itself.",
        "group_code" Text "The group's stable key.",
        "group_name" Text "The group's name.",
        "role" Text "The role; empty for open events.",
        "as_at" Date "The date it is read at.",
        "meetings" Integer "The meetings whose registers count.",
        "numerator" Integer "Attended: present, present from elsewhere, or by a substitute.",
        "denominator" Integer "Expected: seats that somebody holds, or at open events the council.",
        "value_percent" Percentage "Attended of expected, half up to two places.",
        "value_reason" Text "Why there is no percentage.",
        "present" Integer "Present.",
        "present_virtual" Integer "Present from elsewhere.",
        "substitutes" Integer "A substitute came.",
        "apologies" Integer "Apologies: not attendance.",
        "absent" Integer "Absent.",
        "not_recorded" Integer "Without a line.",
        "vacant" Integer "Seats that nobody holds: not expected.",
        "meetings_constructed" Integer "Of the meetings, those whose registers were constructed to reproduce a published total: councils cannot be ranked by them.",
    },
    shared: &[],
    parameters: &["as_at"],
    reads: crate::metrics::READS,
    source: Source::Derived(|conn, asked, rows| read(conn, asked, rows).boxed_local()),
};

/// What rows say of a council.
#[derive(Debug, QueryableByName)]
struct Named {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    gss_code: Option<GssCode>,
    #[diesel(sql_type = Text)]
    name: Line,
    #[diesel(sql_type = Text)]
    kind: CouncilKind,
}

async fn read(conn: &mut AsyncPgConnection, asked: &Asked, rows: &Rows) -> Result<(), Error> {
    let named: Vec<Named> = diesel::sql_query(with_named_councils!("sql/named.sql"))
        .bind::<Date, _>(asked.as_at)
        .load(conn)
        .await?;
    for some in named.chunks(AT_ONCE) {
        let councils: Vec<Uuid> = some.iter().map(|council| council.id).collect();
        let by_id: HashMap<Uuid, &Named> = some.iter().map(|council| (council.id, council)).collect();
        let span = Span { councils: &councils, as_at: asked.as_at, from: None };
        let facts = attendance(conn, &span).await?;
        let facts = facts.iter().filter(|fact| asked.contains(fact.plan_from));
        let row = |fact: &BodyFact| Some(row(by_id.get(&fact.council_id)?, fact, asked));
        rows.take(facts.filter_map(row).collect()).await?;
    }
    Ok(())
}

fn row(council: &Named, fact: &BodyFact, asked: &Asked) -> Vec<Cell> {
    let tally = &fact.tally;
    let share = AttendanceShare::of(tally.attended, tally.expected);
    vec![
        council.id.into(),
        fact.plan_from.into(),
        asked.updated_at(asked.as_at),
        Cell::text_of(council.gss_code.as_ref()),
        Cell::text(&council.name),
        Cell::text(council.kind),
        fact.group_id.into(),
        Cell::text_of(fact.group_code.as_ref()),
        Cell::text_of(fact.group_name.as_ref()),
        Cell::text_of(fact.role.as_ref()),
        asked.as_at.into(),
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
