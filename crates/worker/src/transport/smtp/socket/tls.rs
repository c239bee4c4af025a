//! TLS from the first byte over a socket of our own. The mail library would make its own socket, without `TCP_NODELAY`, and read lines of any length.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_io::{AsyncRead as _, AsyncWrite as _};
#[expect(deprecated, reason = "the library's parameters for TLS, which STARTTLS needs too, are good for its own stream alone")]
use lettre::transport::smtp::client::AsyncNetworkStream;
use lettre::transport::smtp::{Error, client::TlsParameters};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// Why there is no encrypted connection.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No connection at all.
    #[error(transparent)]
    Socket(#[from] io::Error),
    /// No TLS that can be trusted.
    #[error(transparent)]
    Tls(#[from] Error),
}

/// A stream under TLS: the library's, which has the traits of another runtime.
#[derive(Debug)]
#[expect(deprecated, reason = "see above")]
pub struct Encrypted(AsyncNetworkStream);

impl Encrypted {
    /// Greets as TLS does, and checks the server's certificate.
    ///
    /// # Errors
    /// The library's own.
    #[expect(deprecated, reason = "see above")]
    pub async fn over(stream: TcpStream, tls: TlsParameters) -> Result<Self, Error> {
        let mut stream = AsyncNetworkStream::use_existing_tokio1(Box::new(stream));
        stream.upgrade_tls(tls).await?;
        Ok(Self(stream))
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.get_mut().0).poll_read(cx, buffer.initialize_unfilled()))?;
        buffer.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_close(cx)
    }
}
