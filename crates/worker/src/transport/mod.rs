//! How one delivery leaves: as a file or by SMTP.

mod file;
mod smtp;

use std::{borrow::Cow, sync::Arc};

use leitai_proto::notification::v1::{AttemptOutcome, LeasedDelivery};

pub use self::smtp::ConnectError;
use self::{file::Files, smtp::Mailer};
use crate::{
    config::{ConfigError, TransportKind, WorkerConfig},
    dkim::{DkimError, Signer},
};

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Sent, to be tried again, or not.
    pub outcome: AttemptOutcome,
    /// The server's answer, or the error.
    pub answer: String,
    /// False where no server was there to take it.
    pub reached: bool,
}

impl Attempt {
    fn sent(answer: impl Into<String>) -> Self {
        Self { outcome: AttemptOutcome::Sent, answer: answer.into(), reached: true }
    }

    fn temporary(answer: impl Into<String>) -> Self {
        Self { outcome: AttemptOutcome::Temporary, answer: answer.into(), reached: true }
    }

    fn permanent(answer: impl Into<String>) -> Self {
        Self { outcome: AttemptOutcome::Permanent, answer: answer.into(), reached: true }
    }
}

/// One lane's way out; an SMTP connection is kept between letters.
pub struct Transport {
    way: Way,
    signer: Option<Arc<Signer>>,
}

enum Way {
    /// Into a directory.
    Files(Files),
    /// To a mail server.
    Smtp(Box<Mailer>),
}

impl Transport {
    /// A way out that is not connected yet, with deadlines that together take less than half of a lease.
    ///
    /// # Errors
    /// [`ConfigError`] names the key.
    pub fn new(config: &WorkerConfig, signer: Option<Arc<Signer>>) -> Result<Self, ConfigError> {
        let way = match config.transport.kind {
            TransportKind::File => Way::Files(Files::new(config.transport.directory.clone())),
            TransportKind::Smtp => {
                let server = config.transport.server()?;
                Way::Smtp(Box::new(Mailer::new(server, config.lease(), config.limits.letters_per_connection)))
            }
        };
        Ok(Self { way, signer })
    }

    /// Sends the stored bytes, signed where a key is configured; by SMTP within the deadlines, into a file for as long as the disk takes. Files
    /// are signed too: they are what a server would have been given.
    pub async fn send(&mut self, delivery: &LeasedDelivery) -> Attempt {
        let message = match self.signed(delivery) {
            Ok(message) => message,
            // Our own fault, never the letter's.
            Err(error) => return Attempt::temporary(error.to_string()),
        };
        match &mut self.way {
            Way::Files(files) => files.write(delivery, &message).await,
            Way::Smtp(mailer) => mailer.send(delivery, &message).await,
        }
    }

    /// Connects where there is no connection.
    ///
    /// # Errors
    /// [`ConnectError`] says whether the server is away.
    pub async fn reach(&mut self) -> Result<(), ConnectError> {
        match &mut self.way {
            Way::Files(_) => Ok(()),
            Way::Smtp(mailer) => mailer.reach().await,
        }
    }

    /// The server was away meanwhile.
    pub fn doubt(&mut self) {
        if let Way::Smtp(mailer) = &mut self.way {
            mailer.doubt();
        }
    }

    /// Nothing to send for now: lets go of a connection that the server would soon cut.
    pub async fn rest(&mut self) {
        if let Way::Smtp(mailer) = &mut self.way {
            mailer.close().await;
        }
    }

    fn signed<'a>(&self, delivery: &'a LeasedDelivery) -> Result<Cow<'a, [u8]>, DkimError> {
        let Some(signer) = &self.signer else { return Ok(Cow::Borrowed(&delivery.message)) };
        if !signer.aligned(&delivery.mail_from) {
            tracing::warn!(
                message_id = delivery.message_id,
                "dkim.domain is neither the sender's domain nor a parent of it: DMARC will not count it"
            );
        }
        signer.sign(&delivery.message).map(Cow::Owned)
    }
}
