//! SQL statements for seats.

use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, QueryDsl};
use diesel::sql_types::Jsonb;
use diesel::{NullableExpressionMethods, PgRangeExpressionMethods};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{
    EXTERNAL_IDS, NewSeat, READ_EXTERNAL_IDS, READ_NAMELESS_TERMS, READ_TERMS, Seat, SeatFilter, SeatPatch,
    TERMS,
};
use crate::db::references::explain;
use crate::db::schema::{seat_external_ids, seat_terms, seats};
use crate::db::sql::{daterange, fixed, guarded};
use crate::db::{Error, PageRequest, Reference, Visibility, by_external_id, write};

/// The columns of a seat. Holders' names are null unless the seat's council is in the scope
/// `$names`.
macro_rules! columns {
    ($names:expr) => {
        (
            seats::id,
            seats::version,
            seats::created_at,
            seats::updated_at,
            seats::group_id,
            seats::council_id,
            seats::role,
            seats::ordinal,
            seats::exists_from,
            seats::exists_until,
            guarded::<Jsonb>($names, "seats.council_id", READ_TERMS, READ_NAMELESS_TERMS),
            fixed::<Jsonb>(READ_EXTERNAL_IDS),
        )
    };
}

pub async fn list(
    conn: &mut AsyncPgConnection,
    view: &Visibility,
    filter: &SeatFilter,
    page: &PageRequest,
) -> Result<Vec<Seat>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(view, filter, page), page)?;
    Ok(view.restrict_all(query.select(columns!(&view.names)).load(conn).await?))
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    view: &Visibility,
    filter: &SeatFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(view, filter, page).count().get_result(conn).await?)
}

fn matching<'f>(
    view: &'f Visibility,
    filter: &'f SeatFilter,
    page: &PageRequest,
) -> seats::BoxedQuery<'f, Pg> {
    let mut query = seats::table.into_boxed();
    if let Some(group) = filter.group_id {
        query = query.filter(seats::group_id.eq(group));
    }
    if let Some(council) = filter.council_id {
        query = query.filter(seats::council_id.eq(council));
    }
    if let Some(role) = &filter.role {
        query = query.filter(seats::role.eq(role));
    }
    if let Some(holder) = &filter.holder_ref {
        let held = seat_terms::table.filter(seat_terms::holder_ref.eq(holder));
        query = query.filter(seats::id.eq_any(held.select(seat_terms::seat_id)));
    }
    if let Some(day) = filter.held_on {
        let term = daterange(seat_terms::held_from.nullable(), seat_terms::held_until);
        let held = seat_terms::table.filter(term.contains(day));
        query = query.filter(seats::id.eq_any(held.select(seat_terms::seat_id)));
    }
    by_external_id!(query, filter, view, seats, seat_external_ids.seat_id, of council_id);
    if let Some(since) = page.updated_since {
        query = query.filter(seats::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, view: &Visibility, id: Uuid) -> Result<Seat, Error> {
    Ok(view.restrict(seats::table.find(id).select(columns!(&view.names)).get_result(conn).await?))
}

pub async fn create(conn: &mut AsyncPgConnection, new: &NewSeat) -> Result<Seat, Error> {
    let id = Uuid::now_v7();
    let created = conn
        .transaction(async |conn| {
            diesel::insert_into(seats::table)
                .values((seats::id.eq(id), new))
                .execute(conn)
                .await
                .map_err(Error::writing("seats"))?;
            TERMS.set(conn, id, new.terms.as_ref()).await?;
            EXTERNAL_IDS.set(conn, id, new.external_ids.as_ref()).await?;
            get(conn, &Visibility::ALL, id).await
        })
        .await;
    let references = [
        Reference::new("/group_id", "groups", new.group_id),
        Reference::new("/council_id", "councils", new.council_id),
    ];
    explain(conn, created, &references).await
}

/// Updates a seat if its version is in `versions`. Fails with `in_use` if the new terms leave out a
/// date for which the seat has an attendance record.
pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &SeatPatch,
) -> Result<Seat, Error> {
    conn.transaction(async |conn| {
        let touched = diesel::update(seats::table.find(id).filter(seats::version.eq_any(versions)))
            .set((patch, seats::updated_at.eq(now)))
            .execute(conn)
            .await
            .map_err(Error::writing_span(
                "seats",
                ("/exists_from", "/exists_until"),
                patch.exists_until.is_some(),
            ))?;
        write::check_touched(conn, "seats", id, touched).await?;
        TERMS.set(conn, id, patch.terms.as_ref()).await?;
        EXTERNAL_IDS.set(conn, id, patch.external_ids.as_ref()).await?;
        write::check_deferred(conn, "seat_terms").await?;
        get(conn, &Visibility::ALL, id).await
    })
    .await
}

/// Deletes a seat with its terms, if its version is in `versions`. Fails with `in_use` while
/// attendance records reference the seat.
pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "seats", id, versions).await
}
