//! The application: what every server thread shares, and the one function that builds it.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, Error, HttpRequest, HttpResponse};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::sync::watch;

use crate::accounts::failures::Failures;
use crate::accounts::sessions::model::ReuseTime;
use crate::api;
use crate::config::{AdminEndpoints, Association, Config};
use crate::db::{self, Actor, Pool, Pools};
use crate::web::oidc::{Pace, Providers};
use crate::web::payload::Bodies;
use crate::web::spool::{SpoolLimits, Spools};
use crate::web::{
    Arrival, Concurrency, Contracts, Exports, Limits, Origins, Problem, Reply, Tokens, arrival, concurrency,
    document, health, jwks, metadata, reply, route, swagger, trace,
};
use crate::webhooks::Teller;
use crate::webhooks::deliver::{LONGEST_ANSWER, Reach};
use crate::webhooks::signing::MasterKey;

/// What every server thread shares.
#[derive(Clone)]
pub struct Shared {
    tokens: Data<Tokens>,
    providers: Data<Providers>,
    contracts: Data<Contracts>,
    limits: Data<Limits>,
    failures: Data<Failures>,
    refresh_reuse: Data<ReuseTime>,
    concurrency: Data<Concurrency>,
    timing: Timing,
    arrival: Data<Arrival>,
    spools: Data<Spools>,
    association: Data<Association>,
    webhook_key: Data<MasterKey>,
    reach: Data<Reach>,
    is_stopping: watch::Sender<bool>,
    document: Data<Document>,
    recorder: Data<PrometheusHandle>,
    database: db::Settings,
    origins: Data<Origins>,
    bodies: Data<Bodies>,
    has_admin_endpoints: bool,
}

struct Document(Bytes);

/// The API's document as it is served, and the contracts that requests are held to. It is compiled once for a process.
#[derive(Clone)]
pub struct Description {
    document: Data<Document>,
    contracts: Data<Contracts>,
}

impl Description {
    /// Builds the document and compiles its contracts. Fails where a schema of the document is not valid.
    pub fn compile() -> Result<Self, String> {
        let document = api::document();
        let contracts = Data::new(Contracts::compile(&document)?);
        Ok(Self { document: Data::new(Document(document::to_bytes(&document).into())), contracts })
    }

    /// The contracts.
    pub fn contracts(&self) -> &Contracts {
        &self.contracts
    }
}

/// How long the server waits for what others use or take. The default is that of a running server.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// How long a request waits for a connection to the database; then the answer is 503.
    pub connection: Duration,
    /// How long a request waits until fewer requests of its caller, or fewer exports of all callers, run; then the answer
    /// is 429 or 503.
    pub turn: Duration,
    /// How long a body that is on its way may still take once the server is to stop.
    pub last_bodies: Duration,
    /// How long a dataset waits for its turn to be written; then the answer is 503.
    pub dataset: Duration,
    /// The time in which the reader of a dataset must take its least number of bytes; then the download ends.
    pub download_window: Duration,
    /// How long the receiver of a webhook's message may take to respond; then the attempt has failed.
    pub webhook_response: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connection: Duration::from_secs(3),
            turn: concurrency::LONGEST_WAIT,
            last_bodies: arrival::LAST_BODIES,
            dataset: SpoolLimits::default().longest_wait,
            download_window: SpoolLimits::default().window,
            webhook_response: LONGEST_ANSWER,
        }
    }
}

impl Shared {
    /// Keeps what requests need.
    pub fn new(
        config: &Config,
        timing: Timing,
        description: &Description,
        target: impl Into<db::Target>,
        tokens: Tokens,
        webhook_key: MasterKey,
    ) -> Result<Self, String> {
        let issuers = config.oidc.issuers.iter().map(|issuer| (issuer.url.clone(), issuer.tenant));
        let (is_stopping, told) = watch::channel(false);
        Ok(Self {
            tokens: Data::new(tokens),
            providers: Data::new(Providers::new(issuers, &config.oidc.audiences, Pace::default())),
            contracts: description.contracts.clone(),
            limits: Data::new(Limits::new(
                config.rates,
                config.failure_rate,
                config.trusted_proxies.clone(),
            )?),
            failures: Data::new(Failures::default()),
            refresh_reuse: Data::new(ReuseTime(config.refresh_reuse)),
            concurrency: Data::new(Concurrency::new(config.concurrency, timing.turn)),
            timing,
            arrival: Data::new(Arrival::new(config.body_timeout, timing.last_bodies, told)),
            spools: Data::new(spools(config, timing)?),
            association: Data::new(Association(config.association_name.clone())),
            webhook_key: Data::new(webhook_key),
            reach: Data::new(Reach::new(config.webhook_networks.clone())),
            is_stopping,
            document: description.document.clone(),
            recorder: Data::new(recorder()),
            database: db::Settings {
                target: target.into(),
                size: config.pool_size,
                statement_timeout: config.statement_timeout,
                wait: timing.connection,
                pools: Pools::default(),
            },
            origins: Data::new(Origins(config.cors_origins.clone())),
            bodies: Data::new(Bodies::new(config.max_body_bytes)),
            has_admin_endpoints: config.admin_endpoints() == AdminEndpoints::Shared,
        })
    }

    /// The database settings.
    pub fn database(&self) -> &db::Settings {
        &self.database
    }

    /// The tokens that are made and accepted.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// What tells webhooks what happens, as this actor.
    pub fn teller(&self, actor: Actor) -> Teller {
        let (key, reach) = (self.webhook_key.as_ref().clone(), self.reach.as_ref().clone());
        Teller::new(self.database.clone(), actor, key, reach, self.timing.webhook_response)
    }

    /// Becomes true when the server is to stop.
    pub fn is_stopping(&self) -> watch::Receiver<bool> {
        self.is_stopping.subscribe()
    }

    /// Tells requests whose bodies are still on their way that the server is to stop.
    pub fn stop(&self) {
        self.is_stopping.send_replace(true);
    }

    /// Lets the metrics forget what they need not keep; to be called now and then.
    pub fn upkeep(&self) {
        self.recorder.run_upkeep();
    }
}

/// The spools. They leave room on their own disk and on that of the embedded database.
fn spools(config: &Config, timing: Timing) -> Result<Spools, String> {
    let embedded = config.database_url.is_none().then_some(config.data_dir.as_path());
    let disks: Vec<&Path> = embedded.into_iter().collect();
    let limits = SpoolLimits {
        bytes: config.spool_bytes,
        longest_wait: timing.dataset,
        window: timing.download_window,
        ..SpoolLimits::default()
    };
    Spools::open(&config.spool_dir, &disks, limits)
}

/// The process's one metrics recorder.
fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            let _ = metrics::set_global_recorder(recorder);
            handle
        })
        .clone()
}

/// The application, for one server thread with its own pool.
pub fn build(
    shared: &Shared,
    pool: Pool,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    App::new()
        .app_data(shared.tokens.clone())
        .app_data(shared.providers.clone())
        .app_data(shared.contracts.clone())
        .app_data(shared.limits.clone())
        .app_data(shared.failures.clone())
        .app_data(shared.refresh_reuse.clone())
        .app_data(shared.concurrency.clone())
        .app_data(Data::new(Exports::new(shared.database.size, shared.timing.turn)))
        .app_data(shared.arrival.clone())
        .app_data(shared.spools.clone())
        .app_data(shared.association.clone())
        .app_data(shared.origins.clone())
        .app_data(shared.webhook_key.clone())
        .app_data(shared.reach.clone())
        .app_data(shared.document.clone())
        .app_data(shared.recorder.clone())
        .app_data(Data::new(shared.database.pools.clone()))
        .app_data(Data::new(pool))
        .app_data(Data::new(api::BEFORE_COMMIT))
        .app_data(shared.bodies.clone())
        .configure(|config| route::register(api::operations(), config))
        .configure(if shared.has_admin_endpoints { health::register_admin } else { health::register_public })
        .configure(jwks::register)
        .configure(metadata::register)
        .service(
            web::resource("/openapi.json")
                .route(web::get().to(openapi))
                .route(web::head().to(openapi))
                .default_service(route::fallback(&["GET", "HEAD", "OPTIONS"]))
                .wrap(Compress::default()),
        )
        .configure(swagger::register)
        .default_service(web::to(nowhere))
        .wrap(Condition::new(!shared.origins.0.is_empty(), cors(&shared.origins.0)))
        .wrap(from_fn(trace::trace))
}

/// The application behind a separate admin address: the admin endpoints and nothing else.
pub fn build_admin(
    shared: &Shared,
    pool: Pool,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    App::new()
        .app_data(shared.recorder.clone())
        .app_data(Data::new(shared.database.pools.clone()))
        .app_data(Data::new(pool))
        .configure(health::register_admin)
        .default_service(web::to(nowhere))
        .wrap(from_fn(trace::trace))
}

async fn openapi(request: HttpRequest, document: Data<Document>) -> Reply {
    Ok(reply::tagged(&request, "application/json", None, document.0.clone()))
}

async fn nowhere() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}

fn cors(origins: &[String]) -> Cors {
    const EXPOSED: [&str; 9] = [
        "ETag",
        "Link",
        "Location",
        "Retry-After",
        "RateLimit",
        "RateLimit-Policy",
        "X-Request-Id",
        "Idempotent-Replayed",
        "Content-Disposition",
    ];
    const SENT: [&str; 11] = [
        "Authorization",
        "Content-Type",
        "Accept",
        "If-Match",
        "If-None-Match",
        "Idempotency-Key",
        "X-Request-Id",
        // What tracing in a browser sends: W3C Trace Context and Baggage, and Sentry.
        "traceparent",
        "tracestate",
        "baggage",
        "sentry-trace",
    ];
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
        .allowed_headers(SENT)
        .expose_headers(EXPOSED)
        // A page of a known origin on this site may send the session's cookie along.
        .supports_credentials()
        .max_age(3600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
