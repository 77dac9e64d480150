//! Sessions of users: signing in, refreshing access tokens, signing out.

mod cross_site;
mod ending;
mod password_sign_in;
mod passwords;
mod refresh_tokens;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{ApiResponse, Caller};

pub const PASSWORD: &str = "a long phrase of hers";
const COOKIE: &str = "__Secure-outturn_refresh";

/// Creates the user Olive with [`PASSWORD`].
pub async fn user(admin: &Caller) -> Value {
    let body = json!({ "kind": "user", "name": "Olive", "email": "Olive@example.org", "role": "officer", "password": PASSWORD });
    admin.create("/v1/accounts", body).await
}

pub async fn sign_in(anonymous: &Caller, email: &str, password: &str) -> ApiResponse {
    anonymous.post("/v1/auth/sessions", json!({ "email": email, "password": password })).await
}

/// Signs Olive in; returns her access token and the refresh token of the cookie.
pub async fn signed_in(anonymous: &Caller) -> (String, String) {
    let response = sign_in(anonymous, "olive@example.org", PASSWORD).await.expect(201);
    (access(&response), cookie(&response))
}

pub fn access(response: &ApiResponse) -> String {
    response.body["access_token"].as_str().unwrap_or_else(|| panic!("{}", response.text)).to_owned()
}

/// The refresh token in a response's cookie.
pub fn cookie(response: &ApiResponse) -> String {
    let header = response.header("set-cookie");
    let value = header.strip_prefix(COOKIE).and_then(|rest| rest.strip_prefix('=')).unwrap_or_default();
    value.split(';').next().unwrap_or_default().to_owned()
}

/// A refresh request with the token in the cookie, as a browser sends it.
pub fn by_cookie(anonymous: &Caller, token: &str) -> RequestBuilder {
    let request = anonymous.request(Method::POST, "/v1/auth/token");
    request.header("Cookie", format!("theme=dark; {COOKIE}={token}")).form(&[("grant_type", "refresh_token")])
}

pub async fn refresh(anonymous: &Caller, token: &str) -> ApiResponse {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    anonymous.send(anonymous.request(Method::POST, "/v1/auth/token").form(&form)).await
}

/// The access token and the refresh token of a successful refresh.
fn refreshed(response: &ApiResponse) -> (String, String) {
    assert_eq!(response.status, 200, "{}", response.text);
    (access(response), response.body["refresh_token"].as_str().expect("a refresh token").to_owned())
}

pub fn assert_refused(response: &ApiResponse, error: &str) {
    assert_eq!((response.status, &response.body["error"]), (400, &json!(error)), "{}", response.text);
    assert_eq!(response.header("cache-control"), "no-store");
}
