//! The socket under a connection: it hands out one line at a time, and no line without end.
//!
//! What comes after the server's answer to STARTTLS then stays below TLS, where it breaks the handshake; the mail library would keep it in its
//! buffer and take it for an answer from inside TLS (RFC 3207, 4.2, wants everything learned before forgotten).

use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};

use lettre::transport::smtp::client::{AsyncTokioStream, TlsParameters};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use self::tls::Encrypted;
pub use self::tls::TlsError;

mod tls;

/// Bytes read at once.
const CHUNK: usize = 4_096;
/// Bytes without a line's end at most; a reply line has 512 (RFC 5321, 4.5.3.1.5), and TLS has a line's end somewhere in every few kilobytes.
const LONGEST_LINE: usize = 64 * 1024;

/// A TCP connection without delay, or what came of one under TLS.
#[derive(Debug)]
pub struct Socket<S = TcpStream> {
    stream: S,
    peer: SocketAddr,
    held: Vec<u8>,
    given: usize,
    unended: usize,
}

/// Connects; in a simulation over its network.
///
/// # Errors
/// The system's own.
pub async fn plain(address: (&str, u16)) -> io::Result<Box<dyn AsyncTokioStream>> {
    #[cfg(feature = "simulation")]
    if let Some(network) = leitai_rpc::simulation::network() {
        let stream = network.connect(address.0.to_owned(), address.1).await?;
        let peer = SocketAddr::from((std::net::Ipv4Addr::UNSPECIFIED, address.1));
        return Ok(Box::new(Socket::over(peer, stream)));
    }
    let stream = without_delay(address).await?;
    Ok(Box::new(Socket::over(stream.peer_addr()?, stream)))
}

impl Socket<Encrypted> {
    /// Connects under TLS from the first byte. The bound on lines is on what was encrypted.
    ///
    /// # Errors
    /// [`TlsError`] keeps the system's errors and those of TLS apart.
    pub async fn connect_tls(address: (&str, u16), tls: TlsParameters) -> Result<Self, TlsError> {
        let stream = without_delay(address).await?;
        Ok(Self::over(stream.peer_addr()?, Encrypted::over(stream, tls).await?))
    }
}

async fn without_delay(address: (&str, u16)) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl<S: AsyncRead + Unpin> Socket<S> {
    fn over(peer: SocketAddr, stream: S) -> Self {
        Self { stream, peer, held: Vec::with_capacity(CHUNK), given: 0, unended: 0 }
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

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
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

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
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

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin + fmt::Debug> AsyncTokioStream for Socket<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn every_way_to_connect_is_without_delay() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(without_delay(("127.0.0.1", port)).await.unwrap().nodelay().unwrap());
    }
}
