//! OpenAPI links from a created row to the operations on the row.

use serde_json::{Map, Value, json};

pub(super) fn add(document: &mut Value) {
    let Some(paths) = document["paths"].as_object_mut() else { return };
    let collections: Vec<String> = paths.keys().cloned().collect();
    for collection in collections {
        let links = links(paths, &format!("{collection}/{{id}}"));
        let made = paths[&collection].pointer_mut("/post/responses/201");
        if let (Some(made), false) = (made, links.is_empty()) {
            made["links"] = Value::Object(links);
        }
    }
}

fn links(paths: &Map<String, Value>, path: &str) -> Map<String, Value> {
    let operations = paths.get(path).and_then(Value::as_object).into_iter().flatten();
    let link = |(method, operation): (&String, &Value)| {
        let id = operation["operationId"].as_str()?.to_owned();
        let mut parameters = json!({ "path.id": "$response.body#/id" });
        if method != "get" {
            parameters["header.If-Match"] = json!("$response.header.ETag");
        }
        Some((id.clone(), json!({ "operationId": id, "parameters": parameters })))
    };
    operations.filter_map(link).collect()
}
