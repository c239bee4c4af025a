//! Letters to a mail server, over one connection that is kept from letter to letter.
//!
//! The socket is our own with TCP_NODELAY: lettre never sets it, and writes a letter and its final dot apart, which costs 40 ms each.
//!
//! A server that offers it is asked for delivery status notifications (RFC 3461): what it returns then names our envelope.

mod session;
mod socket;

use std::{error::Error as _, io, iter, mem, time::Duration};

use leitai_proto::notification::v1::LeasedDelivery;
use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{DEFAULT_MECHANISMS, Mechanism},
        client::AsyncSmtpConnection,
        commands::Ehlo,
        extension::ClientId,
    },
};
use tokio::time::timeout;

use self::{
    session::{Mail, Said, deliver, words},
    socket::{Socket, TlsError, plain},
};
use super::Attempt;
use crate::config::{Security, SmtpServer};

/// Longest time to connect, greet, encrypt and log in, for a long lease.
const CONNECT_DEADLINE: Duration = Duration::from_secs(15);
/// Longest time for one letter, for a long lease.
const SEND_DEADLINE: Duration = Duration::from_secs(30);
/// Longest time to say good-bye.
const QUIT_DEADLINE: Duration = Duration::from_secs(1);
/// Longest time to answer whether the connection still stands.
const ANSWER_DEADLINE: Duration = Duration::from_secs(1);

/// One lane's connection.
pub struct Mailer {
    server: SmtpServer,
    connect_deadline: Duration,
    send_deadline: Duration,
    connection: Option<Connection>,
    doubted: bool,
    /// Letters that the connection carried, and how many it may; 0: any number.
    carried: u32,
    most: u32,
}

/// A connection and what its server offers beside what the library asks for.
struct Connection {
    smtp: AsyncSmtpConnection,
    /// True where it takes the parameters of RFC 3461.
    notifies: bool,
}

/// Why there is no connection. Never the letter's fault, so always tried again.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No answer in time.
    #[error("no connection within {0:?}")]
    TimedOut(Duration),
    /// No socket.
    #[error("no connection: {0}")]
    Socket(#[from] io::Error),
    /// The server cuts, refuses or says something strange before it can be spoken to.
    #[error("no greeting: {}", words(.0))]
    Greeting(Error),
    /// TLS is configured and not to be had.
    #[error("the server does not offer STARTTLS, and nothing is sent without it")]
    NoStartTls,
    /// No TLS that can be trusted.
    #[error("no TLS: {}", words(.0))]
    Tls(Error),
    /// Name or password refused.
    #[error("no log-in: {}", words(.0))]
    LogIn(Error),
    /// No way to log in.
    #[error("the server offers no log-in by PLAIN or LOGIN")]
    NoMechanism,
}

impl ConnectError {
    /// True where no server is there that could be spoken to: the next letter would fare alike. What a server that is there has against our TLS or
    /// log-in belongs in every letter's record: a person has to set it right.
    pub fn away(&self) -> bool {
        match self {
            Self::TimedOut(_) | Self::Socket(_) | Self::Greeting(_) => true,
            Self::Tls(error) => cut(error),
            Self::NoStartTls | Self::LogIn(_) | Self::NoMechanism => false,
        }
    }
}

/// True where the connection failed below TLS: certificates and handshakes that are refused come as invalid data.
fn cut(error: &Error) -> bool {
    let causes = iter::successors(error.source(), |cause| (**cause).source());
    causes.filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|cause| cause.kind() != io::ErrorKind::InvalidData)
}

impl Mailer {
    /// Connects when first used. Deadlines are at most an eighth and a quarter of the lease.
    pub fn new(server: SmtpServer, lease: Duration, most: u32) -> Self {
        let (connect_deadline, send_deadline) = (CONNECT_DEADLINE.min(lease / 8), SEND_DEADLINE.min(lease / 4));
        Self { server, connect_deadline, send_deadline, connection: None, doubted: false, carried: 0, most }
    }

    /// Sends one letter: these bytes to the delivery's address.
    pub async fn send(&mut self, delivery: &LeasedDelivery, message: &[u8]) -> Attempt {
        let (Some(from), Some(to)) = (address(&delivery.mail_from), address(&delivery.rcpt_to)) else {
            return Attempt::permanent("sender or recipient is no mail address");
        };
        let mut connection = match self.connected().await {
            Ok(connection) => connection,
            Err(error) => return Attempt { reached: !error.away(), ..Attempt::temporary(error.to_string()) },
        };
        // lettre ends every message with CRLF and the dot: without this the letter would arrive one empty line longer.
        let message = message.strip_suffix(b"\r\n").unwrap_or(message);
        // Taken out, and put back only when it is known to be good: a cancelled or failed letter leaves no half-used connection.
        let envelope_id = Some(delivery.envelope_id.as_str()).filter(|id| connection.notifies && !id.is_empty());
        let mail = Mail { from, to, message, envelope_id };
        let Ok(said) = timeout(self.send_deadline, deliver(&mut connection.smtp, mail)).await else {
            return Attempt::temporary(format!("no answer within {:?}", self.send_deadline));
        };
        let Said { attempt, usable } = said;
        if usable {
            self.connection = Some(connection);
            self.carried += 1;
            if self.carried == self.most {
                self.close().await;
            }
        }
        attempt
    }

    /// Connects where there is no connection that the server answers on, and keeps it for the next letter.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn reach(&mut self) -> Result<(), ConnectError> {
        self.doubted = true;
        self.connection = Some(self.connected().await?);
        Ok(())
    }

    /// A connection that is kept may be lost: the server is asked before the next letter.
    pub fn doubt(&mut self) {
        self.doubted = true;
    }

    /// Says good-bye.
    pub async fn close(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            // A server that does not answer the good-bye has had every letter already.
            let _ = timeout(QUIT_DEADLINE, connection.smtp.quit()).await;
        }
    }

    async fn connected(&mut self) -> Result<Connection, ConnectError> {
        let (deadline, doubted) = (self.connect_deadline, mem::take(&mut self.doubted));
        if let Some(mut connection) = self.connection.take()
            && (!doubted || timeout(ANSWER_DEADLINE, connection.smtp.test_connected()).await.unwrap_or(false))
        {
            return Ok(connection);
        }
        self.carried = 0;
        timeout(deadline, connect(&self.server)).await.map_err(|_| ConnectError::TimedOut(deadline))?
    }
}

async fn connect(server: &SmtpServer) -> Result<Connection, ConnectError> {
    let (hello, address) = (&server.hello, (server.host.as_str(), server.port));
    let mut smtp = match &server.security {
        Security::Tls(tls) => {
            let socket = Socket::connect_tls(address, tls.clone()).await?;
            AsyncSmtpConnection::connect_with_transport(Box::new(socket), hello).await.map_err(ConnectError::Greeting)?
        }
        Security::None | Security::StartTls(_) => {
            AsyncSmtpConnection::connect_with_transport(plain(address).await?, hello).await.map_err(ConnectError::Greeting)?
        }
    };
    if let Security::StartTls(tls) = &server.security {
        if !smtp.can_starttls() {
            return Err(ConnectError::NoStartTls);
        }
        smtp.starttls(tls.clone(), hello).await.map_err(ConnectError::Tls)?;
    }
    log_in(server, &mut smtp).await?;
    let notifies = notifies(&mut smtp, hello).await.map_err(ConnectError::Greeting)?;
    Ok(Connection { smtp, notifies })
}

/// True where the server offers the parameters of RFC 3461. It is greeted once more for that: the library keeps of a greeting's answer only what it
/// knows itself. A server that refuses a second greeting for good offers nothing.
async fn notifies(smtp: &mut AsyncSmtpConnection, hello: &ClientId) -> Result<bool, Error> {
    let offers = match smtp.command(Ehlo::new(hello.clone())).await {
        Err(error) if error.is_permanent() => return Ok(false),
        offers => offers?,
    };
    Ok(offers.message().skip(1).any(|line| line.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("DSN"))))
}

async fn log_in(server: &SmtpServer, connection: &mut AsyncSmtpConnection) -> Result<(), ConnectError> {
    let Some(credentials) = &server.credentials else { return Ok(()) };
    // The configuration knows no log-in without TLS; this holds where the connection does not. Of TLS under our own socket the library knows nothing.
    if !matches!(server.security, Security::Tls(_)) && !connection.is_encrypted() {
        return Err(ConnectError::NoStartTls);
    }
    let offered = |mechanism: &Mechanism| connection.server_info().supports_auth_mechanism(*mechanism);
    if !DEFAULT_MECHANISMS.iter().any(offered) {
        return Err(ConnectError::NoMechanism);
    }
    connection.auth(DEFAULT_MECHANISMS, credentials).await.map(drop).map_err(ConnectError::LogIn)
}

impl From<TlsError> for ConnectError {
    fn from(error: TlsError) -> Self {
        match error {
            TlsError::Socket(error) => Self::Socket(error),
            TlsError::Tls(error) => Self::Tls(error),
        }
    }
}

fn address(text: &str) -> Option<Address> {
    text.parse().ok()
}

#[cfg(test)]
mod tests;
