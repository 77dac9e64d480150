//! What a rule across fields found: any number of faults in one validator error, which by itself holds one.

use serde::{Deserialize, Serialize};
use validator::ValidationError;

use super::Fault;

/// The faults found so far, each at a JSON pointer below the field the rule stands on.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

#[derive(Debug, Serialize, Deserialize)]
struct Finding {
    at: String,
    code: String,
    detail: String,
}

const PARAM: &str = "findings";

impl Findings {
    /// Notes a fault.
    pub fn add(&mut self, at: impl Into<String>, code: &str, detail: impl Into<String>) {
        self.0.push(Finding { at: at.into(), code: code.to_owned(), detail: detail.into() });
    }

    /// Notes a fault if `broken`.
    pub fn add_if(&mut self, broken: bool, at: &str, code: &str, detail: &str) {
        if broken {
            self.add(at, code, detail);
        }
    }

    /// As a validator rule returns it.
    pub fn into_result(self) -> Result<(), ValidationError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut error = ValidationError::new("findings");
        error.add_param(PARAM.into(), &self.0);
        Err(error)
    }
}

/// The faults in a validator error that stands at `path`.
pub fn faults(path: &str, error: &ValidationError) -> Vec<Fault> {
    let found =
        error.params.get(PARAM).cloned().and_then(|found| serde_json::from_value::<Vec<Finding>>(found).ok());
    match found {
        Some(found) => {
            found.into_iter().map(|f| Fault::body(format!("{path}{}", f.at), f.code, f.detail)).collect()
        }
        None => {
            let detail = error.message.clone().unwrap_or_else(|| error.code.clone());
            vec![Fault::body(path, error.code.clone(), detail)]
        }
    }
}
