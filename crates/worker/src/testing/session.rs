//! One connection of the test's server.

use std::{future::pending, io, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

use super::{Act, Encryption, Shared, Stage};

/// What a session goes over.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// The session ends: the connection is closed.
struct End;

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self
    }
}

pub(super) struct Session {
    stream: BufReader<Box<dyn Stream>>,
    shared: Arc<Shared>,
    encrypted: bool,
    logged_in: bool,
    recipient: String,
}

impl Session {
    /// Ends with the connection, however that ends.
    pub(super) async fn serve(socket: impl Stream + 'static, shared: Arc<Shared>) {
        let implicit = match &shared.setup.encryption {
            Encryption::Implicit(acceptor) => Some(acceptor.clone()),
            _ => None,
        };
        let stream: Box<dyn Stream> = match implicit {
            None => Box::new(socket),
            Some(acceptor) => match acceptor.accept(socket).await {
                Ok(encrypted) => Box::new(encrypted),
                Err(_) => return,
            },
        };
        let encrypted = matches!(shared.setup.encryption, Encryption::Implicit(_));
        let mut session = Self { stream: BufReader::new(stream), shared, encrypted, logged_in: false, recipient: String::new() };
        let _ = session.run().await;
    }

    async fn run(&mut self) -> Result<(), End> {
        self.at(Stage::Greeting, "220 test ESMTP").await?;
        loop {
            let line = self.line().await?;
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    let offered = self.offered();
                    self.at(Stage::Hello, &offered).await?;
                }
                "STARTTLS" => self.starttls().await?,
                "AUTH" => self.auth(&line).await?,
                "MAIL" if self.shared.setup.log_in.is_some() && !self.logged_in => self.say("530 5.7.0 log in first").await?,
                "MAIL" => {
                    self.recipient.clear();
                    self.at(Stage::Mail, "250 ok").await?;
                }
                "RCPT" => {
                    self.recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    self.at(Stage::Recipient, "250 ok").await?;
                }
                "DATA" => self.data().await?,
                "QUIT" => return self.say("221 bye").await,
                _ => self.say("250 ok").await?,
            }
        }
    }

    fn offered(&self) -> String {
        let mut lines = vec!["250-test".to_owned()];
        if matches!(self.shared.setup.encryption, Encryption::StartTls(_)) && !self.encrypted {
            lines.push("250-STARTTLS".to_owned());
        }
        if self.shared.setup.log_in.is_some() {
            lines.push(format!("250-AUTH {}", self.shared.setup.mechanisms));
        }
        if self.shared.setup.notifies {
            lines.push("250-DSN".to_owned());
        }
        lines.push("250 8BITMIME".to_owned());
        lines.join("\r\n")
    }

    async fn starttls(&mut self) -> Result<(), End> {
        let Encryption::StartTls(acceptor) = self.shared.setup.encryption.clone() else { return self.say("502 not offered").await };
        let act = self.shared.act(Stage::StartTls, &self.recipient);
        let begins = matches!(&act, Act::Go) || matches!(&act, Act::Say(reply) if reply.starts_with("220"));
        self.perform(act, "220 go ahead").await?;
        if !begins {
            return Ok(());
        }
        let plain = std::mem::replace(&mut self.stream, BufReader::new(Box::new(tokio::io::empty()))).into_inner();
        self.stream = BufReader::new(Box::new(acceptor.accept(plain).await?));
        self.encrypted = true;
        Ok(())
    }

    async fn auth(&mut self, line: &str) -> Result<(), End> {
        let words: Vec<&str> = line.split(' ').collect();
        let given = match words.as_slice() {
            [_, "PLAIN", initial] => decoded(initial),
            [_, "LOGIN"] => {
                let user = self.asked("Username:").await?;
                format!("\0{user}\0{}", self.asked("Password:").await?)
            }
            _ => return self.say("504 no such mechanism").await,
        };
        let expected = self.shared.setup.log_in.as_ref().map(|(user, password)| format!("\0{user}\0{password}"));
        self.logged_in = expected == Some(given);
        self.say(if self.logged_in { "235 welcome" } else { "535 5.7.8 wrong name or password" }).await
    }

    async fn asked(&mut self, question: &str) -> Result<String, End> {
        self.say(&format!("334 {}", BASE64.encode(question))).await?;
        Ok(decoded(&self.line().await?))
    }

    async fn data(&mut self) -> Result<(), End> {
        if !self.at(Stage::Data, "354 go on").await? {
            return Ok(());
        }
        let mut message = Vec::new();
        loop {
            let line = self.line().await?;
            if line == "." {
                break;
            }
            message.extend_from_slice(line.strip_prefix('.').unwrap_or(&line).as_bytes());
            message.extend_from_slice(b"\r\n");
        }
        let act = self.shared.act(Stage::Dot, &self.recipient);
        if matches!(act, Act::Go | Act::TakeAndCut) {
            self.shared.take(self.recipient.clone(), message);
        }
        self.perform(act, "250 taken").await.map(drop)
    }

    /// Does what the script says to a stage; true where it is what a good server says.
    async fn at(&mut self, stage: Stage, good: &str) -> Result<bool, End> {
        let act = self.shared.act(stage, &self.recipient);
        self.perform(act, good).await
    }

    async fn perform(&mut self, act: Act, good: &str) -> Result<bool, End> {
        match act {
            Act::Go => self.say(good).await.map(|()| true),
            Act::Say(reply) => self.say(&reply).await.map(|()| false),
            Act::SayAndCut(reply) => {
                self.say(&reply).await?;
                Err(End)
            }
            Act::Silence => pending().await,
            Act::Cut | Act::TakeAndCut => Err(End),
        }
    }

    async fn line(&mut self) -> Result<String, End> {
        let mut line = Vec::new();
        if self.stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(End);
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        if !self.encrypted {
            self.shared.seen().in_clear.push_str(&line);
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    async fn say(&mut self, reply: &str) -> Result<(), End> {
        self.stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
        Ok(self.stream.flush().await?)
    }
}

fn decoded(text: &str) -> String {
    String::from_utf8(BASE64.decode(text).unwrap_or_default()).unwrap_or_default()
}
