//! Sealing: derives the summary, metrics and explanations of a framework on one day. Reads the
//! tables as they were at the end of the change log.

use aws_lc_rs::digest;
use diesel_async::AsyncPgConnection;
use serde::Serialize;
use uuid::Uuid;

use super::model::NewPublication;
use crate::db::Error;
use crate::db::as_of::{self, LogEnd};
use crate::frameworks;
use crate::frameworks::model::{Framework, FrameworkStatus};
use crate::metrics::explain::assemble;
use crate::metrics::model::{FrameworkMetrics, Moment};
use crate::metrics::{self, FactLoader, framework_tree, rollup};
use crate::values::{Day, FieldError};

#[derive(Debug)]
pub struct Part {
    /// The id of the target whose metric the part explains; `None` for the summary and for the
    /// metrics.
    pub target_id: Option<Uuid>,
    pub content: String,
}

#[derive(Debug)]
pub struct Sealed {
    pub framework: Framework,
    pub as_at: Day,
    /// The id of the last line of the change log that the content includes.
    pub last_line: i64,
    /// The parts of the content: the summary, the metrics, and the explanations in the order of the
    /// targets.
    pub parts: Vec<Part>,
}

impl Sealed {
    /// Returns the SHA-256 digest of all sealed lines, each with its line feed, as hexadecimal
    /// text.
    pub fn sha256(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in &self.parts {
            context.update(part.content.as_bytes());
            context.update(b"\n");
        }
        context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

pub async fn seal(conn: &mut AsyncPgConnection, new: &NewPublication) -> Result<Sealed, Error> {
    let end = as_of::end_of_log(conn).await?;
    as_of::at_line(conn, end.line, async |conn| read_content(conn, new, end).await).await
}

async fn read_content(
    conn: &mut AsyncPgConnection,
    new: &NewPublication,
    end: LogEnd,
) -> Result<Sealed, Error> {
    let framework = match frameworks::queries::get(conn, new.framework_id).await {
        Err(Error::Missing) => {
            return invalid("/framework_id", "unknown_reference", "No framework has this id.");
        }
        found => found?,
    };
    if framework.status == FrameworkStatus::Draft {
        return Err(Error::conflict(
            "framework_draft",
            "The framework is a draft. Set its status to `active` before you seal its metrics.",
        ));
    }
    let as_at = resolve_day(&framework, new.as_at, end.at.day())?;
    let moment = Moment { as_at, known_at: Some(end.at) };
    let parts = render_parts(conn, &framework, moment).await?;
    Ok(Sealed { framework, as_at, last_line: end.line, parts })
}

fn invalid<T>(field: &str, code: &'static str, detail: &'static str) -> Result<T, Error> {
    Err(Error::Invalid(vec![FieldError::body(field, code, detail)]))
}

/// Returns the day for which to seal metrics. Fails with a field error if the day is in the future
/// or outside the plan period.
fn resolve_day(framework: &Framework, requested: Option<Day>, today: Day) -> Result<Day, Error> {
    let as_at = requested.unwrap_or_else(|| today.min(framework.plan_until.before()));
    if as_at > today {
        return invalid("/as_at", "in_the_future", "`as_at` must not be in the future.");
    }
    if as_at < framework.plan_from || as_at >= framework.plan_until {
        return invalid(
            "/as_at",
            "outside_the_plan_period",
            "`as_at` must be in the framework's plan period.",
        );
    }
    Ok(as_at)
}

async fn render_parts(
    conn: &mut AsyncPgConnection,
    framework: &Framework,
    moment: Moment,
) -> Result<Vec<Part>, Error> {
    let rows = framework_tree::load_framework_rows(conn, framework.id).await?;
    let derived = metrics::derive_metrics(&mut FactLoader::new(conn), framework.id, moment).await?;
    let summary = rollup::summary(rows, &rollup::target_metrics(&derived), moment);
    let metrics = FrameworkMetrics::new(framework, moment, derived.metrics.clone());
    let mut parts = vec![render_part(None, &summary)?, render_part(None, &metrics)?];
    for (target, evidence) in derived.facts.requested() {
        let explanation = assemble::load_explanation(conn, target, evidence, moment).await?;
        parts.push(render_part(Some(target.target_id), &explanation)?);
    }
    Ok(parts)
}

fn render_part<T: Serialize>(target_id: Option<Uuid>, content: &T) -> Result<Part, Error> {
    let content = serde_json::to_string(content).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Part { target_id, content })
}
