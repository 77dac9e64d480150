//! SQL statements for councils.

use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel::sql_types::{Nullable, Text};
use diesel::{NullableExpressionMethods, PgRangeExpressionMethods};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{
    CURRENT_CODE, Council, CouncilFilter, CouncilPatch, GSS_CODES, MEMBERSHIPS, NewCouncil, PREDECESSORS,
    references,
};
use crate::db::references::explain;
use crate::db::schema::{council_gss_codes, council_memberships, councils};
use crate::db::sql::{daterange, fixed};
use crate::db::{Error, PageRequest, write};
use crate::values::{GssCode, ShortText};

pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &CouncilFilter,
    page: &PageRequest,
) -> Result<Vec<Council>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, page), page)?;
    Ok(query.select(Council::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &CouncilFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(filter, page).count().get_result(conn).await?)
}

fn matching<'f>(filter: &'f CouncilFilter, page: &PageRequest) -> councils::BoxedQuery<'f, Pg> {
    let mut query = councils::table.into_boxed();
    if let Some(code) = &filter.gss_code {
        let aliases = council_gss_codes::table.filter(council_gss_codes::gss_code.eq(code));
        query = query.filter(councils::id.eq_any(aliases.select(council_gss_codes::council_id)));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(councils::kind.eq(kind));
    }
    if let Some(county) = &filter.county {
        query = query.filter(councils::county.eq(county));
    }
    if let Some(day) = filter.exists_on {
        query = query.filter(daterange(councils::exists_from, councils::exists_until).contains(day));
    }
    if let Some(day) = filter.member_on {
        let range = daterange(council_memberships::member_from.nullable(), council_memberships::member_until);
        let members = council_memberships::table.filter(range.contains(day));
        query = query.filter(councils::id.eq_any(members.select(council_memberships::council_id)));
    }
    if let Some(since) = page.updated_since {
        query = query.filter(councils::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Council, Error> {
    Ok(councils::table.find(id).select(Council::as_select()).get_result(conn).await?)
}

/// Returns the id, name and current GSS code of each council in `ids`, ordered by name.
pub async fn list_names(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, ShortText, Option<GssCode>)>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let code = fixed::<Nullable<Text>>(CURRENT_CODE);
    let rows = councils::table.filter(councils::id.eq_any(ids)).order(councils::name);
    Ok(rows.select((councils::id, councils::name, code)).load(conn).await?)
}

pub async fn create(conn: &mut AsyncPgConnection, new: &NewCouncil) -> Result<Council, Error> {
    let id = Uuid::now_v7();
    let created = conn
        .transaction(async |conn| {
            diesel::insert_into(councils::table)
                .values((councils::id.eq(id), new))
                .execute(conn)
                .await
                .map_err(Error::writing("councils"))?;
            GSS_CODES.set(conn, id, new.gss_codes.as_ref()).await?;
            MEMBERSHIPS.set(conn, id, new.memberships.as_ref()).await?;
            PREDECESSORS.set(conn, id, new.predecessors.as_ref()).await?;
            get(conn, id).await
        })
        .await;
    explain(conn, created, &references(new.predecessors.as_ref())).await
}

pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &CouncilPatch,
) -> Result<Council, Error> {
    let changed = conn
        .transaction(async |conn| {
            let touched = diesel::update(councils::table.find(id).filter(councils::version.eq_any(versions)))
                .set((patch, councils::updated_at.eq(now)))
                .execute(conn)
                .await
                .map_err(Error::writing_span(
                    "councils",
                    ("/exists_from", "/exists_until"),
                    patch.exists_until.is_some(),
                ))?;
            write::check_touched(conn, "councils", id, touched).await?;
            GSS_CODES.set(conn, id, patch.gss_codes.as_ref()).await?;
            MEMBERSHIPS.set(conn, id, patch.memberships.as_ref()).await?;
            PREDECESSORS.set(conn, id, patch.predecessors.as_ref()).await?;
            get(conn, id).await
        })
        .await;
    explain(conn, changed, &references(patch.predecessors.as_ref())).await
}

pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "councils", id, versions).await
}
