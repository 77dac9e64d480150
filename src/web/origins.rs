//! Checks that a request with a cookie comes from an allowed page: a page of this server, or a page
//! of an origin that CORS allows.

use actix_web::http::header::{HOST, HeaderMap, HeaderName, ORIGIN};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[derive(Debug, Clone)]
pub struct Origins(pub Vec<String>);

impl Origins {
    /// Returns true if the request comes from an allowed page or from a client that is not a
    /// browser.
    pub fn allow(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let is_of_this_site =
            text(SEC_FETCH_SITE).is_none_or(|site| matches!(site, "same-origin" | "same-site" | "none"));
        let host = text(HOST).unwrap_or_default();
        let is_known = |origin: &str| {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority == Some(host) || self.0.iter().any(|known| known == origin)
        };
        is_of_this_site && text(ORIGIN).is_none_or(is_known)
    }
}
