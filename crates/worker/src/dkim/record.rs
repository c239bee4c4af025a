//! The DNS record of a public key.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::key::Key;

/// Characters of one string of a TXT record at most.
const STRING: usize = 255;
/// The object identifier rsaEncryption (RFC 8017, A.1) and its NULL parameter, DER.
const RSA_ENCRYPTION: [u8; 15] = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;

/// `SELECTOR._domainkey.DOMAIN. IN TXT ( "v=DKIM1; …" … )`, one logical line of a zone file.
pub fn zone_line(selector: &str, domain: &str, key: &Key) -> String {
    let text = text(key);
    let mut strings = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (string, after) = rest.split_at(rest.len().min(STRING));
        strings.push(format!("\"{string}\""));
        rest = after;
    }
    format!("{selector}._domainkey.{domain}. IN TXT ( {} )", strings.join(" "))
}

/// What the record says.
fn text(key: &Key) -> String {
    let (kind, public) = match key {
        // Verifiers read the wrapped form, whatever RFC 6376's text says (its erratum 3017).
        Key::Rsa(_) => ("rsa", subject_public_key_info(key.public())),
        Key::Ed25519(_) => ("ed25519", key.public().to_vec()),
    };
    format!("v=DKIM1; k={kind}; p={}", BASE64.encode(public))
}

/// A PKCS#1 public key wrapped as X.509 has it (RFC 5280, 4.1.2.7).
fn subject_public_key_info(pkcs1: &[u8]) -> Vec<u8> {
    let bits = [&[0], pkcs1].concat();
    der(SEQUENCE, &[RSA_ENCRYPTION.to_vec(), der(BIT_STRING, &bits)].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut element = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short @ 0..=127) => element.push(short),
        _ => {
            element.push(0x80 | u8::try_from(significant.len()).unwrap_or(u8::MAX));
            element.extend(significant);
        }
    }
    element.extend_from_slice(content);
    element
}
