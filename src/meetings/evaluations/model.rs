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

/// A rating, with the number of forms that chose the rating.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    /// The rating.
    #[schema(example = "good")]
    pub rating: Slug,
    /// The number of forms that chose the rating.
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 12)]
    pub forms: i64,
}

/// A row of the table `evaluation_ratings`: a rating with its position on the scale.
#[derive(Debug, Clone, Serialize)]
pub struct PlacedRating<'r> {
    position: usize,
    rating: &'r Slug,
    forms: i64,
}

/// Adds positions to ratings, in the order of the list.
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
    /// The external ids of an evaluation: its keys in other systems.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: evaluation_external_ids of evaluations by evaluation_id, keyed by system,
    { system: "text", external_id: "text" }
}

const ANSWERED: &str = "(SELECT COALESCE(sum(r.forms), 0)::bigint FROM evaluation_ratings r WHERE r.evaluation_id = evaluations.id)";

/// The evaluation forms that one meeting got for one question, counted by rating.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = evaluations)]
pub struct Evaluation {
    /// Id, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the row was created.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// Id of the meeting.
    pub meeting_id: Uuid,
    /// The question on the form. "Met expectations" and "rated good or above" are two questions.
    pub question: Slug,
    /// The question's own scale, worst first, with the number of forms for each rating.
    #[diesel(deserialize_as = Listed<Rating>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_RATINGS), select_expression_type = FixedSql<Jsonb>)]
    #[schema(max_items = 20)]
    pub ratings: Vec<Rating>,
    /// The number of forms that answered the question.
    #[diesel(select_expression = fixed::<BigInt>(ANSWERED), select_expression_type = FixedSql<BigInt>)]
    #[schema(minimum = 0)]
    pub answered: i64,
    /// The number of forms that were handed out; null if not known.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub handed_out: Option<i64>,
    /// The evaluation's keys in other systems.
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
    /// Sort orders of evaluations.
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
        /// The question on the form. "Met expectations" and "rated good or above" are two
        /// questions.
        question: Slug,
    }
    defaulted {}
    optional {
        /// The number of forms that were handed out; null if not known.
        #[schema(minimum = 0, maximum = 1_000_000_000)]
        handed_out: i64,
    }
    children {
        /// The question's own scale, worst first, with the number of forms for each rating.
        #[schema(max_items = 20)]
        #[validate(custom(function = "ratings_are_distinct"))]
        ratings: Vec<Rating>,
        /// The evaluation's keys in other systems, at most one for each system.
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
    /// Only evaluations of this meeting.
    pub meeting_id: Option<Uuid>,
    /// Only evaluations of this question.
    #[param(inline)]
    pub question: Option<Slug>,
    /// Only the evaluation with this key in another system.
    #[param(inline)]
    pub external_id: Option<ShortText>,
    /// The system of `external_id`; any system by default.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The sort order; `created_at` by default.
    #[param(inline)]
    pub sort: Option<EvaluationSort>,
}
