//! What the server answered.

use reqwest::Response;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body as JSON; null when it is none.
    pub body: Value,
    pub text: String,
}

impl Answer {
    pub async fn read(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, headers, body, text }
    }

    /// A header's text, empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The problem's code.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The problem's faults as `place code`, in order.
    pub fn faults(&self) -> Vec<String> {
        let faults = self.body["errors"].as_array().cloned().unwrap_or_default();
        let place = |fault: &Value| {
            let named =
                ["pointer", "parameter", "header"].into_iter().filter_map(|name| fault[name].as_str());
            named.collect::<Vec<_>>().join("+")
        };
        faults
            .iter()
            .map(|fault| format!("{} {}", place(fault), fault["code"].as_str().unwrap_or("?")))
            .collect()
    }

    /// Asserts the status and that the body is a whole problem if it is an error.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        if status >= 400 {
            assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
            for member in ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"] {
                assert!(!self.body[member].is_null(), "a problem has {member}: {}", self.text);
            }
            assert_eq!(self.body["status"], status);
            assert_eq!(self.body["request_id"], self.header("x-request-id"));
        }
        self
    }
}
