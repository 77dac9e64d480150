//! The operations on themes.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{NewTheme, Theme, ThemeFilter, ThemePage, ThemePatch};
use super::queries;
use crate::db::Pool;
use crate::web::{Body, Id, IfMatch, Listing, Reply, Writer, idempotency, reply};

/// List themes
///
/// The parts of frameworks.
#[utoipa::path(get, path = "/v1/themes", tag = "frameworks", params(Listing<ThemeFilter>),
    responses((status = 200, description = "A page of themes.", body = ThemePage)))]
pub async fn list_themes(request: HttpRequest, pool: Data<Pool>, listing: Listing<ThemeFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, window, .. } = &listing;
    let rows = queries::list(conn, filter, window).await?;
    let total = listing.counted(queries::count(conn, filter, window)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<ThemePage>(&request, rows, total, |theme| sort.key(theme))
}

/// Read a theme
///
/// Its outcomes are a list of their own: `/v1/outcomes?theme_id=`.
#[utoipa::path(get, path = "/v1/themes/{id}", tag = "frameworks",
    responses((status = 200, description = "The theme.", body = Theme)))]
pub async fn get_theme(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Enter a theme
///
/// Order is explicit: `position`.
#[utoipa::path(post, path = "/v1/themes", tag = "frameworks", request_body = NewTheme,
    responses((status = 201, description = "The theme as entered.", body = Theme)))]
pub async fn create_theme(request: HttpRequest, writer: Writer, body: Body<NewTheme>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Change a theme
///
/// Its framework stays.
#[utoipa::path(patch, path = "/v1/themes/{id}", tag = "frameworks", request_body = ThemePatch,
    responses((status = 200, description = "The theme as changed.", body = Theme)))]
pub async fn update_theme(writer: Writer, id: Id, versions: IfMatch, body: Body<ThemePatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a theme
///
/// Only a theme without outcomes.
#[utoipa::path(delete, path = "/v1/themes/{id}", tag = "frameworks",
    responses((status = 204, description = "The theme is gone.")))]
pub async fn delete_theme(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
