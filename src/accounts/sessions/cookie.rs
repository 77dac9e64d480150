//! The cookie that stores a browser's refresh token. Scripts cannot read the cookie, and pages of
//! other sites cannot send it.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use super::model::RefreshToken;

/// The name of the cookie with the refresh token. Browsers accept a cookie with the prefix
/// `__Secure-` over TLS only. The prefix `__Host-` would require the path `/`.
const NAME: &str = "__Secure-outturn_refresh";

/// The path of the operations that read the cookie with the refresh token. Browsers send the cookie
/// to no other operation.
const PATH: &str = "/v1/auth";

pub fn token_cookie(token: &RefreshToken, seconds: i64) -> Cookie<'static> {
    build_cookie(token.reveal().to_owned(), seconds)
}

pub fn expired_cookie() -> Cookie<'static> {
    build_cookie(String::new(), 0)
}

/// Returns the refresh token in the request's cookie. The token is not verified. Returns `None` if
/// the request has no such cookie.
pub fn read_cookie(request: &HttpRequest) -> Option<String> {
    request.cookie(NAME).map(|cookie| cookie.value().to_owned())
}

fn build_cookie(value: String, seconds: i64) -> Cookie<'static> {
    Cookie::build(NAME, value)
        .path(PATH)
        .max_age(Duration::seconds(seconds))
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .finish()
}
