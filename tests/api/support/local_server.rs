//! A server of another system, on a thread of its own.

use std::net::TcpListener;
use std::sync::mpsc;

use actix_web::dev::ServerHandle;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};

use super::cluster;

/// A running server. Dropping it stops it.
pub struct LocalServer(ServerHandle);

impl LocalServer {
    pub fn start(
        listener: TcpListener,
        configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || App::new().configure(configure.clone()));
                let server = server.workers(1).disable_signals().shutdown_timeout(0);
                let server = server.listen(listener).expect("a port").run();
                sender.send(server.handle()).expect("the test waits for the handle");
                let _ = server.await;
            });
        });
        Self(receiver.recv().expect("a server"))
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        let handle = self.0.clone();
        cluster::run(async move { handle.stop(false).await });
    }
}
