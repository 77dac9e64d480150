//! Swagger UI at `/docs/`, which shows the document at `/openapi.json`.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::middleware::Compress;
use actix_web::web::{self, Data, Redirect, ServiceConfig};
use utoipa_swagger_ui::Config;

use super::reply::Rendered;
use super::{Problem, Reply, route};

/// Registers Swagger UI and its files. The library's own service does not support HEAD and 405.
pub fn register(config: &mut ServiceConfig) {
    let settings = Config::new(["/openapi.json"]).display_operation_id(true).display_request_duration(true);
    let to_the_page = || web::to(|| async { Redirect::to("/docs/") });
    let front = web::resource("/docs")
        .route(to_the_page().method(Method::GET))
        .route(to_the_page().method(Method::HEAD))
        .default_service(route::fallback(&["GET", "HEAD", "OPTIONS"]));
    config.service(front).service(
        web::resource("/docs/{file:.*}")
            .app_data(Data::new(settings))
            .route(web::get().to(file))
            .route(web::head().to(file))
            .default_service(route::fallback(&["GET", "HEAD", "OPTIONS"]))
            .wrap(Compress::default()),
    );
}

async fn file(request: HttpRequest, name: web::Path<String>, settings: Data<Config<'static>>) -> Reply {
    let found = utoipa_swagger_ui::serve(&name, settings.into_inner());
    let found = found.map_err(|error| Problem::internal(error.to_string()))?;
    let file = found.ok_or_else(Problem::not_found)?;
    Ok(Rendered::new(file.content_type, file.bytes.into_owned()).reply(&request))
}
