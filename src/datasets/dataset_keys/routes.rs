//! HTTP handlers for dataset keys.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{DatasetKey, DatasetKeyFilter, DatasetKeyPage, DatasetKeyPatch, NewDatasetKey};
use super::queries;
use crate::accounts::secrets::Secret;
use crate::auth::dataset_key;
use crate::db::Pool;
use crate::web::{Body, Id, IfMatch, Listing, Reply, Writer, reply};

/// List dataset keys
///
/// Returns the keys with which programs read datasets, including expired keys. Revoked keys are not
/// returned.
#[utoipa::path(get, path = "/v1/dataset-keys", tag = "datasets", params(Listing<DatasetKeyFilter>),
    responses((status = 200, description = "A page of dataset keys.", body = DatasetKeyPage)))]
pub async fn list_dataset_keys(
    request: HttpRequest,
    pool: Data<Pool>,
    listing: Listing<DatasetKeyFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<DatasetKeyPage>(&request, rows, total, |key| sort.key(key))
}

/// Get a dataset key
///
/// The response does not contain the secret. Fails with 404 if the key is revoked.
#[utoipa::path(get, path = "/v1/dataset-keys/{id}", tag = "datasets",
    responses((status = 200, description = "The dataset key.", body = DatasetKey)))]
pub async fn get_dataset_key(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Create a dataset key
///
/// Only this response contains the secret. A program uses the key over HTTP Basic authentication,
/// with the id as user name and the secret as password. The key has the role `reporter`. All
/// operations except datasets refuse the key. The server records the last day on which the key was
/// used. Fails with 422 `out_of_range` if `expires_at` is in the past or more than 366 days ahead.
#[utoipa::path(post, path = "/v1/dataset-keys", tag = "datasets", request_body = NewDatasetKey,
    responses((status = 201, description = "The dataset key was created. The body has its secret.", body = DatasetKey)))]
pub async fn create_dataset_key(writer: Writer, body: Body<NewDatasetKey>) -> Reply {
    let secret = Secret::generate()?;
    let hash = dataset_key::secret_hash(secret.reveal());
    let key = writer.write(async |conn| queries::create(conn, &body.0, &hash).await).await?;
    Ok(reply::stored(reply::created("/v1/dataset-keys", &DatasetKey { secret: Some(secret), ..key })?))
}

/// Update a dataset key
///
/// Changes the name of the key. To change the expiry, create a new key.
#[utoipa::path(patch, path = "/v1/dataset-keys/{id}", tag = "datasets", request_body = DatasetKeyPatch,
    responses((status = 200, description = "The updated dataset key.", body = DatasetKey)))]
pub async fn update_dataset_key(
    writer: Writer,
    id: Id,
    versions: IfMatch,
    body: Body<DatasetKeyPatch>,
) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Revoke a dataset key
///
/// Every server refuses the next request with the key. The row remains in the database, but no
/// response contains it.
#[utoipa::path(delete, path = "/v1/dataset-keys/{id}", tag = "datasets",
    responses((status = 204, description = "The dataset key was revoked.")))]
pub async fn delete_dataset_key(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::revoke(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
