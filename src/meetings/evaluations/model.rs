//! The JSON types of evaluations, and their mapping to the table `evaluations`.

use diesel::sql_types::{BigInt, Jsonb};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use crate::db::schema::evaluations;
use crate::db::sql::{FixedSql, fixed};
use crate::db::{Restricted, children, sorts};
use crate::rules::ranges;
use crate::values::external_id::are_one_per_system;
use crate::values::{Code, ExternalId, Instant, Listed, RuleErrors, ShortText, Slug};
use crate::web::{editable, page, versioned};

/// A rating on evaluation forms, with the number of forms that chose it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    /// The rating, such as `good`.
    #[schema(example = "good")]
    pub rating: Slug,
    /// The number of evaluation forms that chose the rating.
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 12)]
    pub forms: i64,
}

/// A row of the table `evaluation_ratings`: a rating, its position on the scale, and its number of
/// forms.
#[derive(Debug, Clone, Serialize)]
pub struct PlacedRating<'r> {
    position: usize,
    rating: &'r Slug,
    forms: i64,
}

/// Numbers the ratings by their order in the list.
pub fn placed(ratings: &[Rating]) -> Vec<PlacedRating<'_>> {
    let places = ratings.iter().enumerate();
    places.map(|(position, r)| PlacedRating { position, rating: &r.rating, forms: r.forms }).collect()
}

children! {
    /// The ratings of an evaluation, with their positions.
    RATINGS, READ_PLACED_RATINGS: evaluation_ratings of evaluations by evaluation_id, keyed by position,
    { position: "integer", rating: "text", forms: "bigint" }
}
children! {
    /// The ratings of an evaluation, worst first.
    BARE_RATINGS, READ_RATINGS: evaluation_ratings of evaluations by evaluation_id, keyed by position,
    { rating: "text", forms: "bigint" }
}
children! {
    /// The external ids of an evaluation: its keys in external systems.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: evaluation_external_ids of evaluations by evaluation_id, keyed by system,
    { system: "text", external_id: "text" }
}

const ANSWERED: &str = "(SELECT COALESCE(sum(r.forms), 0)::bigint FROM evaluation_ratings r WHERE r.evaluation_id = evaluations.id)";

/// The answers on a meeting's evaluation forms to one question, as the number of forms for each
/// rating.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = evaluations)]
pub struct Evaluation {
    /// Id of the resource, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotation marks, it is the value of the header `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the resource was created.
    pub created_at: Instant,
    /// When the resource last changed.
    pub updated_at: Instant,
    /// Id of the meeting.
    pub meeting_id: Uuid,
    /// The question on the evaluation form, such as `overall`. Each question of a form has its own
    /// evaluation.
    pub question: Slug,
    /// The ratings of the question's scale, worst first, each with its number of forms.
    #[diesel(deserialize_as = Listed<Rating>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_RATINGS), select_expression_type = FixedSql<Jsonb>)]
    #[schema(max_items = 20)]
    pub ratings: Vec<Rating>,
    /// The number of evaluation forms that answered the question.
    #[diesel(select_expression = fixed::<BigInt>(ANSWERED), select_expression_type = FixedSql<BigInt>)]
    #[schema(minimum = 0)]
    pub answered: i64,
    /// The number of evaluation forms that were handed out; null if not known.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub handed_out: Option<i64>,
    /// The evaluation's keys in external systems.
    #[diesel(deserialize_as = Listed<ExternalId>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_EXTERNAL_IDS), select_expression_type = FixedSql<Jsonb>)]
    #[schema(max_items = 20)]
    pub external_ids: Vec<ExternalId>,
}

impl Restricted for Evaluation {
    fn keys(&mut self) -> &mut Vec<ExternalId> {
        &mut self.external_ids
    }
}
versioned!(Evaluation);
page!(EvaluationPage of Evaluation);
sorts! {
    /// The orders in which a list of evaluations can be sorted.
    EvaluationSort of Evaluation in evaluations:
    Created = "created_at" by created_at: Instant, ascending;
    CreatedDescending = "-created_at" by created_at: Instant, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table evaluations;
    /// Fields of a new evaluation.
    #[validate(schema(function = "no_more_forms_than_handed_out", skip_on_field_errors = false))]
    #[schema(example = json!({
        "meeting_id": "0198c5b0-0000-7000-8000-000000000003", "question": "overall",
        "ratings": [
            { "rating": "poor", "forms": 1 }, { "rating": "fair", "forms": 4 },
            { "rating": "good", "forms": 12 }, { "rating": "excellent", "forms": 8 }
        ],
        "handed_out": 40
    }))]
    new NewEvaluation;
    /// Fields of an evaluation to update.
    #[schema(example = json!({ "handed_out": 42 }))]
    patch EvaluationPatch;
    fixed {
        /// Id of the meeting.
        meeting_id: Uuid,
    }
    fixed_optional {}
    required {
        /// The question on the evaluation form, such as `overall`. Each question of a form has its
        /// own evaluation.
        question: Slug,
    }
    defaulted {}
    optional {
        /// The number of evaluation forms that were handed out; null if not known.
        #[schema(minimum = 0, maximum = 1_000_000_000)]
        handed_out: i64,
    }
    children {
        /// The ratings of the question's scale, worst first, each with its number of forms.
        #[schema(max_items = 20)]
        #[validate(custom(function = "ratings_are_distinct"))]
        ratings: Vec<Rating>,
        /// The evaluation's keys in external systems, at most one for each system.
        #[schema(max_items = 20)]
        #[validate(custom(function = "are_one_per_system"))]
        external_ids: Vec<ExternalId>,
    }
}

pub fn ratings_are_distinct(ratings: &[Rating]) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let names: Vec<_> = ratings.iter().map(|rating| &rating.rating).collect();
    ranges::check_distinct(&mut errors, &names, "/rating");
    errors.into_result()
}

fn no_more_forms_than_handed_out(new: &NewEvaluation) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let answered: i64 = new.ratings.iter().flatten().map(|rating| rating.forms).sum();
    let too_many = new.handed_out.is_some_and(|handed_out| answered > handed_out);
    errors.add_if(too_many, "/handed_out", "out_of_range", "More forms are answered than were handed out.");
    errors.into_result()
}

/// Filters and sort order of a list of evaluations.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EvaluationFilter {
    /// Returns only evaluations of this meeting.
    pub meeting_id: Option<Uuid>,
    /// Returns only evaluations of answers to this question.
    #[param(inline)]
    pub question: Option<Slug>,
    /// Returns only the evaluation with this key in an external system.
    #[param(inline)]
    pub external_id: Option<ShortText>,
    /// The external system in which `external_id` is a key; any external system by default.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The order of the returned list; `created_at` by default.
    #[param(inline)]
    pub sort: Option<EvaluationSort>,
}
