//! A small SMTP server for tests: keeps what it accepts, and does at each stage what a script says.
#![expect(clippy::expect_used, reason = "a test without its server must fail loudly")]

mod fault;
mod session;
pub mod tls;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::{net::TcpListener, sync::watch};
use tokio_rustls::TlsAcceptor;

pub use self::fault::{Act, Fault, Moment, Stage};
use self::session::{Session, Stream};

/// A letter that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Envelope recipient.
    pub recipient: String,
    /// The bytes between DATA and the final dot.
    pub message: Vec<u8>,
}

type Script = dyn Fn(&Moment<'_>) -> Act + Send + Sync;

#[derive(Default)]
struct Seen {
    taken: Vec<Taken>,
    moments: HashMap<(Stage, String), usize>,
    connections: usize,
    in_clear: String,
}

/// How a server is encrypted.
#[derive(Clone, Default)]
enum Encryption {
    #[default]
    None,
    StartTls(TlsAcceptor),
    Implicit(TlsAcceptor),
}

/// A server that is not started yet.
pub struct Setup {
    script: Box<Script>,
    encryption: Encryption,
    log_in: Option<(String, String)>,
    mechanisms: &'static str,
    notifies: bool,
}

impl Setup {
    /// Does at each stage what the script says.
    #[must_use]
    pub fn new(script: impl Fn(&Moment<'_>) -> Act + Send + Sync + 'static) -> Self {
        Self { script: Box::new(script), encryption: Encryption::None, log_in: None, mechanisms: "PLAIN LOGIN", notifies: false }
    }

    /// Takes every letter.
    #[must_use]
    pub fn willing() -> Self {
        Self::new(|_| Act::Go)
    }

    /// Offers STARTTLS.
    #[must_use]
    pub fn starttls(self, acceptor: TlsAcceptor) -> Self {
        Self { encryption: Encryption::StartTls(acceptor), ..self }
    }

    /// Speaks TLS from the first byte.
    #[must_use]
    pub fn implicit_tls(self, acceptor: TlsAcceptor) -> Self {
        Self { encryption: Encryption::Implicit(acceptor), ..self }
    }

    /// Takes letters only after this log-in, by these mechanisms; it is offered before TLS too, as bad servers do.
    #[must_use]
    pub fn log_in(self, user: &str, password: &str, mechanisms: &'static str) -> Self {
        Self { log_in: Some((user.to_owned(), password.to_owned())), mechanisms, ..self }
    }

    /// Offers delivery status notifications.
    #[must_use]
    pub fn notifies(self) -> Self {
        Self { notifies: true, ..self }
    }

    /// Starts it.
    pub async fn start(self) -> SmtpServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let server = self.at(listener.local_addr().expect("an address"));
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(accepting.serve(socket));
            }
        });
        server
    }

    /// One that is said to be at an address, and gets its connections from [`SmtpServer::serve`] alone.
    #[must_use]
    pub fn at(self, address: SocketAddr) -> SmtpServer {
        let shared = Arc::new(Shared { seen: Mutex::default(), count: watch::Sender::new(0), setup: self });
        SmtpServer { address, shared }
    }
}

struct Shared {
    seen: Mutex<Seen>,
    count: watch::Sender<usize>,
    setup: Setup,
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("no test panics while it holds the lock")
    }

    fn take(&self, recipient: String, message: Vec<u8>) {
        self.seen().taken.push(Taken { recipient, message });
        self.count.send_modify(|count| *count += 1);
    }

    /// What the script says to this stage, and how often it was reached is counted.
    fn act(&self, stage: Stage, recipient: &str) -> Act {
        let mut seen = self.seen();
        let reached = seen.moments.entry((stage, recipient.to_owned())).or_default();
        let before = *reached;
        *reached += 1;
        drop(seen);
        (self.setup.script)(&Moment { stage, recipient, before })
    }
}

/// A server on a free loopback port, for as long as the test's runtime lasts.
#[derive(Clone)]
pub struct SmtpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl SmtpServer {
    /// Starts one without TLS. `decide` gets the recipient and how often that one was tried before.
    pub async fn start(decide: impl Fn(&str, usize) -> Fault + Send + Sync + 'static) -> Self {
        Setup::new(fault::script(decide)).start().await
    }

    /// Serves a connection to its end.
    pub fn serve<S: Stream + 'static>(&self, connection: S) -> impl Future<Output = ()> + Send + use<S> {
        self.shared.seen().connections += 1;
        Session::serve(connection, Arc::clone(&self.shared))
    }

    /// `smtp://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// `SCHEME://localhost:PORT`, by a name that a certificate can have.
    #[must_use]
    pub fn named_url(&self, scheme: &str) -> String {
        format!("{scheme}://localhost:{}", self.address.port())
    }

    /// Waits until this many letters were taken, and answers with all of them.
    pub async fn wait_for(&self, letters: usize) -> Vec<Taken> {
        self.shared.count.subscribe().wait_for(|count| *count >= letters).await.expect("the server lives");
        self.taken()
    }

    /// What was taken so far.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        self.shared.seen().taken.clone()
    }

    /// How many connections were made.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.seen().connections
    }

    /// Everything that clients sent outside TLS.
    #[must_use]
    pub fn in_clear(&self) -> String {
        self.shared.seen().in_clear.clone()
    }
}
