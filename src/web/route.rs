//! Operations: each is registered from its own documentation, so a path is spelled once.

use actix_web::guard;
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::{Compress, Next, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Route};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{HttpMethod, RefOr, Schema};

use super::{Problem, gate};
use crate::policy;

/// A schema and the name it goes by in the document.
pub type NamedSchema = (String, RefOr<Schema>);

/// One operation: its documentation and its handler.
pub struct Endpoint {
    /// The method.
    pub method: HttpMethod,
    /// The path, `/v1/...`.
    pub path: String,
    /// The handler's name in lower camel case.
    pub id: String,
    /// What the document says about it.
    pub operation: Operation,
    /// The schemas it names.
    pub schemas: Vec<NamedSchema>,
    handler: Route,
}

impl Endpoint {
    /// An endpoint from utoipa's path type `P` and its handler.
    pub fn of<P>(handler: Route) -> Self
    where
        P: utoipa::Path + utoipa::__dev::SchemaReferences + for<'t> utoipa::__dev::Tags<'t>,
    {
        let mut operation = P::operation();
        let id = lower_camel(operation.operation_id.as_deref().unwrap_or_default());
        operation.operation_id = Some(id.clone());
        operation.tags = Some(P::tags().into_iter().map(str::to_owned).collect());
        let mut schemas = Vec::new();
        <P as utoipa::__dev::SchemaReferences>::schemas(&mut schemas);
        let method = P::methods().into_iter().next().unwrap_or(HttpMethod::Get);
        Self { method, path: P::path(), id, operation, schemas, handler }
    }

    /// The method as HTTP spells it.
    pub fn http_method(&self) -> Method {
        match self.method {
            HttpMethod::Post => Method::POST,
            HttpMethod::Put => Method::PUT,
            HttpMethod::Delete => Method::DELETE,
            HttpMethod::Patch => Method::PATCH,
            _ => Method::GET,
        }
    }

    /// Whether the answer is a list or a derived view: those are compressed and tagged weakly.
    pub fn is_view(&self) -> bool {
        self.http_method() == Method::GET && !self.path.ends_with("{id}")
    }
}

/// The endpoints of one module, by their handlers' names.
macro_rules! endpoints {
    ($module:tt: $($handler:ident),+ $(,)?) => {
        vec![$( $crate::web::endpoints!(@one $module $handler) ),+]
    };
    (@one [$($module:ident)::+] $handler:ident) => {
        pastey::paste! {
            $crate::web::Endpoint::of::<$($module)::+::[<__path_ $handler>]>(
                actix_web::web::to($($module)::+::$handler),
            )
        }
    };
}
pub(crate) use endpoints;

/// A name in snake case as the document has it.
pub fn lower_camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut camel, word| {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
        camel
    })
}

/// Registers endpoints: one resource a path, one gated route a method, HEAD beside GET, 405 and OPTIONS with Allow.
/// An operation that the policy does not name is left out, and a test misses it.
pub fn register(endpoints: Vec<Endpoint>, config: &mut ServiceConfig) {
    let mut by_path: Vec<(String, Vec<Endpoint>)> = Vec::new();
    for endpoint in endpoints {
        match by_path.iter_mut().find(|(path, _)| *path == endpoint.path) {
            Some((_, same)) => same.push(endpoint),
            None => by_path.push((endpoint.path.clone(), vec![endpoint])),
        }
    }
    // A path that is spelled out comes before one with an id in its place.
    by_path.sort_by_key(|(path, _)| path.matches('{').count());
    for (path, same) in by_path {
        config.service(resource(&path, same));
    }
}

fn resource(path: &str, endpoints: Vec<Endpoint>) -> Resource {
    let mut allowed = vec!["OPTIONS"];
    let mut resource = web::resource(path);
    for endpoint in endpoints {
        let Some(rule) = policy::rule(&endpoint.id) else { continue };
        let method = endpoint.http_method();
        allowed.extend(allowed_with(&method));
        let is_view = endpoint.is_view();
        let gated = gated(endpoint.handler, &method, rule);
        resource = resource.route(if is_view { gated.wrap(Compress::default()) } else { gated });
    }
    allowed.sort_unstable();
    resource.default_service(fallback(&allowed))
}

fn allowed_with(method: &Method) -> &'static [&'static str] {
    match method.as_str() {
        "GET" => &["GET", "HEAD"],
        "POST" => &["POST"],
        "PUT" => &["PUT"],
        "PATCH" => &["PATCH"],
        _ => &["DELETE"],
    }
}

fn gated(handler: Route, method: &Method, rule: &'static policy::Rule) -> Route {
    let route = match method.as_str() {
        "GET" => handler.guard(guard::Any(guard::Get()).or(guard::Head())),
        _ => handler.method(method.clone()),
    };
    route.wrap(from_fn(move |request, next: Next<actix_web::body::BoxBody>| gate::pass(rule, request, next)))
}

/// Answers what no route of a resource takes: OPTIONS with 204, other methods with 405, both with Allow.
pub fn fallback(allowed: &[&str]) -> Route {
    let allow = HeaderValue::from_str(&allowed.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"));
    web::to(move |request: HttpRequest| {
        let allow = allow.clone();
        async move {
            if request.method() == Method::OPTIONS {
                return Ok(HttpResponse::NoContent().insert_header((ALLOW, allow)).finish());
            }
            let refused = Problem::of_status(actix_web::http::StatusCode::METHOD_NOT_ALLOWED);
            Err::<HttpResponse, _>(Problem { header: Some((ALLOW, allow)), ..refused })
        }
    })
}
