//! Resolves the meeting that a line of a bulk request names by id, by external id, or by group,
//! date and title.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::bulk::{self, Match};
use crate::db::{Error, Statement};
use crate::values::{Code, Day, FieldError, RuleErrors, ShortText, Title};

/// How a line of a bulk request names a meeting. A valid line uses exactly one of three ways: the
/// id, the external id, or the group, date and title.
#[derive(Debug, Clone, Copy)]
pub struct MeetingName<'l> {
    pub meeting_id: Option<Uuid>,
    pub meeting_external_id: Option<&'l ShortText>,
    pub group_code: Option<&'l Code>,
    pub held_on: Option<Day>,
    pub meeting_title: Option<&'l Title>,
}

impl MeetingName<'_> {
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

    /// Returns the JSON pointer of the field by which the line of the request names the meeting.
    pub fn field(&self) -> &'static str {
        match self {
            Self { meeting_id: Some(_), .. } => "/meeting_id",
            Self { meeting_external_id: Some(_), .. } => "/meeting_external_id",
            _ => "/held_on",
        }
    }

    /// Checks that the line of the request names the meeting in one way only. Checks that a name by
    /// date is complete.
    pub fn check(&self, errors: &mut RuleErrors) {
        let several = "The line identifies the meeting in several ways. Send only `meeting_id`, only `meeting_external_id`, or only `group_code`, `held_on` and `meeting_title`.";
        errors.add_if(self.ways() > 1, self.field(), "mutually_exclusive", several);
        if self.is_natural() {
            errors.add_if(
                self.held_on.is_none(),
                "/held_on",
                "required",
                "Send `held_on`, the date of the meeting.",
            );
            let is_date_alone = self.group_code.is_none() && self.meeting_title.is_none();
            errors.add_if(
                is_date_alone,
                "/group_code",
                "required",
                "A date alone does not identify a meeting. Send `group_code` or `meeting_title` too.",
            );
        }
    }

    /// Returns the id of the meeting that `found` matched. Fails with a field error if no meeting
    /// or several meetings matched.
    pub fn meeting_id(&self, found: Match) -> Result<Uuid, FieldError> {
        let name = match self {
            Self { meeting_id: Some(_), .. } => "id",
            Self { meeting_external_id: Some(_), .. } => "external id",
            _ => "date, group and title",
        };
        let none = format!("No meeting has this {name}.");
        found.one(self.field(), &none, "Several meetings match the line. Send the `meeting_id`.")
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    id: Option<Uuid>,
}

/// Finds the meetings for all `names` in one statement. If `system` is `None`, an external id may
/// belong to any external system.
pub async fn meetings(
    conn: &mut AsyncPgConnection,
    system: Option<&Code>,
    names: &[MeetingName<'_>],
) -> Result<Vec<Match>, Error> {
    let rows: Vec<Row> = Statement::new(include_str!("sql/resolve.sql"))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(names, |name| name.meeting_id))
        .bind::<Array<Nullable<Text>>, _>(column(names, |name| name.meeting_external_id))
        .bind::<Array<Nullable<Text>>, _>(column(names, |name| name.group_code))
        .bind::<Array<Nullable<Date>>, _>(column(names, |name| name.held_on))
        .bind::<Array<Nullable<Text>>, _>(column(names, |name| name.meeting_title))
        .bind::<Nullable<Text>, _>(system)
        .load(conn)
        .await?;
    bulk::check_row_for_each(names.len(), rows.len())?;
    Ok(rows.into_iter().map(|row| Match::of(row.count, row.id)).collect())
}

fn column<'l, T>(names: &[MeetingName<'l>], value: impl Fn(&MeetingName<'l>) -> T) -> Vec<T> {
    names.iter().map(value).collect()
}
