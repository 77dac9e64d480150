//! The configuration: every fault at once, and no secret in any of them.

use outturn::config::Config;

fn read(variables: &[(&str, &str)]) -> Result<Config, String> {
    let find =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Config::from_vars(&find).map_err(|faults| faults.to_string())
}

#[test]
fn without_variables_the_defaults_hold() {
    let config = read(&[]).expect("a configuration");
    assert_eq!(config.bind.to_string(), "127.0.0.1:8080");
    assert_eq!((config.database_url, config.pool_size, config.max_body_bytes), (None, 4, 1 << 20));
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    assert_eq!(read(&[("OUTTURN_BIND", "")]).expect("a configuration").bind.port(), 8080);
}

#[test]
fn every_fault_is_named_and_no_value_is_repeated() {
    let faults = read(&[
        ("DATABASE_URL", "postgres://user:hunter2@[bad"),
        ("OUTTURN_BIND", "localhost"),
        ("OUTTURN_WORKERS", "0"),
        ("OUTTURN_POOL_SIZE", "many"),
        ("OUTTURN_STATEMENT_TIMEOUT", "soon"),
        ("OUTTURN_MAX_BODY_BYTES", "1"),
        ("OUTTURN_BODY_TIMEOUT", "0s"),
        ("OUTTURN_CORS_ORIGINS", "https://a.example,*"),
        ("OUTTURN_RATE_LOGIN", "30"),
        ("OUTTURN_RATE_BULK", "0/1m"),
        ("OUTTURN_RATE_EXPORT", "1/1500ms"),
        ("OUTTURN_RATE_REST", "1/3m"),
        ("OUTTURN_TRUSTED_PROXIES", "10.0.0.1,proxy"),
        ("OUTTURN_LOG", "outturn=loud"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example"),
    ])
    .err()
    .expect("faults");
    for name in [
        "DATABASE_URL",
        "OUTTURN_BIND",
        "OUTTURN_WORKERS",
        "OUTTURN_POOL_SIZE",
        "OUTTURN_STATEMENT_TIMEOUT",
        "OUTTURN_MAX_BODY_BYTES",
        "OUTTURN_BODY_TIMEOUT",
        "OUTTURN_CORS_ORIGINS",
        "OUTTURN_RATE_LOGIN",
        "OUTTURN_RATE_BULK",
        "OUTTURN_RATE_EXPORT",
        "OUTTURN_RATE_REST",
        "OUTTURN_TRUSTED_PROXIES",
        "OUTTURN_LOG",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ] {
        assert!(faults.contains(name), "{name} is not in\n{faults}");
    }
    assert!(!faults.contains("hunter2"));
}
