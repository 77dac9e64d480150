//! The application: the state that all server threads share, and the functions that build the
//! application.

mod cors;

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, Error, HttpRequest, HttpResponse};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::sync::watch;

use crate::access::Rules;
use crate::accounts::failures::Failures;
use crate::accounts::sessions::model::ReuseTime;
use crate::auth::oidc::{KeyCacheTimes, Providers};
use crate::auth::{Tokens, jwks, metadata, middleware};
use crate::config::{AdminEndpoints, Association, Config};
use crate::db::{self, Actor, Pool, Pools, Standby};
use crate::metrics::ViewCache;
use crate::publications::check;
use crate::web::body_reader::Bodies;
use crate::web::file_response::{SpoolLimits, Spools};
use crate::web::reply::Rendered;
use crate::web::{
    BeforeCommit, BodyTimeout, Concurrency, Contracts, Exports, LastWrites, Limits, Origins, Problem, Reply,
    body_timeout, concurrency_limits, document, health, limits, route, swagger, trace,
};
use crate::webhooks::WebhookWorker;
use crate::webhooks::sending::{AllowedNetworks, RESPONSE_TIMEOUT};
use crate::webhooks::signing::MasterKey;
use crate::{openapi, policy};

/// The check that every write must pass before its transaction commits. Fails if the figures of a
/// published period would change.
const BEFORE_COMMIT: BeforeCommit =
    BeforeCommit { condition: check::CAN_BE_PUBLISHED, check: |conn| Box::pin(check::check(conn)) };

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
    body_timeout: Data<BodyTimeout>,
    spools: Data<Spools>,
    views: Data<ViewCache>,
    last_writes: Data<LastWrites>,
    association: Data<Association>,
    webhook_key: Data<MasterKey>,
    networks: Data<AllowedNetworks>,
    is_stopping: watch::Sender<bool>,
    document: Data<Document>,
    recorder: Data<PrometheusHandle>,
    database: db::Settings,
    origins: Data<Origins>,
    bodies: Data<Bodies>,
    has_admin_endpoints: bool,
}

struct Document(Bytes);

/// The OpenAPI document and the contracts. Compiled once for each process.
#[derive(Clone)]
pub struct CompiledDocument {
    document: Data<Document>,
    contracts: Data<Contracts>,
}

impl CompiledDocument {
    /// Builds the document and compiles the contracts. Fails if a schema of the document is
    /// invalid.
    pub fn compile() -> Result<Self, String> {
        let document = openapi::document();
        let contracts = Data::new(Contracts::compile(&document)?);
        Ok(Self { document: Data::new(Document(document::to_bytes(&document).into())), contracts })
    }

    pub fn contracts(&self) -> &Contracts {
        &self.contracts
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Time that a request waits for a database connection before the response is 503.
    pub connection: Duration,
    /// Time that a request waits while its caller has too many requests in progress, or the server
    /// thread has too many exports in progress. After this time the response is 429 or 503.
    pub turn: Duration,
    /// Maximum time in which a request body must arrive after the server has begun to stop.
    pub last_bodies: Duration,
    /// Time that a request for a dataset waits until the server can write the dataset's file. After
    /// this time the response is 503.
    pub dataset: Duration,
    /// Time window in which a client that downloads a dataset must read a minimum number of bytes.
    /// Otherwise the server ends the download.
    pub download_window: Duration,
    /// Time in which a webhook's receiver must respond. Otherwise the delivery attempt fails.
    pub webhook_response: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connection: Duration::from_secs(3),
            turn: concurrency_limits::WAIT_TIMEOUT,
            last_bodies: body_timeout::STOPPING_TIMEOUT,
            dataset: SpoolLimits::default().wait_timeout,
            download_window: SpoolLimits::default().window,
            webhook_response: RESPONSE_TIMEOUT,
        }
    }
}

impl Shared {
    pub fn new(
        config: &Config,
        timing: Timing,
        description: &CompiledDocument,
        target: impl Into<db::Target>,
        tokens: Tokens,
        webhook_key: MasterKey,
    ) -> Result<Self, String> {
        let issuers = config.external_issuers().into_iter().map(|issuer| (issuer.url, issuer.tenant));
        let rates = [config.rate_login, config.rate_bulk, config.rate_export, config.rate_rest];
        let limits = Limits::new(rates, config.rate_failures, config.trusted_proxies.clone())?;
        let concurrency = [
            config.concurrent_login,
            config.concurrent_bulk,
            config.concurrent_export,
            config.concurrent_rest,
        ];
        let (is_stopping, stopping) = watch::channel(false);
        let target = target.into();
        let standby = config.read_database_url.clone().map(|url| {
            let target = db::Target { url, ..target.clone() };
            Standby::new(target, config.read_lag)
        });
        Ok(Self {
            tokens: Data::new(tokens),
            providers: Data::new(Providers::new(issuers, &config.oidc_audiences, KeyCacheTimes::default())),
            contracts: description.contracts.clone(),
            limits: Data::new(limits.shared(config.shares_rates)),
            failures: Data::new(Failures::default()),
            refresh_reuse: Data::new(ReuseTime(config.refresh_reuse)),
            concurrency: Data::new(Concurrency::new(concurrency, timing.turn)),
            timing,
            body_timeout: Data::new(BodyTimeout::new(config.body_timeout, timing.last_bodies, stopping)),
            spools: Data::new(spools(config, timing)?),
            views: Data::new(ViewCache::new(config.view_cache_bytes)?),
            last_writes: Data::new(LastWrites::default()),
            association: Data::new(Association(config.association_name.clone())),
            webhook_key: Data::new(webhook_key),
            networks: Data::new(AllowedNetworks::new(config.webhook_networks.clone())),
            is_stopping,
            document: description.document.clone(),
            recorder: Data::new(recorder()),
            database: db::Settings {
                target,
                size: config.pool_size,
                statement_timeout: config.statement_timeout,
                wait: timing.connection,
                pools: Pools::default(),
                standby,
            },
            origins: Data::new(Origins(config.cors_origins.clone())),
            bodies: Data::new(Bodies::new(config.max_body_bytes)),
            has_admin_endpoints: config.admin_endpoints() == AdminEndpoints::Shared,
        })
    }

    pub fn database(&self) -> &db::Settings {
        &self.database
    }

    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Exchanges the counts of the rate limits with other servers, if they share their counts.
    pub async fn share_limits(&self) {
        limits::share(&self.limits, &self.database).await;
    }

    /// Creates the background tasks that detect webhook events and send webhook deliveries. The
    /// change log records `actor` for the writes of these tasks.
    pub fn webhook_worker(&self, actor: Actor) -> WebhookWorker {
        let (key, networks) = (self.webhook_key.as_ref().clone(), self.networks.as_ref().clone());
        WebhookWorker::new(self.database.clone(), actor, key, networks, self.timing.webhook_response)
    }

    /// Returns a receiver whose value becomes true when the server begins to stop.
    pub fn is_stopping(&self) -> watch::Receiver<bool> {
        self.is_stopping.subscribe()
    }

    /// Begins to stop the server. Request bodies that have not yet arrived get a shorter time
    /// limit.
    pub fn stop(&self) {
        self.is_stopping.send_replace(true);
    }

    /// Lets the metrics recorder drop data that is no longer needed. Must be called periodically.
    pub fn upkeep(&self) {
        self.recorder.run_upkeep();
    }
}

/// Opens the directory in which datasets are written before they are sent. A minimum of free space
/// is kept on its disk and on the disk of the embedded database.
fn spools(config: &Config, timing: Timing) -> Result<Spools, String> {
    let embedded = config.database_url.is_none().then_some(config.data_dir.as_path());
    let disks: Vec<&Path> = embedded.into_iter().collect();
    let limits = SpoolLimits {
        bytes: config.spool_bytes,
        wait_timeout: timing.dataset,
        window: timing.download_window,
        ..SpoolLimits::default()
    };
    Spools::open(&config.spool_dir(), &disks, limits)
}

/// Returns the recorder of the server's own metrics. The process has only one recorder.
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

/// Builds the application for one server thread. Each thread has its own connection pool.
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
    let operations = policy::operations();
    let rules = Rules::from(operations.as_slice());
    App::new()
        .app_data(shared.tokens.clone())
        .app_data(shared.providers.clone())
        .app_data(shared.contracts.clone())
        .app_data(shared.limits.clone())
        .app_data(shared.failures.clone())
        .app_data(shared.refresh_reuse.clone())
        .app_data(shared.concurrency.clone())
        .app_data(Data::new(Exports::new(shared.database.size, shared.timing.turn)))
        .app_data(shared.body_timeout.clone())
        .app_data(shared.spools.clone())
        .app_data(shared.views.clone())
        .app_data(shared.last_writes.clone())
        .app_data(shared.association.clone())
        .app_data(shared.origins.clone())
        .app_data(shared.webhook_key.clone())
        .app_data(shared.networks.clone())
        .app_data(shared.document.clone())
        .app_data(shared.recorder.clone())
        .app_data(Data::new(shared.database.pools.clone()))
        .app_data(Data::new(pool))
        .app_data(Data::new(BEFORE_COMMIT))
        .app_data(Data::new(rules))
        .app_data(shared.bodies.clone())
        .configure(|config| route::register(operations, middleware::protect, config))
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
        .default_service(web::to(not_found))
        .wrap(Condition::new(!shared.origins.0.is_empty(), cors::cors(&shared.origins.0)))
        .wrap(from_fn(trace::trace))
}

/// Builds the application for a separate admin address, which serves only the admin endpoints.
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
        .default_service(web::to(not_found))
        .wrap(from_fn(trace::trace))
}

async fn openapi(request: HttpRequest, document: Data<Document>) -> Reply {
    Ok(Rendered::new("application/json", document.0.clone()).reply(&request))
}

async fn not_found() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}
