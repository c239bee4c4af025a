//! What an approval is given to: the SHA-256 of the values in a canonical form.
//!
//! One line a value, ascending by bytes: division, indicator, period, value in 10⁻⁶, printed rank or nothing, proxy, 1 where simulated or 0,
//! with a tab between and a line feed after each. Texts hold no control characters but those that a source had: they are escaped.

use sha2::{Digest, Sha256};

use crate::{convert::hex, store::items::Stored};

/// One value's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// GB/T 2260 code.
    pub division: &'a str,
    /// The plan's indicator.
    pub indicator: &'a str,
    /// `2025-M03`.
    pub period: &'a str,
    /// In the indicator's unit, times 10⁶.
    pub micros: i64,
    /// Printed beside the value.
    pub printed_rank: Option<i32>,
    /// What was measured in place of the indicator.
    pub proxy: &'a str,
    /// True where the value was simulated.
    pub simulated: bool,
}

impl<'a> Line<'a> {
    /// The line of a value.
    #[must_use]
    pub fn of(stored: &'a Stored, simulated: bool) -> Self {
        let Stored { item, printed_rank, proxy, .. } = stored;
        Self {
            division: &item.division_code,
            indicator: &item.indicator_id,
            period: &item.period,
            micros: item.value_micros.unwrap_or_default(),
            printed_rank: *printed_rank,
            proxy,
            simulated,
        }
    }

    /// As it is hashed, without the line feed.
    #[must_use]
    pub fn text(&self) -> String {
        let rank = self.printed_rank.map(|rank| rank.to_string()).unwrap_or_default();
        let proxy = self.proxy.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n");
        let Self { division, indicator, period, micros, simulated, .. } = self;
        format!("{division}\t{indicator}\t{period}\t{micros}\t{rank}\t{proxy}\t{}", u8::from(*simulated))
    }
}

/// Takes lines by division, ascending; within a division in any order.
#[derive(Debug, Clone, Default)]
pub struct ValuesHash {
    hash: Sha256,
    division: String,
    lines: Vec<String>,
    any: bool,
}

impl ValuesHash {
    /// Adds a value.
    pub fn push(&mut self, line: &Line<'_>) {
        if line.division != self.division {
            self.flush();
            line.division.clone_into(&mut self.division);
        }
        self.any = true;
        self.lines.push(line.text());
    }

    /// Lower-case hex; empty where there was no value.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.flush();
        if self.any { hex(self.hash) } else { String::new() }
    }

    fn flush(&mut self) {
        self.lines.sort_unstable();
        for line in self.lines.drain(..) {
            self.hash.update(line.as_bytes());
            self.hash.update(b"\n");
        }
    }
}
