//! How a line of a bulk request names its meeting: by our id, by another system's, or by group, date and title.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use crate::db::Error;
use crate::db::bulk::Found;
use crate::values::{Code, Day, Fault, Findings, Line, Title};

/// A meeting's name; exactly one of its ways is used.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct MeetingName<'l> {
    /// Our id.
    pub meeting_id: Option<Uuid>,
    /// Another system's key.
    pub meeting_external_id: Option<&'l Line>,
    /// The group that met; at an open event there is none.
    pub group_code: Option<&'l Code>,
    /// The date.
    pub held_on: Option<Day>,
    /// The title.
    pub meeting_title: Option<&'l Title>,
}

impl MeetingName<'_> {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.ways() == 0
    }

    fn is_natural(&self) -> bool {
        self.group_code.is_some() || self.held_on.is_some() || self.meeting_title.is_some()
    }

    fn ways(&self) -> usize {
        let ways = [self.meeting_id.is_some(), self.meeting_external_id.is_some(), self.is_natural()];
        ways.into_iter().filter(|is_used| *is_used).count()
    }

    /// The field that names it.
    pub fn field(&self) -> &'static str {
        match self {
            Self { meeting_id: Some(_), .. } => "/meeting_id",
            Self { meeting_external_id: Some(_), .. } => "/meeting_external_id",
            _ => "/held_on",
        }
    }

    /// A name is given in one way, and whole.
    pub fn check(&self, findings: &mut Findings) {
        let several = "Name the meeting one way: meeting_id, meeting_external_id, or group_code, held_on and meeting_title.";
        findings.add_if(self.ways() > 1, self.field(), "named_twice", several);
        if self.is_natural() {
            findings.add_if(
                self.held_on.is_none(),
                "/held_on",
                "required",
                "A meeting is named with its date.",
            );
            let bare = self.group_code.is_none() && self.meeting_title.is_none();
            findings.add_if(
                bare,
                "/group_code",
                "required",
                "A date alone names no meeting: add its group, or its title.",
            );
        }
    }

    /// The meeting, or why it cannot be told.
    pub fn found(&self, found: Found) -> Result<Uuid, Fault> {
        let name = match self {
            Self { meeting_id: Some(_), .. } => "id",
            Self { meeting_external_id: Some(_), .. } => "external id",
            _ => "date, group and title",
        };
        let none = format!("No meeting has this {name}.");
        found.one(self.field(), &none, "Several meetings go by this name.")
    }
}

#[derive(Serialize)]
struct Numbered<'l> {
    n: usize,
    #[serde(flatten)]
    name: MeetingName<'l>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    n: i32,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    id: Option<Uuid>,
}

/// The meetings that lines name, in one statement; without a system another's key is looked for in all.
pub async fn find(
    conn: &mut AsyncPgConnection,
    system: Option<&Code>,
    names: &[MeetingName<'_>],
) -> Result<Vec<Found>, Error> {
    let given: Vec<Numbered<'_>> =
        names.iter().enumerate().map(|(n, name)| Numbered { n, name: *name }).collect();
    let given = serde_json::to_value(given).map_err(|error| Error::Internal(error.to_string()))?;
    let rows: Vec<Row> = diesel::sql_query(include_str!("sql/named.sql"))
        .bind::<Jsonb, _>(given)
        .bind::<Nullable<Text>, _>(system)
        .load(conn)
        .await?;
    let mut found = vec![Found::None; names.len()];
    for row in rows {
        if let Some(place) = usize::try_from(row.n).ok().and_then(|n| found.get_mut(n)) {
            *place = Found::of(row.count, row.id);
        }
    }
    Ok(found)
}
