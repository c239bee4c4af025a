//! The signing key.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

use super::DkimError;

/// A private key.
pub enum Key {
    /// RSA, 2,048 to 4,096 bits.
    Rsa(Box<RsaKeyPair>),
    /// Ed25519 (RFC 8463).
    Ed25519(Box<Ed25519KeyPair>),
}

impl Key {
    /// Reads a PEM file that is not everyone's.
    ///
    /// # Errors
    /// [`DkimError::File`], [`DkimError::Open`], [`DkimError::Key`]; none holds anything of the key.
    pub fn read(path: &Path) -> Result<Self, DkimError> {
        let unread = |source| DkimError::File { path: path.to_owned(), source };
        let mode = fs::metadata(path).map_err(unread)?.permissions().mode() & 0o777;
        if mode & 0o007 != 0 {
            return Err(DkimError::Open { path: path.to_owned(), mode });
        }
        let pem = fs::read(path).map_err(unread)?;
        Self::from_pem(&pem).map_err(|problem| DkimError::Key { path: path.to_owned(), problem })
    }

    fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let rsa = |key| Self::Rsa(Box::new(key));
        match PrivateKeyDer::from_pem_slice(pem) {
            Ok(PrivateKeyDer::Pkcs1(der)) => RsaKeyPair::from_der(der.secret_pkcs1_der()).map(rsa).map_err(refused),
            Ok(PrivateKeyDer::Pkcs8(der)) => {
                let der = der.secret_pkcs8_der();
                // OpenSSL writes Ed25519 keys without their public half, which the strict reader wants.
                match Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
                    Ok(key) => Ok(Self::Ed25519(Box::new(key))),
                    Err(_) => RsaKeyPair::from_pkcs8(der).map(rsa).map_err(refused),
                }
            }
            Ok(_) => Err("a key of another kind".to_owned()),
            Err(error) => Err(format!("no unencrypted private key in PEM ({error})")),
        }
    }

    /// The name of the algorithm in `a=`.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa-sha256",
            Self::Ed25519(_) => "ed25519-sha256",
        }
    }

    /// Signs; both kinds give the same signature for the same bytes.
    ///
    /// # Errors
    /// [`DkimError::Sign`].
    pub fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, DkimError> {
        match self {
            // The random numbers blind the computation; they are not in the signature.
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature).map_err(|_| DkimError::Sign)?;
                Ok(signature)
            }
            // RFC 8463, 3: what is signed is the hash, which the algorithm hashes once more.
            Self::Ed25519(key) => {
                let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
                Ok(key.sign(hash.as_ref()).as_ref().to_vec())
            }
        }
    }

    /// The public half: PKCS#1 for RSA, the 32 bytes for Ed25519.
    pub fn public(&self) -> &[u8] {
        match self {
            Self::Rsa(key) => key.public().as_ref(),
            Self::Ed25519(key) => key.public_key().as_ref(),
        }
    }
}

fn refused(reason: ring::error::KeyRejected) -> String {
    format!("the key is refused ({reason})")
}
