//! A small SMTP server for tests: keeps what it accepts and fails as it is told.
#![expect(clippy::expect_used, reason = "a test without its server must fail loudly")]

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// What the server does with a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Takes it.
    None,
    /// Refuses the recipient with this code.
    Recipient(u16),
    /// Refuses the letter with this code at its final dot.
    Dot(u16),
    /// Takes it and cuts the connection without an answer.
    CutAfterData,
}

/// A letter that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Envelope recipient.
    pub recipient: String,
    /// The bytes between DATA and the final dot.
    pub message: Vec<u8>,
}

type Decide = dyn Fn(&str, usize) -> Fault + Send + Sync;

#[derive(Default)]
struct Seen {
    taken: Vec<Taken>,
    tries: Vec<String>,
    connections: usize,
}

struct Shared {
    seen: Mutex<Seen>,
    count: watch::Sender<usize>,
    decide: Box<Decide>,
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("no test panics while it holds the lock")
    }

    fn take(&self, recipient: String, message: Vec<u8>) {
        self.seen().taken.push(Taken { recipient, message });
        self.count.send_modify(|count| *count += 1);
    }
}

/// A server on a free loopback port, for as long as the test's runtime lasts.
#[derive(Clone)]
pub struct SmtpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl SmtpServer {
    /// Starts it. `decide` gets the recipient and how often that one was tried before.
    pub async fn start(decide: impl Fn(&str, usize) -> Fault + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared { seen: Mutex::default(), count: watch::Sender::new(0), decide: Box::new(decide) });
        let server = Self { address, shared };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                accepting.shared.seen().connections += 1;
                tokio::spawn(Session::new(socket, Arc::clone(&accepting.shared)).run());
            }
        });
        server
    }

    /// `smtp://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
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
}

struct Session {
    lines: Lines<BufReader<OwnedReadHalf>>,
    writer: OwnedWriteHalf,
    shared: Arc<Shared>,
    recipient: String,
    fault: Fault,
}

impl Session {
    fn new(socket: TcpStream, shared: Arc<Shared>) -> Self {
        let (reader, writer) = socket.into_split();
        Self { lines: BufReader::new(reader).lines(), writer, shared, recipient: String::new(), fault: Fault::None }
    }

    /// Ends with the connection, however that ends.
    async fn run(mut self) {
        let mut alive = self.say("220 test ESMTP").await;
        while alive.is_some() {
            let Ok(Some(line)) = self.lines.next_line().await else { return };
            alive = self.answer(&line).await;
        }
    }

    async fn answer(&mut self, line: &str) -> Option<()> {
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => self.say("250-test\r\n250 8BITMIME").await,
            "RCPT" => self.recipient(line).await,
            "DATA" => self.data().await,
            "QUIT" => {
                self.say("221 bye").await;
                None
            }
            _ => self.say("250 ok").await,
        }
    }

    async fn recipient(&mut self, line: &str) -> Option<()> {
        self.recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let before = self.tried();
        self.fault = (self.shared.decide)(&self.recipient, before);
        match self.fault {
            Fault::Recipient(code) => self.say(&format!("{code} refused by the test")).await,
            _ => self.say("250 ok").await,
        }
    }

    /// How often this recipient was tried before now.
    fn tried(&self) -> usize {
        let mut seen = self.shared.seen();
        let before = seen.tries.iter().filter(|tried| **tried == self.recipient).count();
        seen.tries.push(self.recipient.clone());
        before
    }

    async fn data(&mut self) -> Option<()> {
        self.say("354 go on").await?;
        let mut message = Vec::new();
        loop {
            let line = self.lines.next_line().await.ok()??;
            if line == "." {
                break;
            }
            let line = line.strip_prefix('.').unwrap_or(&line);
            message.extend_from_slice(line.as_bytes());
            message.extend_from_slice(b"\r\n");
        }
        match self.fault {
            Fault::Dot(code) => self.say(&format!("{code} refused by the test")).await,
            Fault::CutAfterData => {
                self.shared.take(self.recipient.clone(), message);
                None
            }
            _ => {
                self.shared.take(self.recipient.clone(), message);
                self.say("250 taken").await
            }
        }
    }

    async fn say(&mut self, reply: &str) -> Option<()> {
        self.writer.write_all(format!("{reply}\r\n").as_bytes()).await.ok()
    }
}
