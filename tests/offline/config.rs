//! Configuration: defaults, validation, and error messages that list every error without secrets.

use outturn::config::{AdminEndpoints, Config};

fn parse(variables: &[(&str, &str)]) -> Result<Config, String> {
    let find = |name: &str| {
        variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
    };
    Config::from_vars(&find).map_err(|errors| errors.to_string())
}

#[test]
fn without_variables_the_defaults_apply() {
    let config = parse(&[]).expect("a configuration");
    assert_eq!(config.bind.to_string(), "127.0.0.1:8080");
    assert_eq!((config.database_url, config.pool_size, config.max_body_bytes), (None, 4, 1 << 20));
}

#[test]
fn the_refresh_reuse_window_defaults_to_ten_seconds_and_is_at_most_sixty() {
    let seconds =
        |text| parse(&[("OUTTURN_REFRESH_REUSE_SECONDS", text)]).map(|config| config.refresh_reuse.as_secs());
    assert_eq!(["", "0", "60"].map(|text| seconds(text).expect("seconds")), [10, 0, 60]);
    for invalid in ["61", "-1", "1.5", "10s"] {
        assert!(
            seconds(invalid).is_err_and(|error| error.contains("whole seconds from 0 to 60")),
            "{invalid}"
        );
    }
}

#[test]
fn the_time_zone_is_a_name_of_the_iana_database() {
    let zone = |name| parse(&[("OUTTURN_TIME_ZONE", name)]).map(|config| config.time_zone.name());
    assert_eq!(zone(""), Ok("Europe/London"));
    for name in ["Europe/Dublin", "Pacific/Auckland", "America/Indiana/Indianapolis", "UTC"] {
        assert_eq!(zone(name), Ok(name));
    }
    for invalid in ["Europe/Norwich", "europe/london", "+01:00", "GMT+1", "London"] {
        let errors = zone(invalid).expect_err("an error");
        assert!(errors.contains("OUTTURN_TIME_ZONE must be the name of a time zone"), "{invalid}: {errors}");
    }
}

#[test]
fn an_empty_variable_counts_as_unset() {
    assert_eq!(parse(&[("OUTTURN_BIND", "")]).expect("a configuration").bind.port(), 8080);
}

#[test]
fn admin_endpoints_are_public_only_if_their_address_is_configured() {
    let endpoints = |bind: &str, admin: &str| {
        let config =
            parse(&[("OUTTURN_BIND", bind), ("OUTTURN_ADMIN_BIND", admin)]).expect("a configuration");
        config.admin_endpoints()
    };
    let separate = |address: &str| AdminEndpoints::Separate(address.parse().expect("an address"));
    for loopback in ["", "127.0.0.1:8080", "127.9.9.9:0", "[::1]:8080", "[::ffff:127.0.0.1]:8080"] {
        assert_eq!(endpoints(loopback, ""), AdminEndpoints::Shared, "{loopback}");
    }
    for public in ["0.0.0.0:8080", "[::]:8080", "192.0.2.1:80"] {
        assert_eq!(endpoints(public, ""), AdminEndpoints::Off, "{public}");
        assert_eq!(endpoints(public, public), AdminEndpoints::Shared, "{public}");
        assert_eq!(endpoints(public, "127.0.0.1:9090"), separate("127.0.0.1:9090"), "{public}");
    }
    assert_eq!(
        endpoints("127.0.0.1:0", "127.0.0.1:0"),
        separate("127.0.0.1:0"),
        "port 0 gets a separate port for each"
    );
}

#[test]
fn every_invalid_variable_is_named_and_no_secret_is_repeated() {
    let errors = parse(&[
        ("DATABASE_URL", "postgres://user:hunter2@[bad"),
        ("OUTTURN_BIND", "localhost"),
        ("OUTTURN_ADMIN_BIND", "9090"),
        ("OUTTURN_ASSOCIATION_NAME", "Two\nlines"),
        ("OUTTURN_TIME_ZONE", "Europe/Norwich"),
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
        ("OUTTURN_RATE_FAILURES", "many"),
        ("OUTTURN_REFRESH_REUSE_SECONDS", "61"),
        ("OUTTURN_CONCURRENT_LOGIN", "0"),
        ("OUTTURN_CONCURRENT_BULK", "-1"),
        ("OUTTURN_CONCURRENT_EXPORT", "two"),
        ("OUTTURN_CONCURRENT_REST", "10001"),
        ("OUTTURN_TRUSTED_PROXIES", "10.0.0.1,proxy"),
        ("OUTTURN_OIDC_ISSUERS", "http://id.example.org"),
        ("OUTTURN_OIDC_TENANTS", "norfolk"),
        ("OUTTURN_OIDC_AUDIENCE", "an api"),
        ("OUTTURN_LOG", "outturn=loud"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example"),
    ])
    .err()
    .expect("errors");
    for name in [
        "DATABASE_URL",
        "OUTTURN_BIND",
        "OUTTURN_ADMIN_BIND",
        "OUTTURN_ASSOCIATION_NAME",
        "OUTTURN_TIME_ZONE",
        "OUTTURN_WORKERS",
        "OUTTURN_POOL_SIZE",
        "OUTTURN_STATEMENT_TIMEOUT",
        "OUTTURN_MAX_BODY_BYTES",
        "OUTTURN_BODY_TIMEOUT",
        "OUTTURN_CORS_ORIGINS",
        "OUTTURN_RATE_LOGIN",
        "OUTTURN_RATE_FAILURES",
        "OUTTURN_REFRESH_REUSE_SECONDS",
        "OUTTURN_RATE_BULK",
        "OUTTURN_RATE_EXPORT",
        "OUTTURN_RATE_REST",
        "OUTTURN_CONCURRENT_LOGIN",
        "OUTTURN_CONCURRENT_BULK",
        "OUTTURN_CONCURRENT_EXPORT",
        "OUTTURN_CONCURRENT_REST",
        "OUTTURN_TRUSTED_PROXIES",
        "OUTTURN_OIDC_ISSUERS must",
        "OUTTURN_OIDC_TENANTS must",
        "OUTTURN_OIDC_AUDIENCE must",
        "OUTTURN_LOG",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ] {
        assert!(errors.contains(name), "the errors do not name {name}:\n{errors}");
    }
    assert!(!errors.contains("hunter2"));
}

/// The variables of external identity providers.
fn oidc<'a>(issuers: &'a str, tenants: &'a str, audience: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("OUTTURN_OIDC_ISSUERS", issuers),
        ("OUTTURN_OIDC_TENANTS", tenants),
        ("OUTTURN_OIDC_AUDIENCE", audience),
    ]
}

#[test]
fn each_tenant_becomes_an_issuer() {
    let [one, two] = ["0198c5b0-0000-7000-8000-000000000001", "0198c5b0-0000-7000-8000-000000000002"];
    let (issuers, tenants) =
        ("https://login.example/{tenantid}/v2.0, https://id.example.org/", format!("{one},{two}"));
    let config = parse(&oidc(issuers, &tenants, "api, api://outturn")).expect("a configuration");
    let issuers = config.external_issuers();
    let actual: Vec<_> =
        issuers.iter().map(|issuer| (issuer.url.as_str(), issuer.tenant.map(|id| id.to_string()))).collect();
    let issuer_url = |tenant: &str| format!("https://login.example/{tenant}/v2.0");
    assert_eq!(
        actual,
        [
            (issuer_url(one).as_str(), Some(one.to_owned())),
            (issuer_url(two).as_str(), Some(two.to_owned())),
            ("https://id.example.org/", None)
        ]
    );
    assert_eq!(config.oidc_audiences, ["api", "api://outturn"]);
    let unset = parse(&[]).expect("a configuration");
    assert_eq!((unset.external_issuers(), unset.oidc_audiences), (Vec::new(), Vec::new()));
}

#[test]
fn a_provider_without_tenants_or_audience_is_refused() {
    let tenant = "0198c5b0-0000-7000-8000-000000000001";
    for (issuers, tenants, audience, error) in [
        ("https://login.example/{tenantid}", "", "api", "OUTTURN_OIDC_TENANTS and"),
        ("https://login.example/one", tenant, "api", "OUTTURN_OIDC_TENANTS and"),
        ("https://login.example/one", "", "", "OUTTURN_OIDC_AUDIENCE and"),
        ("", "", "api", "OUTTURN_OIDC_AUDIENCE and"),
        ("https://login.example/{tenant}", "", "api", "OUTTURN_OIDC_ISSUERS must"),
        ("https://login.example/?tenant=one", "", "api", "OUTTURN_OIDC_ISSUERS must"),
        ("http://login.example/one", "", "api", "OUTTURN_OIDC_ISSUERS must"),
        ("https://login.example/one,", "", "api", "OUTTURN_OIDC_ISSUERS must"),
    ] {
        let errors = parse(&oidc(issuers, tenants, audience)).err().expect("errors");
        assert!(errors.contains(error), "{issuers} {tenants} {audience}: {errors}");
    }
    assert!(parse(&oidc("http://127.0.0.1:8080", "", "api")).is_ok(), "a loopback issuer needs no TLS");
}
