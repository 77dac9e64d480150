//! A response of the server, with the assertions that tests share.

use reqwest::Response;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// A response with its complete body.
#[derive(Debug)]
pub struct ApiResponse {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body as JSON; null if it is not JSON.
    pub body: Value,
    pub text: String,
}

impl ApiResponse {
    pub async fn read(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a complete body");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, headers, body, text }
    }

    /// The value of a header; empty if the header is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The code of the problem; empty if the body is not a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The field errors of the problem in order, each as `location code`.
    pub fn field_errors(&self) -> Vec<String> {
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        let location = |error: &Value| {
            let locations =
                ["pointer", "parameter", "header"].into_iter().filter_map(|name| error[name].as_str());
            locations.collect::<Vec<_>>().join("+")
        };
        errors
            .iter()
            .map(|error| format!("{} {}", location(error), error["code"].as_str().unwrap_or("?")))
            .collect()
    }

    /// Asserts the status, and that the body of an error is a complete problem.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        if status >= 400 {
            assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
            for member in ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"] {
                assert!(!self.body[member].is_null(), "a problem must have {member}: {}", self.text);
            }
            assert_eq!(self.body["status"], status);
            assert_eq!(self.body["request_id"], self.header("x-request-id"));
        }
        self
    }
}
