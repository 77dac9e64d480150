//! Collects several field errors in one [`ValidationError`]. By itself, a [`ValidationError`]
//! describes only one error.

use serde::{Deserialize, Serialize};
use validator::ValidationError;

use super::FieldError;

/// The field errors that a validation rule has found. The JSON pointer in each error is relative to
/// the field that the rule checks.
#[derive(Debug, Default)]
pub struct RuleErrors(Vec<RuleError>);

#[derive(Debug, Serialize, Deserialize)]
struct RuleError {
    at: String,
    code: String,
    detail: String,
}

const PARAM: &str = "errors";

impl RuleErrors {
    pub fn add(&mut self, at: impl Into<String>, code: &str, detail: impl Into<String>) {
        self.0.push(RuleError { at: at.into(), code: code.to_owned(), detail: detail.into() });
    }

    pub fn add_if(&mut self, broken: bool, at: &str, code: &str, detail: &str) {
        if broken {
            self.add(at, code, detail);
        }
    }

    pub fn into_result(self) -> Result<(), ValidationError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut error = ValidationError::new("errors");
        error.add_param(PARAM.into(), &self.0);
        Err(error)
    }
}

/// Returns the field errors in a validation error. `path` is the JSON pointer of the field that was
/// checked.
pub fn field_errors(path: &str, error: &ValidationError) -> Vec<FieldError> {
    let found = error
        .params
        .get(PARAM)
        .cloned()
        .and_then(|found| serde_json::from_value::<Vec<RuleError>>(found).ok());
    match found {
        Some(found) => {
            found.into_iter().map(|f| FieldError::body(format!("{path}{}", f.at), f.code, f.detail)).collect()
        }
        None => {
            let detail = error.message.clone().unwrap_or_else(|| error.code.clone());
            vec![FieldError::body(path, error.code.clone(), detail)]
        }
    }
}
