//! SQL statements that manage role mappings. `auth::queries::role_mappings` finds the role mappings
//! that apply to a request.

use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{COUNCILS, NewRoleMapping, RoleMapping, RoleMappingFilter, RoleMappingPatch};
use crate::accounts::model::council_links;
use crate::db::references::explain;
use crate::db::schema::{role_mapping_councils, role_mappings};
use crate::db::{Error, PageRequest, Reference, write};

/// Returns a page of role mappings, and one more row if another page follows.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &RoleMappingFilter,
    page: &PageRequest,
) -> Result<Vec<RoleMapping>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, page), page)?;
    Ok(query.select(RoleMapping::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &RoleMappingFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(filter, page).count().get_result(conn).await?)
}

fn matching<'f>(filter: &'f RoleMappingFilter, page: &PageRequest) -> role_mappings::BoxedQuery<'f, Pg> {
    let mut query = role_mappings::table.into_boxed();
    if let Some(issuer) = &filter.issuer {
        query = query.filter(role_mappings::issuer.eq(issuer));
    }
    if let Some(role) = filter.role {
        query = query.filter(role_mappings::role.eq(role));
    }
    if let Some(council) = filter.council_id {
        let speaking = role_mapping_councils::table.filter(role_mapping_councils::council_id.eq(council));
        query =
            query.filter(role_mappings::id.eq_any(speaking.select(role_mapping_councils::role_mapping_id)));
    }
    if let Some(since) = page.updated_since {
        query = query.filter(role_mappings::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, id: Uuid) -> Result<RoleMapping, Error> {
    Ok(role_mappings::table.find(id).select(RoleMapping::as_select()).get_result(conn).await?)
}

pub async fn create(conn: &mut AsyncPgConnection, new: &NewRoleMapping) -> Result<RoleMapping, Error> {
    let id = Uuid::now_v7();
    let created = conn
        .transaction(async |conn| {
            diesel::insert_into(role_mappings::table)
                .values((role_mappings::id.eq(id), new))
                .execute(conn)
                .await
                .map_err(Error::writing("role_mappings"))?;
            COUNCILS.set(conn, id, new.council_ids.as_deref().map(council_links).as_ref()).await?;
            get(conn, id).await
        })
        .await;
    explain(conn, created, &references(new.council_ids.as_ref())).await
}

pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &RoleMappingPatch,
) -> Result<RoleMapping, Error> {
    let changed = conn
        .transaction(async |conn| {
            let meant = role_mappings::table.find(id).filter(role_mappings::version.eq_any(versions));
            let touched = diesel::update(meant)
                .set((patch, role_mappings::updated_at.eq(now)))
                .execute(conn)
                .await
                .map_err(Error::writing("role_mappings"))?;
            write::check_touched(conn, "role_mappings", id, touched).await?;
            COUNCILS.set(conn, id, patch.council_ids.as_deref().map(council_links).as_ref()).await?;
            get(conn, id).await
        })
        .await;
    explain(conn, changed, &references(patch.council_ids.as_ref())).await
}

/// Deletes a role mapping whose version is one of `versions`. Later requests get no access because
/// of it.
pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "role_mappings", id, versions).await
}

fn references(councils: Option<&Vec<Uuid>>) -> Vec<Reference> {
    Reference::each("/council_ids", "councils", councils.into_iter().flatten()).collect()
}
