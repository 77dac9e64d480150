//! Somebody who asks: a client with a token.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use super::{Answer, PATIENCE};

/// A client with a token, or without one.
#[derive(Clone)]
pub struct Person {
    base: String,
    token: Option<String>,
    client: Client,
}

impl Person {
    pub fn new(base: &str, token: Option<String>) -> Self {
        let client = Client::builder().timeout(5 * PATIENCE).build().expect("a client");
        Self { base: base.to_owned(), token, client }
    }

    /// A request with this person's token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.expect("an answer")).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// Changes what is at this version.
    pub async fn patch(&self, path: &str, version: i64, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).header("If-Match", format!("\"{version}\"")).json(&body))
            .await
    }

    /// Deletes what is at this version.
    pub async fn delete(&self, path: &str, version: i64) -> Answer {
        self.send(self.request(Method::DELETE, path).header("If-Match", format!("\"{version}\""))).await
    }

    /// Enters something that must succeed, and gives its body.
    pub async fn make(&self, path: &str, body: Value) -> Value {
        let answer = self.post(path, body.clone()).await;
        assert_eq!(answer.status, 201, "POST {path} {body}: {}", answer.body);
        answer.body
    }

    /// Reads something that must be there.
    pub async fn read(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.body);
        answer.body
    }

    /// Everything in a list, page by page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut rows = Vec::new();
        let mut next = String::new();
        loop {
            let page = self.read(&format!("{path}{joint}limit=500{next}")).await;
            rows.extend(page["data"].as_array().expect("data").clone());
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => return rows,
            }
        }
    }
}
