//! The cookie that stores a browser's refresh token. No script can read it, and no page of another
//! site can send it.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use super::model::RefreshToken;

/// A browser accepts a cookie of this prefix over TLS only; `__Host-` would require the path `/`.
const NAME: &str = "__Secure-outturn_refresh";

/// The path of the operations that need the cookie. Browsers send it to no other operation.
const PATH: &str = "/v1/auth";

/// Returns the cookie that stores a refresh token for its lifetime.
pub fn token_cookie(token: &RefreshToken, seconds: i64) -> Cookie<'static> {
    build_cookie(token.reveal().to_owned(), seconds)
}

/// Returns the cookie that deletes the stored refresh token.
pub fn expired_cookie() -> Cookie<'static> {
    build_cookie(String::new(), 0)
}

/// Returns the text of the request's cookie, if it has one.
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
