//! A panic in a handler becomes a 500 response, and the server continues.

use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_and_read_body, call_service, init_service};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse};
use outturn::access::{ALL_ROLES, Role, Rule};
use outturn::auth::token::{Parties, SigningKey};
use outturn::auth::{Tokens, middleware};
use outturn::web::{Concurrency, Contracts, Endpoint, Exports, Limits, route, trace};
use serde_json::Value;
use std::time::Duration;

/// Who am I
///
/// An operation that is in the policy and always panics.
#[utoipa::path(get, path = "/v1/me", tag = "me", responses((status = 200, description = "Never.")))]
async fn get_me() -> HttpResponse {
    panic!("the secret is hunter2")
}

const MINUTE: Duration = Duration::from_secs(60);

fn tokens() -> Tokens {
    let key = SigningKey::from_pkcs8(&SigningKey::generate().expect("a key")).expect("a key");
    Tokens::new(Parties { issuer: "us".into(), audience: "them".into() }, key, Vec::new())
}

#[actix_web::test]
async fn a_panic_becomes_an_opaque_500_and_the_next_request_is_served() {
    let tokens = tokens();
    let token = tokens.mint("test", Role::Admin, &[], Duration::from_secs(60)).expect("a token");
    let contracts = Contracts::compile(&outturn::openapi::document()).expect("contracts");
    let concurrency = Data::new(Concurrency::new([1; 4], Duration::from_secs(5)));
    static RULE: Rule = Rule { operation: "getMe", access: ALL_ROLES };
    let endpoint = || vec![Endpoint::of::<__path_get_me>(&RULE, web::to(get_me))];
    let app = App::new()
        .app_data(Data::new(tokens))
        .app_data(Data::new(contracts))
        .app_data(Data::new(Limits::new([(1000, MINUTE); 4], (1000, MINUTE), Vec::new()).expect("limits")))
        .app_data(concurrency.clone())
        .app_data(Data::new(Exports::new(1, Duration::from_secs(5))))
        .configure(|config| route::register(endpoint(), middleware::protect, config))
        .wrap(from_fn(trace::trace));
    let app = init_service(app).await;
    let request = || {
        TestRequest::get()
            .uri("/v1/me")
            .insert_header(("Authorization", format!("Bearer {token}")))
            .to_request()
    };
    for _ in 0..2 {
        let response = call_service(&app, request()).await;
        let media_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        assert_eq!((response.status().as_u16(), media_type), (500, Some("application/problem+json")));
        assert!(response.headers().contains_key("x-request-id"));
        assert_eq!(concurrency.callers(), 0, "a request that panicked releases its permit");
    }
    let body = call_and_read_body(&app, request()).await;
    let problem: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!((&problem["code"], &problem["status"]), (&"internal_error".into(), &500.into()));
    assert!(!problem.to_string().contains("hunter2"), "{problem}");
}
