//! The cookie that keeps a browser's refresh token: no script reads it, and no page of another site sends it.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use super::model::RefreshToken;

/// A browser takes a cookie of this prefix over TLS alone; `__Host-` would want the path `/`.
const NAME: &str = "__Secure-outturn_refresh";

/// It goes to the operations that need it, and to no other.
const PATH: &str = "/v1/auth";

/// Keeps a refresh token for as long as it holds.
pub fn keep(token: &RefreshToken, seconds: i64) -> Cookie<'static> {
    cookie(token.reveal().to_owned(), seconds)
}

/// Lets go of it.
pub fn clear() -> Cookie<'static> {
    cookie(String::new(), 0)
}

/// The text that a request's cookie keeps, if it has one.
pub fn kept(request: &HttpRequest) -> Option<String> {
    request.cookie(NAME).map(|cookie| cookie.value().to_owned())
}

fn cookie(value: String, seconds: i64) -> Cookie<'static> {
    Cookie::build(NAME, value)
        .path(PATH)
        .max_age(Duration::seconds(seconds))
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .finish()
}
