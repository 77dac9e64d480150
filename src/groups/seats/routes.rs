//! HTTP handlers for seats.

use actix_web::HttpRequest;

use super::model::{NewSeat, Seat, SeatFilter, SeatPage, SeatPatch};
use super::queries;
use crate::web::{
    Body, Caller, Id, IfMatch, Listing, ReadPool, Reply, Writer, disclosure, idempotency, reply,
};

/// List seats
///
/// Staff read the holders' names, and a council reads the names of its own seats' holders. For
/// other callers the names are null.
#[utoipa::path(get, path = "/v1/seats", tag = "groups", params(Listing<SeatFilter>),
    responses((status = 200, description = "A page of seats.", body = SeatPage)))]
pub async fn list_seats(
    request: HttpRequest,
    pool: ReadPool,
    caller: Caller,
    listing: Listing<SeatFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let view = caller.visibility();
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, &view, filter, page).await?;
    let total = listing.counted(queries::count(conn, &view, filter, page)).await?;
    disclosure::set_rows(&request, "seats", &rows);
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<SeatPage>(&request, rows, total, |seat| sort.key(seat))
}

/// Get a seat
///
/// Returns the seat with its terms. Staff read the holders' names, and a council reads the names of
/// its own seats' holders. For other callers the names are null.
#[utoipa::path(get, path = "/v1/seats/{id}", tag = "groups",
    responses((status = 200, description = "The seat.", body = Seat)))]
pub async fn get_seat(request: HttpRequest, pool: ReadPool, caller: Caller, id: Id) -> Reply {
    let seat = queries::get(&mut *pool.get().await?, &caller.visibility(), id.0).await?;
    disclosure::set_rows(&request, "seats", [&seat]);
    reply::one(&request, &seat)
}

/// Create a seat
///
/// On a date without a term, the seat is vacant, and meetings do not expect it. Fails with 409
/// `already_exists` if the group has a seat with the same council, role and ordinal. Fails with 409
/// `period_published` if the seat affects a published period.
#[utoipa::path(post, path = "/v1/seats", tag = "groups", request_body = NewSeat,
    responses((status = 201, description = "The seat as created.", body = Seat)))]
pub async fn create_seat(request: HttpRequest, writer: Writer, body: Body<NewSeat>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Update a seat
///
/// To end a term, send the whole list of `terms`, with `held_until` in the term that ends. Fails
/// with 409 `in_use` if a date with an attendance record or a closed register would no longer be
/// within a term. Fails with 409 `in_use` if the role changes while a closed register expects the
/// seat. Fails with 409 `period_published` if the change affects a published period.
#[utoipa::path(patch, path = "/v1/seats/{id}", tag = "groups", request_body = SeatPatch,
    responses((status = 200, description = "The seat as updated.", body = Seat)))]
pub async fn update_seat(
    request: HttpRequest,
    writer: Writer,
    id: Id,
    versions: IfMatch,
    body: Body<SeatPatch>,
) -> Reply {
    let seat = writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?;
    disclosure::set_rows(&request, "seats", [&seat]);
    reply::changed(&seat)
}

/// Delete a seat
///
/// Deletes the seat with its terms. Fails with 409 `in_use` while an attendance record references
/// the seat, or a closed register expects it.
#[utoipa::path(delete, path = "/v1/seats/{id}", tag = "groups",
    responses((status = 204, description = "The seat was deleted.")))]
pub async fn delete_seat(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
