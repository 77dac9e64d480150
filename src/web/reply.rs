//! Responses. A resource has a strong entity tag; a list or derived view has a weak entity tag.

use std::borrow::Cow;

use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderValue, LOCATION, VARY,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Serialize;
use uuid::Uuid;

use super::response_coding::CompressedBody;
use super::{Problem, precondition};
use crate::db::{self, idempotency_store::Answer};

pub type Reply = Result<HttpResponse, Problem>;

/// A row with an id and a version. The version is the row's strong entity tag.
pub trait Versioned: Serialize {
    fn id(&self) -> Uuid;
    fn version(&self) -> i64;
    /// Returns whether the response shows the name of a person in this row.
    fn shows_a_name(&self) -> bool {
        false
    }
}

/// Implements [`Versioned`] with the fields `id` and `version`. The optional function returns
/// whether the row shows the name of a person.
macro_rules! versioned {
    ($resource:ty $(, named if $is_named:expr)?) => {
        impl $crate::web::Versioned for $resource {
            fn id(&self) -> uuid::Uuid {
                self.id
            }
            fn version(&self) -> i64 {
                self.version
            }
            $( fn shows_a_name(&self) -> bool {
                let is_named: fn(&Self) -> bool = $is_named;
                is_named(self)
            } )?
        }
    };
}
pub(crate) use versioned;

/// The `Cache-Control` of successful responses. Only the client may store a response, and the
/// client must revalidate it before each use.
const PRIVATE: (actix_web::http::header::HeaderName, &str) = (CACHE_CONTROL, "private, no-cache");

fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Returns 200 with a resource, or 304 if the client already has the current version.
pub fn one<T: Versioned>(request: &HttpRequest, resource: &T) -> Reply {
    let etag = etag(resource.version());
    if precondition::is_known(request.headers(), &etag) {
        return Ok(not_modified(&etag));
    }
    Ok(HttpResponse::Ok().insert_header(PRIVATE).insert_header((ETAG, etag)).json(resource))
}

/// Returns the 201 response for a created resource, in the form that the idempotency store keeps.
pub fn created<T: Versioned>(collection: &str, resource: &T) -> Result<Answer, db::Error> {
    Ok(Answer {
        location: Some(format!("{collection}/{}", resource.id())),
        etag: Some(etag(resource.version())),
        body: serde_json::to_vec(resource).map_err(|error| db::Error::Internal(error.to_string()))?,
        shows_a_name: resource.shows_a_name(),
    })
}

/// Returns the 200 response for the result of an operation, in the form that the idempotency store
/// keeps.
pub fn result<T: Serialize>(outcome: &T) -> Result<Answer, db::Error> {
    let body = serde_json::to_vec(outcome).map_err(|error| db::Error::Internal(error.to_string()))?;
    Ok(Answer { location: None, etag: None, body, shows_a_name: false })
}

/// Converts a stored response to an HTTP response. The status is 201 if the stored response has a
/// location, otherwise 200.
pub fn stored(answer: Answer) -> HttpResponse {
    let status = if answer.location.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = HttpResponse::build(status);
    response.insert_header(PRIVATE).insert_header((CONTENT_TYPE, "application/json"));
    let headers = [(LOCATION, answer.location), (ETAG, answer.etag)];
    for (name, text) in headers.into_iter().filter_map(|(name, text)| Some((name, text?))) {
        response.insert_header((name, text));
    }
    response.body(answer.body)
}

pub fn changed<T: Versioned>(resource: &T) -> Reply {
    let tag = (ETAG, etag(resource.version()));
    Ok(HttpResponse::Ok().insert_header(PRIVATE).insert_header(tag).json(resource))
}

pub fn deleted() -> Reply {
    Ok(HttpResponse::NoContent().finish())
}

/// Returns 200 with a derived view, or 304 if the client already has the same body.
pub fn view<T: Serialize>(request: &HttpRequest, view: &T) -> Reply {
    Ok(Rendered::json(view)?.reply(request))
}

/// Returns 200 with a derived view, or 304 if the client already has the entity tag `tag`.
pub fn view_with_tag<T: Serialize>(request: &HttpRequest, tag: &Tag, view: &T) -> Reply {
    if tag.is_known(request) {
        return Ok(unchanged(tag));
    }
    let body = serde_json::to_vec(view).map_err(|error| Problem::internal(error.to_string()))?;
    Ok(found(tag, "application/json", None).body(body))
}

/// A representation of a derived view. The weak entity tag is a digest of the body.
#[derive(Debug, Clone)]
pub struct Rendered {
    media_type: Cow<'static, str>,
    file: Option<String>,
    content_security_policy: Option<HeaderValue>,
    tag: Tag,
    body: Bytes,
}

impl Rendered {
    pub fn new(media_type: impl Into<Cow<'static, str>>, body: impl Into<Bytes>) -> Self {
        let (media_type, body) = (media_type.into(), body.into());
        Self { media_type, file: None, content_security_policy: None, tag: Tag::digest(&body), body }
    }

    pub fn json<T: Serialize>(view: &T) -> Result<Self, Problem> {
        let body = serde_json::to_vec(view).map_err(|error| Problem::internal(error.to_string()))?;
        Ok(Self::new("application/json", body))
    }

    pub fn csv(name: String, body: Vec<u8>) -> Self {
        Self::new("text/csv; charset=utf-8", body).named(name)
    }

    /// Creates a web page. The content security policy allows only the style `style`: no scripts,
    /// and no content from other origins.
    pub fn page(style: &str, page: String) -> Self {
        let digest = STANDARD.encode(digest::digest(&digest::SHA256, style.as_bytes()));
        let policy = format!("default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'");
        let policy = HeaderValue::from_str(&policy).ok();
        Self { content_security_policy: policy, ..Self::new("text/html; charset=utf-8", page) }
    }

    /// Sets the name of the file as which the client stores the body.
    #[must_use]
    pub fn named(self, file: String) -> Self {
        Self { file: Some(file), ..self }
    }

    /// Returns the size of the body in bytes.
    pub fn size(&self) -> usize {
        self.body.len()
    }

    /// Returns 200, or 304 if the client already has the same body.
    pub fn reply(&self, request: &HttpRequest) -> HttpResponse {
        if self.tag.is_known(request) {
            return self.with_policy(unchanged(&self.tag));
        }
        self.with_policy(self.found().body(self.body.clone()))
    }

    /// Returns the same response as [`Self::reply`], with the body compressed if the client accepts
    /// it. `compressed` has the compressed forms of this body.
    pub async fn reply_compressed(&self, request: &HttpRequest, compressed: &CompressedBody) -> HttpResponse {
        if self.tag.is_known(request) || !self.is_text() {
            return self.reply(request);
        }
        match compressed.of(request, &self.body).await {
            Some((coding, body)) => {
                let mut response = self.found();
                response.insert_header(coding).append_header((VARY, ACCEPT_ENCODING.as_str()));
                self.with_policy(response.body(body))
            }
            None => self.reply(request),
        }
    }

    /// Returns whether compression makes the body smaller. The other media types are compressed
    /// files.
    fn is_text(&self) -> bool {
        self.media_type.starts_with("text/") || self.media_type == "application/json"
    }

    fn found(&self) -> HttpResponseBuilder {
        found(&self.tag, &self.media_type, self.file.as_deref())
    }

    fn with_policy(&self, mut response: HttpResponse) -> HttpResponse {
        // A 304 replaces the headers of the page that the client has, so it needs the policy too.
        if let Some(policy) = &self.content_security_policy {
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy.clone());
        }
        response
    }
}

/// The schema of a CSV file in the OpenAPI document.
pub struct CsvFile;

impl utoipa::PartialSchema for CsvFile {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::String)
            .description(Some("A CSV file (RFC 4180), with a header row."))
            .max_length(Some(10_000_000_000))
            .pattern(Some(r"^[^\x00]+$"))
            .examples(["target_id,framework_id,code,ref,title,kind,...\r\n"])
            .into()
    }
}

impl utoipa::ToSchema for CsvFile {}

/// The schema of JSON lines in the OpenAPI document.
pub struct LinesFile;

impl utoipa::PartialSchema for LinesFile {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::String)
            .description(Some("JSON lines: each line is an object."))
            .max_length(Some(10_000_000_000))
            .pattern(Some(r"^[^\x00]*$"))
            .examples(["{\"framework_id\":\"0198c5b0-0000-7000-8000-000000000006\"}\n"])
            .into()
    }
}

impl utoipa::ToSchema for LinesFile {}

/// A weak entity tag: a digest of a response, or of all data from which the response is computed.
#[derive(Debug, Clone)]
pub struct Tag(String);

impl Tag {
    fn digest(bytes: &[u8]) -> Self {
        let digest = digest::digest(&digest::SHA256, bytes);
        Self(format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16])))
    }

    /// Returns the entity tag of a response that is computed from `source`.
    pub fn of<T: Serialize>(source: &T) -> Result<Self, Problem> {
        let source = serde_json::to_vec(source).map_err(|error| Problem::internal(error.to_string()))?;
        Ok(Self::digest(&source))
    }

    pub fn is_known(&self, request: &HttpRequest) -> bool {
        precondition::is_known(request.headers(), &self.0)
    }
}

/// Returns 200 with a file named `file`, whose body is a stream.
pub fn streamed(tag: &Tag, media_type: &str, file: &str, body: impl MessageBody + 'static) -> HttpResponse {
    found(tag, media_type, Some(file)).body(body)
}

fn found(tag: &Tag, media_type: &str, file: Option<&str>) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header(PRIVATE).insert_header((ETAG, &*tag.0)).insert_header((CONTENT_TYPE, media_type));
    if let Some(file) = file {
        response.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")));
    }
    response
}

pub fn unchanged(tag: &Tag) -> HttpResponse {
    not_modified(&tag.0)
}

fn not_modified(etag: &str) -> HttpResponse {
    HttpResponse::build(StatusCode::NOT_MODIFIED).insert_header(PRIVATE).insert_header((ETAG, etag)).finish()
}
