//! HTTP handlers for themes.

use actix_web::HttpRequest;

use super::model::{NewTheme, Theme, ThemeFilter, ThemePage, ThemePatch};
use super::queries;
use crate::web::{Body, Id, IfMatch, Listing, ReadPool, Reply, Writer, idempotency, reply};

/// List themes
///
/// Returns the themes into which frameworks are divided.
#[utoipa::path(get, path = "/v1/themes", tag = "frameworks", params(Listing<ThemeFilter>),
    responses((status = 200, description = "A page of themes.", body = ThemePage)))]
pub async fn list_themes(request: HttpRequest, pool: ReadPool, listing: Listing<ThemeFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<ThemePage>(&request, rows, total, |theme| sort.key(theme))
}

/// Get a theme
///
/// Returns the theme without its outcomes. To list its outcomes, use `/v1/outcomes?theme_id=`.
#[utoipa::path(get, path = "/v1/themes/{id}", tag = "frameworks",
    responses((status = 200, description = "The theme.", body = Theme)))]
pub async fn get_theme(request: HttpRequest, pool: ReadPool, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Create a theme
///
/// Themes are sorted by `position`. Fails with 409 `already_exists` if another theme in the
/// framework has the same `code`.
#[utoipa::path(post, path = "/v1/themes", tag = "frameworks", request_body = NewTheme,
    responses((status = 201, description = "The theme as created.", body = Theme)))]
pub async fn create_theme(request: HttpRequest, writer: Writer, body: Body<NewTheme>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Update a theme
///
/// A theme cannot move to another framework.
#[utoipa::path(patch, path = "/v1/themes/{id}", tag = "frameworks", request_body = ThemePatch,
    responses((status = 200, description = "The theme as updated.", body = Theme)))]
pub async fn update_theme(writer: Writer, id: Id, versions: IfMatch, body: Body<ThemePatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a theme
///
/// Fails with 409 `in_use` while an outcome references the theme.
#[utoipa::path(delete, path = "/v1/themes/{id}", tag = "frameworks",
    responses((status = 204, description = "The theme was deleted.")))]
pub async fn delete_theme(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
