//! Sealing a letter: its words become a message, a row that says what was made, and the addresses that get it.

use std::num::TryFromIntError;

use leitai_domain::period::Period;
use leitai_rpc::clock::millis;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::{
    config::Settings,
    error::IssueError,
    letter::{self, Mail, Number, Rendered, hex},
    round::Finding,
    store::{
        Letter,
        entities::{letter as letter_row, letter_finding},
    },
};

/// A letter in words, with all that its message and its row say besides.
#[derive(Debug)]
pub struct Unsealed<'a> {
    /// Its id: a repeat makes the same letter.
    pub letter_id: String,
    /// Its number, which its Message-ID holds.
    pub number: &'a Number,
    /// The plan it is about.
    pub plan_id: &'a str,
    /// The period it is about.
    pub period: Period,
    /// The agency it goes to.
    pub agency: &'a str,
    /// The division whose task force the agency is; `None` for a department.
    pub division_code: Option<&'a str>,
    /// Its tier's word, or what stands in its place.
    pub tier: &'a str,
    /// The day by which an answer is asked; empty where none is.
    pub reply_by: String,
    /// The findings whose figures it tells: what a correction is held against.
    pub findings: &'a [&'a Finding],
    /// How many items it has.
    pub case_count: usize,
    /// True where any figure in it was simulated.
    pub simulated: bool,
    /// Message-IDs of the letters it follows, oldest first.
    pub references: &'a [String],
    /// Its words and what is attached.
    pub rendered: Rendered,
    /// The day and time that stand in its message.
    pub dated: OffsetDateTime,
    /// When it was made.
    pub rendered_at: OffsetDateTime,
}

impl Unsealed<'_> {
    /// Makes the letter, ready to be stored, under these settings' sender and address book.
    ///
    /// # Errors
    /// Words that are no message.
    pub fn seal(self, settings: &Settings) -> Result<Letter, IssueError> {
        let message_id = self.number.message_id(self.plan_id, self.period, &settings.message_id_domain);
        let addresses = settings.addresses.of(self.agency, self.division_code);
        let message = letter::build(&Mail {
            from: &settings.from,
            reply_to: &settings.reply_to,
            agency: self.agency,
            addresses,
            date: self.dated,
            message_id: &message_id,
            references: self.references,
            rendered: &self.rendered,
        })?;
        if addresses.is_empty() {
            tracing::warn!(agency = self.agency, number = %self.number, "the address book has no address: the letter is kept and waits");
        }
        let findings = self.findings.iter().map(|finding| held(&self.letter_id, finding)).collect();
        let row = self.row(settings, message_id, &message)?;
        Ok(Letter { row, message, findings, recipients: addresses.iter().map(ToString::to_string).collect() })
    }

    fn row(self, settings: &Settings, message_id: String, message: &[u8]) -> Result<letter_row::Model, TryFromIntError> {
        Ok(letter_row::Model {
            letter_id: self.letter_id,
            year: self.number.year,
            ordinal: self.number.ordinal,
            number: self.number.to_string(),
            plan_id: self.plan_id.to_owned(),
            period: self.period.to_string(),
            agency: self.agency.to_owned(),
            division_code: self.division_code.map(str::to_owned),
            subject: self.rendered.told.subject,
            message_id,
            mail_from: settings.from.email.to_string(),
            sha256: hex(&Sha256::digest(message)),
            size_bytes: i64::try_from(message.len())?,
            rendered_at_ms: millis(self.rendered_at),
            case_count: i32::try_from(self.case_count)?,
            simulated: self.simulated,
            tier: self.tier.to_owned(),
            reply_by: self.reply_by,
        })
    }
}

/// That a letter holds a finding.
fn held(letter_id: &str, finding: &Finding) -> letter_finding::Model {
    letter_finding::Model {
        letter_id: letter_id.to_owned(),
        indicator_id: finding.indicator_id.clone(),
        division_code: finding.division_code.clone(),
    }
}
