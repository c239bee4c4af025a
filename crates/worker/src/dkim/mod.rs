//! DKIM signatures (RFC 6376, RFC 8463), made when a letter leaves.
//!
//! The signature is one header before the stored bytes, which follow unchanged. It holds no time (`t=`, `x=`): the same letter under the same key
//! gives the same bytes whenever it is sent again, and an old letter that is sent again is not yet expired.
//!
//! Own code over ring, which TLS needs anyway: the mail library signs only messages that it built itself, and the kept crates that sign raw
//! bytes bring a DNS resolver along or have a licence that does not fit.

mod canonical;
mod key;
mod record;
#[cfg(test)]
mod tests;

use std::{io, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use self::key::Key;

/// The headers that are signed where the letter has them; each also where it comes more than once.
const SIGNED: [&str; 12] = [
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "References",
    "In-Reply-To",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Auto-Submitted",
];
/// Of those, the ones named once more than they are there, so that adding another breaks the signature (RFC 6376, 8.15).
const OVERSIGNED: [&str; 4] = ["From", "Subject", "To", "Date"];
/// Columns of a folded line of the signature.
const COLUMNS: usize = 72;

/// Who signs. Letters go out unsigned where `domain` is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DkimConfig {
    /// The signing domain (`d=`), that of the From address or a parent of it. Empty: unsigned.
    pub domain: String,
    /// Where the public key is found: the record `SELECTOR._domainkey.DOMAIN`.
    pub selector: String,
    /// A PEM file with an RSA key of 2,048 to 4,096 bits (PKCS#1 or PKCS#8) or an Ed25519 key (PKCS#8).
    pub private_key_file: PathBuf,
}

/// Why letters cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum DkimError {
    /// A name that DNS does not have.
    #[error("dkim.{field} `{found}` must be labels of ASCII letters, digits and dashes, with points between")]
    Name {
        /// The key.
        field: &'static str,
        /// As configured.
        found: String,
    },
    /// The key file cannot be read.
    #[error("dkim.private_key_file `{path}` cannot be read", path = path.display())]
    File {
        /// As configured.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// Whoever has an account on the machine could sign in our name.
    #[error("dkim.private_key_file `{path}` has mode {mode:04o}: everyone may read or change it; 0600, or 0640 with the worker's group, would be right", path = path.display())]
    Open {
        /// As configured.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file holds no key that can sign.
    #[error("dkim.private_key_file `{path}`: {problem}; an RSA key of 2048 to 4096 bits or an Ed25519 key in PEM is needed", path = path.display())]
    Key {
        /// As configured.
        path: PathBuf,
        /// What was found.
        problem: String,
    },
    /// The signature could not be computed.
    #[error("the DKIM signature cannot be made")]
    Sign,
    /// A record was asked for and no domain is named.
    #[error("dkim.domain is not set: letters go out unsigned and there is no record to publish")]
    Off,
}

/// Signs letters with one key.
pub struct Signer {
    domain: String,
    selector: String,
    key: Key,
}

impl Signer {
    /// Reads the key; `None` where no domain is configured.
    ///
    /// # Errors
    /// [`DkimError`] names the key of the configuration.
    pub fn new(config: &DkimConfig) -> Result<Option<Self>, DkimError> {
        if config.domain.is_empty() {
            return Ok(None);
        }
        let (domain, selector) = (dns_name("domain", &config.domain)?, dns_name("selector", &config.selector)?);
        Ok(Some(Self { domain, selector, key: Key::read(&config.private_key_file)? }))
    }

    /// The letter with its signature before it.
    ///
    /// # Errors
    /// [`DkimError::Sign`], which no letter causes.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, DkimError> {
        let (headers, body) = canonical::split(message);
        let unsigned = self.unsigned(&headers, body);
        let mut signing = canonical::chosen(&headers, &names(&headers));
        signing.extend(canonical::header(unsigned.as_bytes()));
        let signature = BASE64.encode(self.key.sign(&signing)?);
        let mut signed = folded(unsigned, &signature).into_bytes();
        signed.extend_from_slice(b"\r\n");
        signed.extend_from_slice(message);
        Ok(signed)
    }

    /// True where the signature counts for this sender: DMARC wants its domain, or a parent of it, as the signing one (RFC 7489, 3.1.1).
    #[must_use]
    pub fn aligned(&self, sender: &str) -> bool {
        let domain = sender.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase();
        let signing = self.domain.to_ascii_lowercase();
        domain == signing || domain.strip_suffix(&signing).is_some_and(|child| child.ends_with('.'))
    }

    /// The DNS record that lets others verify, as a line of a zone file.
    #[must_use]
    pub fn record(&self) -> String {
        record::zone_line(&self.selector, &self.domain, &self.key)
    }

    /// The header with an empty `b=`, as it is signed.
    fn unsigned(&self, headers: &[canonical::Header<'_>], body: &[u8]) -> String {
        let hash = BASE64.encode(digest(&SHA256, &canonical::body(body)));
        let (algorithm, domain, selector) = (self.key.algorithm(), &self.domain, &self.selector);
        let names = names(headers).chunks(3).map(|line| line.join(":")).collect::<Vec<_>>().join(":\r\n\t ");
        format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed;\r\n\td={domain}; s={selector};\r\n\th={names};\r\n\tbh={hash};\r\n\tb="
        )
    }
}

/// The configured domain's record.
///
/// # Errors
/// [`DkimError::Off`] where none is configured; else those of the key.
pub fn record(config: &DkimConfig) -> Result<String, DkimError> {
    Ok(Signer::new(config)?.ok_or(DkimError::Off)?.record())
}

/// The names of `h=`: each as often as the letter has it, and once more where it is oversigned.
fn names(headers: &[canonical::Header<'_>]) -> Vec<&'static str> {
    let times = |name: &str| headers.iter().filter(|header| header.is(name)).count() + usize::from(OVERSIGNED.contains(&name));
    SIGNED.iter().flat_map(|name| std::iter::repeat_n(*name, times(name))).collect()
}

/// The header with its signature, which may be folded anywhere.
fn folded(mut header: String, signature: &str) -> String {
    for (at, character) in signature.chars().enumerate() {
        if at > 0 && at % COLUMNS == 0 {
            header.push_str("\r\n\t ");
        }
        header.push(character);
    }
    header
}

fn dns_name(field: &'static str, name: &str) -> Result<String, DkimError> {
    let label =
        |label: &str| !label.is_empty() && label.len() <= 63 && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if name.len() <= 200 && name.split('.').all(label) {
        return Ok(name.to_owned());
    }
    Err(DkimError::Name { field, found: name.to_owned() })
}
