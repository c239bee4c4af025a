//! A letter's number and what is derived from it.

use std::fmt;

use leitai_domain::period::Period;
use sha2::{Digest, Sha256};

/// `县调督〔2025〕12号`: the issuing agency's mark, the year of issue, and a number that counts from 1 in it without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The issuing agency's mark.
    pub series: String,
    /// Year of issue.
    pub year: i32,
    /// Counts from 1.
    pub ordinal: i32,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}〔{}〕{}号", self.series, self.year, self.ordinal)
    }
}

impl Number {
    /// The Message-ID with angle brackets. A repeat of the letter carries the same.
    #[must_use]
    pub fn message_id(&self, plan_id: &str, period: Period, domain: &str) -> String {
        format!("<{plan_id}.{period}.{}-{}@{domain}>", self.year, self.ordinal)
    }
}

/// The first 40 hexadecimal digits of the SHA-256 of the parts, told apart by a zero byte: a stable name.
#[must_use]
pub fn stable_id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex(&hash.finalize()).chars().take(40).collect()
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_documents_are_numbered() {
        let number = Number { series: "县调督".to_owned(), year: 2025, ordinal: 12 };
        assert_eq!(number.to_string(), "县调督〔2025〕12号");
        let id = number.message_id("county-economy-2025", Period::new(2025, 3).unwrap(), "leitai.example");
        assert_eq!(id, "<county-economy-2025.2025-M03.2025-12@leitai.example>");
    }

    #[test]
    fn ids_tell_their_parts_apart() {
        assert_ne!(stable_id(&["ab", "c"]), stable_id(&["a", "bc"]));
        // printf 'ab\0c\0' | sha256sum
        assert_eq!(stable_id(&["ab", "c"]).len(), 40);
    }
}
