//! Loads the records and figures of a document from one snapshot of the database. The number of SQL
//! statements does not depend on the number of targets.

use std::collections::HashMap;

use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::queries::{self, ActionMeeting, NarrativeFact};
use crate::db::{self, Error};
use crate::metrics::engagement::queries::CouncilFact;
use crate::metrics::framework_tree::{self, FrameworkTree};
use crate::metrics::model::{FrameworkSummary, Metric, Moment};
use crate::metrics::series::model::{SeriesQuery, TargetSeries};
use crate::metrics::{self, FactLoader, engagement, rollup, series};
use crate::publications::model::Publication;
use crate::publications::queries::PublicationView;
use crate::publications::{self, sealed};

#[derive(Debug)]
pub struct ReportData {
    pub tree: FrameworkTree,
    pub summary: FrameworkSummary,
    pub metrics: HashMap<Uuid, Metric>,
    pub supplement: Supplement,
    /// The publication that the document reports on; `None` for a report on the current records.
    pub publication: Option<Publication>,
}

#[derive(Debug)]
pub struct Supplement {
    pub series: HashMap<Uuid, TargetSeries>,
    pub narratives: HashMap<Uuid, Vec<NarrativeFact>>,
    pub meetings: HashMap<Uuid, Vec<ActionMeeting>>,
    /// How many of the registers that a target counts were constructed, by the target's id.
    pub constructed_registers: HashMap<Uuid, i64>,
    /// The attendance of each council in the plan period. Constructed registers are left out.
    pub attendance: Vec<CouncilFact>,
    /// The number of constructed registers that `attendance` leaves out.
    pub attendance_left_out: i64,
}

/// Loads the records of a framework, and its figures derived as at `moment`.
pub async fn load_framework(
    facts: &mut FactLoader<'_>,
    id: Uuid,
    moment: Moment,
) -> Result<ReportData, Error> {
    let tree = framework_tree::load_tree(facts.conn, id).await?;
    let derived = metrics::derive_metrics(facts, id, moment).await?;
    let summary = rollup::summary(tree.rows(), &rollup::target_metrics(&derived), moment);
    let supplement = load_supplement(facts, &tree, moment).await?;
    Ok(ReportData { tree, summary, metrics: by_target(derived.metrics), supplement, publication: None })
}

/// Loads the sealed metrics of a publication. Loads all other records as they were when the
/// publication was sealed.
pub async fn load_publication(
    conn: &mut AsyncPgConnection,
    view: PublicationView,
    id: Uuid,
) -> Result<ReportData, Error> {
    let (publication, line) = publications::queries::get_with_line(conn, view, id).await?;
    let (summary, metrics) = (sealed::summary(conn, id).await?, sealed::metrics(conn, id).await?);
    let moment = Moment { as_at: publication.as_at, known_at: None };
    let (tree, supplement) = db::as_of::at_line(conn, line, async |conn| {
        let tree = framework_tree::load_tree(conn, publication.framework_id).await?;
        let supplement = load_supplement(&mut FactLoader::new(conn), &tree, moment).await?;
        Ok((tree, supplement))
    })
    .await?;
    Ok(ReportData { tree, summary, metrics: by_target(metrics), supplement, publication: Some(publication) })
}

fn by_target(metrics: Vec<Metric>) -> HashMap<Uuid, Metric> {
    metrics.into_iter().map(|metric| (metric.target_id, metric)).collect()
}

async fn load_supplement(
    facts: &mut FactLoader<'_>,
    tree: &FrameworkTree,
    moment: Moment,
) -> Result<Supplement, Error> {
    let framework = &tree.framework;
    let as_at = moment.as_at.min(framework.plan_until.before());
    let monthly = SeriesQuery { interval: None, as_at: None, known_at: None, last_year: None };
    let series = series::derive_series(facts, framework.id, moment, &monthly).await?;
    let conn = &mut *facts.conn;
    Ok(Supplement {
        series: series.into_iter().map(|series| (series.target_id, series)).collect(),
        narratives: queries::narratives(conn, framework.id, as_at).await?,
        meetings: queries::meetings(conn, framework.id, as_at).await?,
        constructed_registers: queries::constructed_registers(conn, framework.id, as_at).await?,
        attendance: engagement::queries::by_council(conn, framework.plan_from, as_at).await?,
        attendance_left_out: engagement::queries::left_out(conn, framework.plan_from, as_at).await?,
    })
}
