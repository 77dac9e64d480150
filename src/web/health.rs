//! Endpoints for monitoring: liveness, readiness and metrics. The endpoints are neither versioned
//! nor in the OpenAPI document.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Resource};
use metrics_exporter_prometheus::PrometheusHandle;

use super::{Problem, Reply, route};
use crate::db::{Pool, Pools};

/// Registers the health endpoints of the admin address. `/health/ready` returns the reason if the
/// server is not ready.
pub fn register_admin(config: &mut ServiceConfig) {
    config
        .service(resource("/health/live").route(web::get().to(live)).route(web::head().to(live)))
        .service(resource("/health/ready").route(web::get().to(ready)).route(web::head().to(ready)))
        .service(resource("/metrics").route(web::get().to(metrics)).route(web::head().to(metrics)));
}

/// Registers the health endpoints of the public address, which return no details.
pub fn register_public(config: &mut ServiceConfig) {
    config
        .service(resource("/health/live").route(web::get().to(live)).route(web::head().to(live)))
        .service(resource("/health/ready").route(web::get().to(is_ready)).route(web::head().to(is_ready)));
}

fn resource(path: &str) -> Resource {
    web::resource(path).default_service(route::fallback(&["GET", "HEAD", "OPTIONS"]))
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "live" }))
}

async fn ready(pool: Data<Pool>) -> Reply {
    pool.check().await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "status": "ready" })))
}

/// Returns whether the server is ready, without a reason. The log and the admin address contain the
/// reason.
async fn is_ready(pool: Data<Pool>) -> Reply {
    match ready(pool).await {
        Ok(response) if response.status().is_success() => {
            Ok(HttpResponse::Ok().json(serde_json::json!({ "status": "ready" })))
        }
        Ok(response) => Err(Problem::not_ready(response.status().to_string())),
        Err(problem) => Err(Problem::not_ready(problem.cause.unwrap_or_else(|| problem.code.into()))),
    }
}

async fn metrics(handle: Data<PrometheusHandle>, pools: Data<Pools>, pool: Data<Pool>) -> HttpResponse {
    pools.record("db");
    if let Some(standby) = pool.standby() {
        standby.pools.record("db_standby");
    }
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(handle.render())
}
