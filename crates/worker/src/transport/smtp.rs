//! Letters to a mail server, over one connection that is kept from letter to letter.
//!
//! The socket is our own with TCP_NODELAY: lettre never sets it, and writes a letter and its final dot apart, which costs 40 ms each.

use std::{io, time::Duration};

use leitai_proto::notification::v1::LeasedDelivery;
use lettre::{
    Address,
    address::Envelope,
    transport::smtp::{Error, authentication::DEFAULT_MECHANISMS, client::AsyncSmtpConnection, extension::ClientId},
};
use tokio::{net::TcpStream, time::timeout};

use super::Attempt;
use crate::config::{Security, SmtpServer};

/// Longest time to connect, greet, encrypt and log in, for a long lease.
const CONNECT_DEADLINE: Duration = Duration::from_secs(15);
/// Longest time for one letter, for a long lease.
const SEND_DEADLINE: Duration = Duration::from_secs(30);
/// Longest time to say good-bye.
const QUIT_DEADLINE: Duration = Duration::from_secs(1);

/// One lane's connection.
pub struct Mailer {
    server: SmtpServer,
    connect_deadline: Duration,
    send_deadline: Duration,
    connection: Option<AsyncSmtpConnection>,
}

/// Why there is no connection. Never the letter's fault, so always tried again.
#[derive(Debug, thiserror::Error)]
enum ConnectError {
    #[error("no connection within {0:?}")]
    TimedOut(Duration),
    #[error("no connection: {0}")]
    Socket(#[from] io::Error),
    #[error("the server does not offer STARTTLS")]
    NoStartTls,
    #[error("no session: {0}")]
    Session(#[from] Error),
}

impl Mailer {
    /// Connects when first used. Deadlines are at most an eighth and a quarter of the lease.
    pub fn new(server: SmtpServer, lease: Duration) -> Self {
        let (connect_deadline, send_deadline) = (CONNECT_DEADLINE.min(lease / 8), SEND_DEADLINE.min(lease / 4));
        Self { server, connect_deadline, send_deadline, connection: None }
    }

    /// Sends one letter: these bytes to the delivery's address.
    pub async fn send(&mut self, delivery: &LeasedDelivery, message: &[u8]) -> Attempt {
        let envelope = match envelope(delivery) {
            Ok(envelope) => envelope,
            Err(error) => return Attempt::permanent(error.to_string()),
        };
        let mut connection = match self.connected().await {
            Ok(connection) => connection,
            Err(error) => return Attempt::temporary(error.to_string()),
        };
        // lettre ends every message with CRLF and the dot: without this the letter would arrive one empty line longer.
        let message = message.strip_suffix(b"\r\n").unwrap_or(message);
        // Taken out, and put back only when it is known to be good: a cancelled or failed letter leaves no half-used connection.
        let attempt = match timeout(self.send_deadline, connection.send(&envelope, message)).await {
            Ok(Ok(response)) => Attempt::sent(format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" "))),
            Ok(Err(error)) => classify(&error),
            Err(_) => return Attempt::temporary(format!("no answer within {:?}", self.send_deadline)),
        };
        if !connection.has_broken() {
            self.connection = Some(connection);
        }
        attempt
    }

    /// Says good-bye.
    pub async fn close(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            // A server that does not answer the good-bye has had every letter already.
            let _ = timeout(QUIT_DEADLINE, connection.quit()).await;
        }
    }

    async fn connected(&mut self) -> Result<AsyncSmtpConnection, ConnectError> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => {
                let deadline = self.connect_deadline;
                timeout(deadline, connect(&self.server)).await.map_err(|_| ConnectError::TimedOut(deadline))?
            }
        }
    }
}

async fn connect(server: &SmtpServer) -> Result<AsyncSmtpConnection, ConnectError> {
    let hello = ClientId::default();
    let address = (server.host.as_str(), server.port);
    let mut connection = match &server.security {
        // lettre makes its own socket where TLS comes first, without TCP_NODELAY.
        Security::Tls(tls) => AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT_DEADLINE), &hello, Some(tls.clone()), None).await?,
        Security::None | Security::StartTls(_) => {
            let socket = TcpStream::connect(address).await?;
            socket.set_nodelay(true)?;
            AsyncSmtpConnection::connect_with_transport(Box::new(socket), &hello).await?
        }
    };
    if let Security::StartTls(tls) = &server.security {
        if !connection.can_starttls() {
            return Err(ConnectError::NoStartTls);
        }
        connection.starttls(tls.clone(), &hello).await?;
    }
    if let Some(credentials) = &server.credentials {
        connection.auth(DEFAULT_MECHANISMS, credentials).await?;
    }
    Ok(connection)
}

fn envelope(delivery: &LeasedDelivery) -> Result<Envelope, lettre::error::Error> {
    let address = |text: &str| text.parse::<Address>().map_err(|_| lettre::error::Error::NonAsciiChars);
    Envelope::new(Some(address(&delivery.mail_from)?), vec![address(&delivery.rcpt_to)?])
}

/// Replies that ask for a log-in or TLS (RFC 4954, RFC 3207): our configuration is to blame, not the letter.
const OURS: [u16; 4] = [530, 534, 535, 538];

/// A 5xx, or a letter that this server's extensions cannot carry, stays refused; everything else may pass later.
fn classify(error: &Error) -> Attempt {
    let answer = leitai_rpc::failure::chain(error);
    let ours = error.status().is_some_and(|code| OURS.contains(&code.into()));
    if !ours && (error.is_permanent() || error.is_client()) { Attempt::permanent(answer) } else { Attempt::temporary(answer) }
}
