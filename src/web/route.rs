//! Operations. Each operation is registered from its utoipa documentation, so the path is written
//! only once.

use std::collections::BTreeMap;

use actix_web::guard;
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Route, Scope};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{HttpMethod, RefOr, Schema};

use super::{Problem, response_coding};
use crate::access::{Rule, Rules};

pub type NamedSchema = (String, RefOr<Schema>);

/// An operation of the API, with its access rule, its handler and its documentation.
pub struct Endpoint {
    pub method: HttpMethod,
    pub path: String,
    /// The operation's id, and the roles that may use the operation.
    pub rule: &'static Rule,
    handler: Route,
    /// A function that builds the documentation of the operation. Each server thread creates the
    /// endpoints, but only the OpenAPI document needs the documentation.
    documentation: fn() -> (Operation, Vec<NamedSchema>),
}

impl Endpoint {
    /// Creates an endpoint from utoipa's path type `P`, a rule and a handler.
    pub fn of<P>(rule: &'static Rule, handler: Route) -> Self
    where
        P: utoipa::Path + utoipa::__dev::SchemaReferences + for<'t> utoipa::__dev::Tags<'t>,
    {
        let method = P::methods().into_iter().next().unwrap_or(HttpMethod::Get);
        Self { method, path: P::path(), rule, handler, documentation: documentation::<P> }
    }

    /// Returns the operation for the OpenAPI document, and the schemas that the operation
    /// references.
    pub fn documentation(&self) -> (Operation, Vec<NamedSchema>) {
        let (mut operation, schemas) = (self.documentation)();
        operation.operation_id = Some(self.rule.operation.to_owned());
        (operation, schemas)
    }

    pub fn http_method(&self) -> Method {
        match self.method {
            HttpMethod::Post => Method::POST,
            HttpMethod::Put => Method::PUT,
            HttpMethod::Delete => Method::DELETE,
            HttpMethod::Patch => Method::PATCH,
            _ => Method::GET,
        }
    }

    /// Returns whether the operation returns a list or a derived view. Such a response is
    /// compressed and has a weak entity tag.
    pub fn is_view(&self) -> bool {
        self.http_method() == Method::GET && !self.rule.access.is_row
    }
}

fn documentation<P>() -> (Operation, Vec<NamedSchema>)
where
    P: utoipa::Path + utoipa::__dev::SchemaReferences + for<'t> utoipa::__dev::Tags<'t>,
{
    let mut operation = P::operation();
    operation.tags = Some(P::tags().into_iter().map(str::to_owned).collect());
    let mut schemas = Vec::new();
    <P as utoipa::__dev::SchemaReferences>::schemas(&mut schemas);
    (operation, schemas)
}

impl From<&[Endpoint]> for Rules {
    fn from(endpoints: &[Endpoint]) -> Self {
        Self(endpoints.iter().map(|endpoint| endpoint.rule).collect())
    }
}

/// Lists the endpoints of a module. Each entry is the name of a handler and the access of its
/// operation.
macro_rules! endpoints {
    ($module:tt: $($handler:ident: $access:expr),+ $(,)?) => {
        vec![$( $crate::web::endpoints!(@one $module $handler $access) ),+]
    };
    (@one [$($module:ident)::+] $handler:ident $access:expr) => {
        pastey::paste! {{
            static RULE: $crate::access::Rule = $crate::access::Rule {
                operation: stringify!([<$handler:lower_camel>]),
                access: $access,
            };
            $crate::web::Endpoint::of::<$($module)::+::[<__path_ $handler>]>(
                &RULE,
                actix_web::web::to($($module)::+::$handler),
            )
        }}
    };
}
pub(crate) use endpoints;

/// A function that adds authentication and authorization to the route of an operation.
pub type Protect = fn(Route, &'static Rule) -> Route;

/// Registers one resource for each path and one protected route for each method. GET also handles
/// HEAD. Unsupported methods get 405 with `Allow`, and OPTIONS gets 204 with `Allow`.
pub fn register(endpoints: Vec<Endpoint>, protect: Protect, config: &mut ServiceConfig) {
    let mut by_path: BTreeMap<String, Vec<Endpoint>> = BTreeMap::new();
    for endpoint in endpoints {
        by_path.entry(endpoint.path.clone()).or_default().push(endpoint);
    }
    let mut by_collection: BTreeMap<String, Vec<(String, Vec<Endpoint>)>> = BTreeMap::new();
    for (path, same) in by_path {
        by_collection.entry(collection(&path).to_owned()).or_default().push((path, same));
    }
    for (prefix, mut paths) in by_collection {
        // Literal paths come first, because a path with an id would match the same requests.
        paths.sort_by_key(|(path, _)| path.matches('{').count());
        let resources = paths.into_iter().map(|(path, same)| resource(&path[prefix.len()..], same, protect));
        config.service(resources.fold(web::scope(&prefix), Scope::service));
    }
}

/// Returns the part of a path that the operations of one collection share: `/v1/councils`. The
/// router compares it as text before it tries the patterns of the collection's paths, so a request
/// is not compared with the patterns of all paths.
fn collection(path: &str) -> &str {
    let end = path.match_indices('/').nth(2).map_or(path.len(), |(index, _)| index);
    &path[..end]
}

fn resource(path: &str, endpoints: Vec<Endpoint>, protect: Protect) -> Resource {
    let mut allowed = vec!["OPTIONS"];
    let mut resource = web::resource(path);
    for endpoint in endpoints {
        let method = endpoint.http_method();
        allowed.extend(allowed_with(&method));
        let is_view = endpoint.is_view();
        let route = protect(for_method(endpoint.handler, &method), endpoint.rule);
        resource = resource.route(if is_view { compress(route) } else { route });
    }
    allowed.sort_unstable();
    resource.default_service(fallback(&allowed))
}

fn compress(route: Route) -> Route {
    route.wrap(from_fn(response_coding::keep_small)).wrap(Compress::default())
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

fn for_method(handler: Route, method: &Method) -> Route {
    match method.as_str() {
        "GET" => handler.guard(guard::Any(guard::Get()).or(guard::Head())),
        _ => handler.method(method.clone()),
    }
}

/// Returns the route for methods that a path does not support. OPTIONS gets 204 and other methods
/// get 405, both with `Allow`.
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
