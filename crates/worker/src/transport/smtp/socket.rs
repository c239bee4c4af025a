//! The socket under a connection: it hands out one line at a time.
//!
//! What comes after the server's answer to STARTTLS then stays below TLS, where it breaks the handshake; the mail library would keep it in its
//! buffer and take it for an answer from inside TLS (RFC 3207, 4.2, wants everything learned before forgotten).

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// Bytes read at once.
const CHUNK: usize = 4_096;
/// Bytes without a line's end at most; a reply line has 512 (RFC 5321, 4.5.3.1.5), and TLS has a line's end somewhere in every few kilobytes.
const LONGEST_LINE: usize = 64 * 1024;

/// A TCP connection without delay.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    held: Vec<u8>,
    given: usize,
    unended: usize,
}

impl Socket {
    /// Connects.
    ///
    /// # Errors
    /// The system's own.
    pub async fn connect(address: (&str, u16)) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, held: Vec::with_capacity(CHUNK), given: 0, unended: 0 })
    }

    /// What is held, up to the end of its first line.
    fn line(&self) -> &[u8] {
        let rest = self.held.get(self.given..).unwrap_or_default();
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        rest.get(..end).unwrap_or_default()
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut chunk = [0; CHUNK];
        let mut read = ReadBuf::new(&mut chunk);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
        self.held.clear();
        self.held.extend_from_slice(read.filled());
        self.given = 0;
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.line().is_empty() {
            ready!(this.poll_fill(cx))?;
        }
        let line = this.line();
        let part = line.get(..line.len().min(buffer.remaining())).unwrap_or_default();
        buffer.put_slice(part);
        let (length, ended) = (part.len(), part.ends_with(b"\n"));
        this.given += length;
        this.unended = if ended { 0 } else { this.unended + length };
        if this.unended > LONGEST_LINE {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "a reply line of more than 64 KiB")));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Socket {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}
