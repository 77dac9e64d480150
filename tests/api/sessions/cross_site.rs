//! Requests from other sites cannot use the refresh cookie.

use reqwest::Method;

use super::{COOKIE, assert_refused, by_cookie, cookie, signed_in, user};
use crate::support::App;

#[tokio::test]
async fn a_cross_site_request_cannot_use_the_refresh_cookie() {
    let app = App::configured(&[("OUTTURN_CORS_ORIGINS", "https://app.example.org")]);
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (access, mut token) = signed_in(&anonymous).await;
    let own_origin = app.base.clone();
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "anything"),
        ("Origin", "null"),
        ("Origin", "http://localhost"),
    ] {
        let refused = anonymous.send(by_cookie(&anonymous, &token).header(name, value)).await;
        assert_refused(&refused, "invalid_request");
        let sign_out = anonymous.request(Method::DELETE, "/v1/auth/sessions/current");
        let sign_out = sign_out.header("Cookie", format!("{COOKIE}={token}")).header(name, value);
        let refused = anonymous.send(sign_out).await;
        assert!([400, 403].contains(&refused.status), "{}", refused.text);
    }
    app.bearer(&access).get("/v1/councils").await.expect(200);
    for (name, value) in [
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "none"),
        ("Origin", "https://app.example.org"),
        ("Origin", &own_origin),
    ] {
        let response = anonymous.send(by_cookie(&anonymous, &token).header(name, value)).await;
        assert_eq!(response.status, 200, "{name} {value}: {}", response.text);
        if value == "https://app.example.org" {
            let cors_headers = ["access-control-allow-origin", "access-control-allow-credentials"];
            assert_eq!(
                cors_headers.map(|name| response.header(name)),
                [value, "true"],
                "scripts of an allowed origin may read the response"
            );
        }
        token = cookie(&response);
    }
}
