//! SQL statements for meetings.

use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{
    ExpressionMethods, OptionalExtension, PgExpressionMethods, QueryDsl, SelectableHelper,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{DELIVERABLES, EXTERNAL_IDS, Meeting, MeetingFilter, MeetingPatch, NewMeeting};
use crate::db::references::explain;
use crate::db::schema::{councils_expected, meeting_external_ids, meetings, meetings_of_actions};
use crate::db::{Error, PageRequest, Reference, Visibility, by_external_id, write};
use crate::values::{Day, FieldError, Title};

pub async fn list(
    conn: &mut AsyncPgConnection,
    view: &Visibility,
    filter: &MeetingFilter,
    page: &PageRequest,
) -> Result<Vec<Meeting>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(view, filter, page), page)?;
    Ok(view.restrict_all(query.select(Meeting::as_select()).load(conn).await?))
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    view: &Visibility,
    filter: &MeetingFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(view, filter, page).count().get_result(conn).await?)
}

fn matching<'f>(
    view: &'f Visibility,
    filter: &'f MeetingFilter,
    page: &PageRequest,
) -> meetings::BoxedQuery<'f, Pg> {
    let mut query = meetings::table.into_boxed();
    if let Some(group) = filter.group_id {
        query = query.filter(meetings::group_id.eq(group));
    }
    if let Some(action) = filter.action_id {
        let linked = meetings_of_actions::table.filter(meetings_of_actions::action_id.eq(action));
        query = query.filter(meetings::id.eq_any(linked.select(meetings_of_actions::meeting_id)));
    }
    if let Some(council) = filter.council_id {
        let expecting = councils_expected::table.filter(councils_expected::council_id.eq(council));
        query = query.filter(meetings::id.eq_any(expecting.select(councils_expected::meeting_id)));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(meetings::kind.eq(kind));
    }
    if let Some(status) = filter.status {
        query = query.filter(meetings::status.eq(status));
    }
    if let Some(register) = filter.register {
        query = query.filter(meetings::register.eq(register));
    }
    if let Some(from) = filter.held_from {
        query = query.filter(meetings::held_on.ge(from));
    }
    if let Some(until) = filter.held_until {
        query = query.filter(meetings::held_on.lt(until));
    }
    by_external_id!(query, filter, view, meetings, meeting_external_ids.meeting_id);
    if let Some(since) = page.updated_since {
        query = query.filter(meetings::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, view: &Visibility, id: Uuid) -> Result<Meeting, Error> {
    Ok(view.restrict(meetings::table.find(id).select(Meeting::as_select()).get_result(conn).await?))
}

pub async fn create(conn: &mut AsyncPgConnection, new: &NewMeeting) -> Result<Meeting, Error> {
    let id = Uuid::now_v7();
    let created = conn
        .transaction(async |conn| {
            diesel::insert_into(meetings::table)
                .values((meetings::id.eq(id), new))
                .execute(conn)
                .await
                .map_err(Error::writing("meetings"))?;
            DELIVERABLES.set(conn, id, new.deliverables.as_ref()).await?;
            EXTERNAL_IDS.set(conn, id, new.external_ids.as_ref()).await?;
            get(conn, &Visibility::ALL, id).await
        })
        .await;
    let created = add_existing_id(conn, created, new.group_id, new.held_on, &new.title).await;
    let references: Vec<_> =
        new.group_id.into_iter().map(|group| Reference::new("/group_id", "groups", group)).collect();
    explain(conn, created, &references).await
}

pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &MeetingPatch,
) -> Result<Meeting, Error> {
    let changed = conn.transaction(async |conn| {
        let touched = diesel::update(meetings::table.find(id).filter(meetings::version.eq_any(versions)))
            .set((patch, meetings::updated_at.eq(now)))
            .execute(conn)
            .await
            .map_err(Error::writing("meetings"))?;
        write::check_touched(conn, "meetings", id, touched).await?;
        DELIVERABLES.set(conn, id, patch.deliverables.as_ref()).await?;
        EXTERNAL_IDS.set(conn, id, patch.external_ids.as_ref()).await?;
        get(conn, &Visibility::ALL, id).await
    });
    match changed.await {
        Err(error @ Error::Conflict { .. }) => {
            let meeting = get(conn, &Visibility::ALL, id).await?;
            let (held_on, title) = (patch.held_on.unwrap_or(meeting.held_on), &meeting.title);
            let title = patch.title.as_ref().unwrap_or(title);
            add_existing_id(conn, Err(error), meeting.group_id, held_on, title).await
        }
        changed => changed,
    }
}

/// Adds the id of the existing meeting to the error that a meeting has the same group, date and
/// title.
async fn add_existing_id(
    conn: &mut AsyncPgConnection,
    written: Result<Meeting, Error>,
    group: Option<Uuid>,
    held_on: Day,
    title: &Title,
) -> Result<Meeting, Error> {
    let at_title = FieldError::body("/title", "", "");
    let Err(Error::Conflict { code, detail, field_errors }) = written else { return written };
    if !field_errors.iter().any(|error| error.pointer == at_title.pointer) {
        return Err(Error::Conflict { code, detail, field_errors });
    }
    let same = meetings::table.filter(meetings::held_on.eq(held_on)).filter(meetings::title.eq(title));
    let same = same.filter(meetings::group_id.is_not_distinct_from(group));
    let same = same.filter(meetings::one_of_several.eq(false)).select(meetings::id);
    let id: Option<Uuid> = same.get_result(conn).await.optional()?;
    let detail =
        id.map_or_else(|| detail.clone(), |id| format!("{detail} The existing meeting is {id}.").into());
    Err(Error::Conflict { code, detail, field_errors })
}

pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "meetings", id, versions).await
}
