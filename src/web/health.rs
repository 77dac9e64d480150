//! What the machinery around asks: is it alive, is it ready, how is it doing. Unversioned and undocumented.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use metrics_exporter_prometheus::PrometheusHandle;

use super::{Reply, route};
use crate::db::{Pool, Pools};

/// Registers `/health/live`, `/health/ready` and `/metrics`.
pub fn register(config: &mut ServiceConfig) {
    let get = |path: &str| web::resource(path).default_service(route::fallback(&["GET", "HEAD", "OPTIONS"]));
    config
        .service(get("/health/live").route(web::get().to(live)).route(web::head().to(live)))
        .service(get("/health/ready").route(web::get().to(ready)).route(web::head().to(ready)))
        .service(get("/metrics").route(web::get().to(metrics)).route(web::head().to(metrics)));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "live" }))
}

async fn ready(pool: Data<Pool>) -> Reply {
    pool.check().await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "status": "ready" })))
}

async fn metrics(handle: Data<PrometheusHandle>, pools: Data<Pools>) -> HttpResponse {
    pools.record();
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(handle.render())
}
