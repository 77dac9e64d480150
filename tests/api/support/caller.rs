//! A caller of the API: a person or a system with a token, or without one.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use super::{ApiResponse, MAX_WAIT};

/// Sends requests with a token, or without one.
#[derive(Clone)]
pub struct Caller {
    base: String,
    token: Option<String>,
    client: Client,
}

impl Caller {
    pub fn new(base: &str, token: Option<String>) -> Self {
        let client = Client::builder().timeout(5 * MAX_WAIT).build().expect("a client");
        Self { base: base.to_owned(), token, client }
    }

    /// A request with the caller's token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> ApiResponse {
        ApiResponse::read(request.send().await.expect("a response")).await
    }

    pub async fn get(&self, path: &str) -> ApiResponse {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> ApiResponse {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// Changes a resource that has this version.
    pub async fn patch(&self, path: &str, version: i64, body: Value) -> ApiResponse {
        self.send(self.request(Method::PATCH, path).header("If-Match", format!("\"{version}\"")).json(&body))
            .await
    }

    /// Deletes a resource that has this version.
    pub async fn delete(&self, path: &str, version: i64) -> ApiResponse {
        self.send(self.request(Method::DELETE, path).header("If-Match", format!("\"{version}\""))).await
    }

    /// Creates a resource and returns the body; panics unless the status is 201.
    pub async fn create(&self, path: &str, body: Value) -> Value {
        let response = self.post(path, body.clone()).await;
        assert_eq!(response.status, 201, "POST {path} {body}: {}", response.body);
        response.body
    }

    /// Reads a resource and returns the body; panics unless the status is 200.
    pub async fn read(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status, 200, "GET {path}: {}", response.body);
        response.body
    }

    /// Reads all pages of a list and returns the rows.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut rows = Vec::new();
        let mut cursor_parameter = String::new();
        loop {
            let page = self.read(&format!("{path}{separator}limit=500{cursor_parameter}")).await;
            rows.extend(page["data"].as_array().expect("data").clone());
            match page["next_cursor"].as_str() {
                Some(cursor) => cursor_parameter = format!("&cursor={cursor}"),
                None => return rows,
            }
        }
    }
}
