//! Looking back: what the tables said at an instant, by the change log.

use diesel::sql_types::Timestamptz;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::Error;
use crate::values::Instant;

/// Until the transaction ends, its statements read what was known at this instant: the schema `known` has the past of each
/// table under the table's own name.
pub async fn look_back(conn: &mut AsyncPgConnection, known_at: Instant) -> Result<(), Error> {
    diesel::sql_query(
        // The planner takes the past for large; compiling its statements would take longer than running them.
        "SELECT set_config('search_path', 'known, public', true), set_config('outturn.known_at', $1::text, true),
                set_config('jit', 'off', true)",
    )
    .bind::<Timestamptz, _>(known_at)
    .execute(conn)
    .await?;
    Ok(())
}
