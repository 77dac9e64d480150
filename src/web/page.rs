//! Pages of lists, with an opaque cursor that is valid only for the same list, filters and order.

use std::future::{Future, Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::LINK;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};
use uuid::Uuid;

use super::{Problem, Versioned, body, reply};
use crate::db::{After, PageRequest};
use crate::values::{FieldError, Instant};

/// Number of rows on a page if the request has no `limit`.
const DEFAULT_LIMIT: i64 = 50;

/// The query parameters of every response that is split into pages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// The maximum number of rows on a page.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// The cursor of the page, which is `next_cursor` of the previous page. The filters and the
    /// sort order must be the same.
    #[param(min_length = 1, max_length = 2000, pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
}

/// The query parameters of every list, in addition to the parameters of pages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// Whether to count all rows that match, in a second statement. The response then contains the
    /// count.
    #[param(default = false)]
    total: Option<bool>,
    /// Only rows that were changed at or after this instant.
    #[param(inline)]
    updated_since: Option<Instant>,
}

/// The filter `F` of a list and the requested page.
#[derive(Debug)]
pub struct Listing<F> {
    pub filter: F,
    pub page: PageRequest,
    pub total: bool,
    bound_to: String,
}

impl<F: IntoParams> IntoParams for Listing<F> {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = F::into_params(&parameter_in);
        parameters.extend(PageParams::into_params(&parameter_in));
        parameters.extend(ListParams::into_params(parameter_in));
        parameters
    }
}

/// The filter `F` of a derived view and the requested page of rows.
#[derive(Debug)]
pub struct Paged<F> {
    pub filter: F,
    pub limit: i64,
    pub after: Option<After>,
    bound_to: String,
}

impl<F: IntoParams> IntoParams for Paged<F> {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = F::into_params(&parameter_in);
        parameters.extend(PageParams::into_params(parameter_in));
        parameters
    }
}

/// A list of derived rows. A derived row has no time of change, so the list has no `updated_since`.
#[derive(Debug)]
pub struct Ranking<F>(pub Listing<F>);

impl<F: IntoParams> IntoParams for Ranking<F> {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = Listing::<F>::into_params(parameter_in);
        parameters.retain(|parameter| parameter.name != "updated_since");
        parameters
    }
}

impl<F: DeserializeOwned> FromRequest for Ranking<F> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request).and_then(|paged| list(request, paged)).map(Self))
    }
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    bound_to: String,
    key: Value,
    id: Uuid,
}

impl<F: DeserializeOwned> FromRequest for Listing<F> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request).and_then(|paged| list(request, paged)))
    }
}

/// Fails with 422 if a period ends before it begins. `until_name` is the query parameter for the
/// end.
pub fn check_order<T: PartialOrd>(
    until_name: &str,
    from: Option<T>,
    until: Option<T>,
) -> Result<(), Problem> {
    match order_error(until_name, from, until) {
        Some(error) => Err(Problem::invalid(vec![error])),
        None => Ok(()),
    }
}

/// Returns a field error if a period ends before it begins.
pub fn order_error<T: PartialOrd>(until_name: &str, from: Option<T>, until: Option<T>) -> Option<FieldError> {
    let is_out_of_order = from.zip(until).is_some_and(|(from, until)| from > until);
    let detail = "The period ends before it begins. Send an end that is not before the beginning.";
    is_out_of_order.then(|| FieldError::parameter(until_name, "out_of_order", detail))
}

impl<F: DeserializeOwned> FromRequest for Paged<F> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

fn read<F: DeserializeOwned>(request: &HttpRequest) -> Result<Paged<F>, Problem> {
    let query = body::raw_query(request)?;
    let page: PageParams = body::query(&query)?;
    let bound_to = bound_to(request.path(), &query);
    let after = page.cursor.map(|cursor| parse_cursor(&cursor, &bound_to)).transpose()?;
    let limit = page.limit.unwrap_or(DEFAULT_LIMIT);
    Ok(Paged { filter: body::query(&query)?, limit, after, bound_to })
}

fn list<F>(request: &HttpRequest, paged: Paged<F>) -> Result<Listing<F>, Problem> {
    let query = body::raw_query(request)?;
    let ListParams { total, updated_since } = body::query(&query)?;
    let Paged { filter, limit, after, bound_to } = paged;
    let page = PageRequest { limit, after, updated_since };
    Ok(Listing { filter, page, total: total.unwrap_or(false), bound_to })
}

/// Returns a digest of a list's path, filters and sort order. A cursor is valid only for the digest
/// of the list that created it. The page size is not in the digest.
fn bound_to(path: &str, query: &Value) -> String {
    let mut bound = query.clone();
    if let Some(bound) = bound.as_object_mut() {
        bound.retain(|name, _| !matches!(name.as_str(), "cursor" | "limit" | "total"));
    }
    let digest = digest::digest(&digest::SHA256, format!("{path}?{bound}").as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.as_ref()[..9])
}

fn parse_cursor(cursor: &str, bound_to: &str) -> Result<After, Problem> {
    let refuse =
        |detail: &str| Problem::malformed(vec![FieldError::parameter("cursor", "bad_cursor", detail)]);
    let decoded = URL_SAFE_NO_PAD.decode(cursor).ok();
    let cursor: Option<Cursor> = decoded.and_then(|json| serde_json::from_slice(&json).ok());
    match cursor {
        Some(cursor) if cursor.bound_to == bound_to => Ok(After { key: cursor.key, id: cursor.id }),
        Some(_) => Err(refuse(
            "The cursor belongs to a list with other filters or another sort order. Send the same filters and sort order, or no cursor.",
        )),
        None => Err(refuse("The cursor is not valid. Send the `next_cursor` of a page, or no cursor.")),
    }
}

/// A response body with one page. Each list has its own page type, so that the document names each
/// type.
pub trait Page: Serialize {
    type Item: Versioned;
    fn new(data: Vec<Self::Item>, next_cursor: Option<String>, has_more: bool, total: Option<i64>) -> Self;
}

macro_rules! page {
    ($page:ident of $item:ident) => {
        #[doc = concat!("A page of a list of `", stringify!($item), "`.")]
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        pub struct $page {
            /// The rows of this page.
            #[schema(max_items = 500)]
            data: Vec<$item>,
            /// The value of the parameter `cursor` for the next page; null on the last page.
            #[schema(max_length = 2000, pattern = "^[A-Za-z0-9_-]+$")]
            next_cursor: Option<String>,
            /// Whether more rows follow this page.
            has_more: bool,
            /// The number of all rows that match, if the request has `total=true`.
            #[schema(minimum = 0)]
            total: Option<i64>,
        }

        impl $crate::web::Page for $page {
            type Item = $item;

            fn new(
                data: Vec<$item>,
                next_cursor: Option<String>,
                has_more: bool,
                total: Option<i64>,
            ) -> Self {
                Self { data, next_cursor, has_more, total }
            }
        }
    };
}
pub(crate) use page;

impl<F> Listing<F> {
    /// Runs the statement that counts the rows if the request has `total=true`, and returns the
    /// number.
    pub async fn counted<E>(&self, count: impl Future<Output = Result<i64, E>>) -> Result<Option<i64>, E> {
        if self.total { count.await.map(Some) } else { Ok(None) }
    }

    /// Returns a page as the response. `rows` may contain one row more than the page, which means
    /// that another page follows. `key` returns the sort key of a row.
    pub fn reply<P: Page>(
        &self,
        request: &HttpRequest,
        mut rows: Vec<P::Item>,
        total: Option<i64>,
        key: impl Fn(&P::Item) -> Value,
    ) -> reply::Reply {
        let has_more = cut(&mut rows, self.page.limit);
        let next = rows.last().filter(|_| has_more);
        let next = next.map(|row| cursor(&self.bound_to, key(row), row.id()));
        let cursor = next.clone();
        with_link(request, &P::new(rows, next, has_more, total), cursor.as_deref())
    }
}

impl<F> Paged<F> {
    /// Truncates the rows to a page. Returns the last row if another page follows. `rows` may
    /// contain one row more than the page.
    pub fn cut<'r, R>(&self, rows: &'r mut Vec<R>) -> Option<&'r R> {
        let has_more = cut(rows, self.limit);
        rows.last().filter(|_| has_more)
    }

    /// Returns the cursor of the page that begins after the row with this sort key and id.
    pub fn cursor(&self, key: Value, id: Uuid) -> String {
        cursor(&self.bound_to, key, id)
    }

    /// Returns a derived view as the response. `next` is the cursor of the next page.
    pub fn reply<T: Serialize>(&self, request: &HttpRequest, view: &T, next: Option<&str>) -> reply::Reply {
        with_link(request, view, next)
    }
}

fn cut<R>(rows: &mut Vec<R>, limit: i64) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    has_more
}

fn cursor(bound_to: &str, key: Value, id: Uuid) -> String {
    let cursor = Cursor { bound_to: bound_to.to_owned(), key, id };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
}

/// Returns a response. If a next page exists, the response has a `Link` header.
fn with_link<T: Serialize>(request: &HttpRequest, view: &T, next: Option<&str>) -> reply::Reply {
    let mut response = reply::view(request, view)?;
    if let Some(link) = next.and_then(|cursor| link(request, cursor).parse().ok()) {
        response.headers_mut().insert(LINK, link);
    }
    Ok::<HttpResponse, Problem>(response)
}

/// Returns the link to the next page (RFC 8288): a relative reference with the query of the
/// request.
fn link(request: &HttpRequest, cursor: &str) -> String {
    let pairs =
        request.query_string().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let query: Vec<&str> = pairs.collect();
    let joint = if query.is_empty() { "" } else { "&" };
    format!("<{}?{}{joint}cursor={cursor}>; rel=\"next\"", request.path(), query.join("&"))
}
