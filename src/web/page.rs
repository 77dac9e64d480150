//! Lists: a page of rows behind an opaque cursor that is bound to the list's filters and order.

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
use crate::db::{After, Window};
use crate::values::{Fault, Instant};

/// Rows on a page when the caller does not say.
const DEFAULT_LIMIT: i64 = 50;

/// The parameters of whatever comes in pages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// How many rows a page has.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// Where the page starts: `next_cursor` of the page before, with the same filters and sort.
    #[param(min_length = 1, max_length = 2000, pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
}

/// The parameters that every list takes besides.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// Whether to count all rows that match. It costs a second statement.
    #[param(default = false)]
    total: Option<bool>,
    /// Only rows changed at or after this instant.
    #[param(inline)]
    updated_since: Option<Instant>,
}

/// A list's filter `F` and the page of it that is asked for.
#[derive(Debug)]
pub struct Listing<F> {
    /// The list's own filters and sort.
    pub filter: F,
    /// The page.
    pub window: Window,
    /// Whether to count.
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

/// A derived view's filter `F` and the page of its rows that is asked for.
#[derive(Debug)]
pub struct Paged<F> {
    /// The view's own parameters.
    pub filter: F,
    /// How many rows.
    pub limit: i64,
    /// Behind which row, or from the start.
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

/// A list of derived rows: paged as every other, but what a row counts has no instant of its own, so it takes no
/// `updated_since`.
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

/// Refuses a window that ends before it begins; `until_name` is the parameter that ends it.
pub fn check_window<T: PartialOrd>(
    until_name: &str,
    from: Option<T>,
    until: Option<T>,
) -> Result<(), Problem> {
    match window_fault(until_name, from, until) {
        Some(fault) => Err(Problem::invalid(vec![fault])),
        None => Ok(()),
    }
}

/// What is wrong with a window that ends before it begins.
pub fn window_fault<T: PartialOrd>(until_name: &str, from: Option<T>, until: Option<T>) -> Option<Fault> {
    let is_out_of_order = from.zip(until).is_some_and(|(from, until)| from > until);
    let detail = "The window ends before it begins.";
    is_out_of_order.then(|| Fault::parameter(until_name, "out_of_order", detail))
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
    let after = page.cursor.map(|cursor| open(&cursor, &bound_to)).transpose()?;
    let limit = page.limit.unwrap_or(DEFAULT_LIMIT);
    Ok(Paged { filter: body::query(&query)?, limit, after, bound_to })
}

fn list<F>(request: &HttpRequest, paged: Paged<F>) -> Result<Listing<F>, Problem> {
    let query = body::raw_query(request)?;
    let ListParams { total, updated_since } = body::query(&query)?;
    let Paged { filter, limit, after, bound_to } = paged;
    let window = Window { limit, after, updated_since };
    Ok(Listing { filter, window, total: total.unwrap_or(false), bound_to })
}

/// What a cursor is good for: this list with these filters and this sort, whatever the page's size.
fn bound_to(path: &str, query: &Value) -> String {
    let mut bound = query.clone();
    if let Some(bound) = bound.as_object_mut() {
        bound.retain(|name, _| !matches!(name.as_str(), "cursor" | "limit" | "total"));
    }
    let digest = digest::digest(&digest::SHA256, format!("{path}?{bound}").as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.as_ref()[..9])
}

fn open(cursor: &str, bound_to: &str) -> Result<After, Problem> {
    let refuse = |detail: &str| Problem::malformed(vec![Fault::parameter("cursor", "bad_cursor", detail)]);
    let decoded = URL_SAFE_NO_PAD.decode(cursor).ok();
    let cursor: Option<Cursor> = decoded.and_then(|json| serde_json::from_slice(&json).ok());
    match cursor {
        Some(cursor) if cursor.bound_to == bound_to => Ok(After { key: cursor.key, id: cursor.id }),
        Some(_) => Err(refuse("This cursor belongs to a list with other filters or another sort.")),
        None => Err(refuse("This cursor is not one of ours.")),
    }
}

/// A page as it is sent. Each list has its own type, so that the document names each.
pub trait Page: Serialize {
    /// What the list is of.
    type Item: Versioned;
    /// Puts a page together.
    fn new(data: Vec<Self::Item>, next_cursor: Option<String>, has_more: bool, total: Option<i64>) -> Self;
}

/// Declares the page type of a resource.
macro_rules! page {
    ($page:ident of $item:ident) => {
        #[doc = concat!("A page of a list of `", stringify!($item), "`.")]
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        pub struct $page {
            /// The rows.
            #[schema(max_items = 500)]
            data: Vec<$item>,
            /// What to send as `cursor` for the next page; null on the last one.
            #[schema(max_length = 2000, pattern = "^[A-Za-z0-9_-]+$")]
            next_cursor: Option<String>,
            /// Whether there are rows behind this page.
            has_more: bool,
            /// How many rows match in all, where `total=true` asked for it.
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
    /// The count, if it was asked for; else the statement is never run.
    pub async fn counted<E>(&self, count: impl Future<Output = Result<i64, E>>) -> Result<Option<i64>, E> {
        if self.total { count.await.map(Some) } else { Ok(None) }
    }

    /// Answers with a page. `rows` may hold one row more than asked for, which tells that there are more;
    /// `key` is the sort key of a row.
    pub fn reply<P: Page>(
        &self,
        request: &HttpRequest,
        mut rows: Vec<P::Item>,
        total: Option<i64>,
        key: impl Fn(&P::Item) -> Value,
    ) -> reply::Reply {
        let has_more = cut(&mut rows, self.window.limit);
        let next = rows.last().filter(|_| has_more);
        let next = next.map(|row| cursor(&self.bound_to, key(row), row.id()));
        let cursor = next.clone();
        linked(request, &P::new(rows, next, has_more, total), cursor.as_deref())
    }
}

impl<F> Paged<F> {
    /// Cuts the rows, which may hold one more than asked for, to a page; gives its last one where there are more.
    pub fn cut<'r, R>(&self, rows: &'r mut Vec<R>) -> Option<&'r R> {
        let has_more = cut(rows, self.limit);
        rows.last().filter(|_| has_more)
    }

    /// The cursor of the page behind a row, by its key and its id.
    pub fn cursor(&self, key: Value, id: Uuid) -> String {
        cursor(&self.bound_to, key, id)
    }

    /// Answers with a view that holds a page; `next` is the cursor of the page behind it.
    pub fn reply<T: Serialize>(&self, request: &HttpRequest, view: &T, next: Option<&str>) -> reply::Reply {
        linked(request, view, next)
    }
}

/// Cuts rows to a page, and says whether there were more.
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

/// An answer that links to the next page, where there is one.
fn linked<T: Serialize>(request: &HttpRequest, view: &T, next: Option<&str>) -> reply::Reply {
    let mut response = reply::view(request, view)?;
    if let Some(link) = next.and_then(|cursor| link(request, cursor).parse().ok()) {
        response.headers_mut().insert(LINK, link);
    }
    Ok::<HttpResponse, Problem>(response)
}

/// The next page's address (RFC 8288), relative, with the query the caller sent.
fn link(request: &HttpRequest, cursor: &str) -> String {
    let kept =
        request.query_string().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let query: Vec<&str> = kept.collect();
    let joint = if query.is_empty() { "" } else { "&" };
    format!("<{}?{}{joint}cursor={cursor}>; rel=\"next\"", request.path(), query.join("&"))
}
