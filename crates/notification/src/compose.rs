//! A letter of a round: what was written before of what it holds, and its words.

use std::collections::HashMap;

use leitai_domain::ladder::Tier;
use leitai_rpc::clock::from_millis;
use time::{Date, OffsetDateTime};

use crate::{
    cases::record,
    config::Settings,
    error::IssueError,
    letter::{BEIJING, Draft, Earlier, Histories, History, Number, Pictures, Reply, stable_id},
    round::{Finding, Round},
    routing::{Addressee, Parcel},
    seal::Unsealed,
    store::{
        Letter,
        earlier::{EarlierLetter, EarlierLetters},
    },
};

/// Message-IDs that a letter refers to, at most: the newest.
const REFERENCES: usize = 20;

/// What is known of a case that a letter tells of.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// Due periods behind without a break.
    pub run: u32,
    /// The days on which measures were filed.
    pub filed: Vec<Date>,
}

/// What is known of cases, by division and indicator.
pub type Progresses<'a> = HashMap<(&'a str, &'a str), Progress>;

/// Makes the letters of one round.
#[derive(Debug, Clone, Copy)]
pub struct Composer<'a> {
    /// Policy, address book, templates.
    pub settings: &'a Settings,
    /// The round.
    pub round: &'a Round,
    /// What is known of the cases.
    pub progresses: &'a Progresses<'a>,
    /// Drawn ahead; `None` where charts are off.
    pub pictures: Option<&'a Pictures>,
    /// When the letters are issued.
    pub now: OffsetDateTime,
}

impl Composer<'_> {
    /// Letters of these parcels, numbered in their order. It yields after each: another task stores others meanwhile.
    ///
    /// # Errors
    /// A letter that cannot be put into words or built.
    pub async fn letters(
        &self,
        parcels: &[Parcel<'_>],
        numbers: &mut (impl Iterator<Item = Number> + Send),
        earlier: &EarlierLetters,
    ) -> Result<Vec<Letter>, IssueError> {
        let mut letters = Vec::with_capacity(parcels.len());
        for (parcel, number) in parcels.iter().zip(numbers) {
            let addressee = (parcel.addressee.name.clone(), parcel.addressee.division_code.clone());
            let about = |letter: &&EarlierLetter| parcel.findings.iter().any(|finding| letter.is_about(finding));
            let before: Vec<&EarlierLetter> = earlier.get(&addressee).into_iter().flatten().filter(about).collect();
            letters.push(self.letter(&number, parcel, &before)?);
            tokio::task::yield_now().await;
        }
        Ok(letters)
    }

    /// One letter. `before` are the letters that its agency got about any of its findings, oldest first.
    ///
    /// # Errors
    /// A letter that cannot be put into words or built.
    fn letter(&self, number: &Number, parcel: &Parcel<'_>, before: &[&EarlierLetter]) -> Result<Letter, IssueError> {
        let (settings, today) = (self.settings, self.now.to_offset(BEIJING).date());
        let draft = Draft {
            number,
            tier: parcel.tier,
            round: self.round,
            parcel,
            histories: &self.histories(parcel, before, today),
            policy: &settings.policy,
            calendar: &settings.calendar,
            issuer: &settings.issuer,
            issued: self.now,
            charts: self.pictures,
        };
        let Addressee { name, division_code, .. } = &parcel.addressee;
        let unsealed = Unsealed {
            letter_id: letter_id(self.round, parcel),
            number,
            plan_id: &self.round.plan_id,
            period: self.round.period,
            agency: name,
            division_code: division_code.as_deref(),
            tier: parcel.tier.word(),
            reply_by: settings.policy.reply_by(parcel.tier, today, &settings.calendar).date.to_string(),
            findings: &parcel.findings,
            case_count: parcel.findings.len(),
            simulated: draft.simulated(),
            references: &references(before),
            rendered: draft.render(&settings.templates)?,
            dated: self.now,
            rendered_at: self.now,
        };
        unsealed.seal(settings)
    }

    fn histories(&self, parcel: &Parcel<'_>, before: &[&EarlierLetter], today: Date) -> Histories {
        let of = |finding: &&Finding| {
            let known = self.progresses.get(&(finding.division_code.as_str(), finding.indicator_id.as_str()));
            let about = |letter: &&&EarlierLetter| letter.is_about(finding);
            let filed = known.map_or(&[][..], |known| known.filed.as_slice());
            let told = |letter: &&EarlierLetter| {
                let corrects = |other: &&&EarlierLetter| other.corrects.as_deref() == Some(&letter.letter_id) && other.is_about(finding);
                let corrected_by = before.iter().rev().find(corrects).map(|correction| correction.number.clone());
                Some(Earlier { corrected_by, ..earlier(letter, filed, today)? })
            };
            let earlier = before.iter().filter(about).filter_map(told);
            let history = History { periods: known.map_or(0, |known| known.run), earlier: earlier.collect() };
            ((finding.division_code.clone(), finding.indicator_id.clone()), history)
        };
        Histories(parcel.findings.iter().map(of).collect())
    }
}

fn letter_id(round: &Round, parcel: &Parcel<'_>) -> String {
    let (addressee, period) = (&parcel.addressee, round.period.to_string());
    let division = addressee.division_code.as_deref().unwrap_or_default();
    stable_id(&["letter", &round.plan_id, &period, &addressee.name, division, parcel.tier.word()])
}

/// A letter whose day for an answer cannot be read, and one without a tier, is not spoken of.
fn earlier(letter: &EarlierLetter, filed: &[Date], today: Date) -> Option<Earlier> {
    let issued = from_millis(letter.rendered_at_ms)?.to_offset(BEIJING).date();
    let reply_by = record::day(&letter.reply_by)?;
    let reply = if filed.iter().any(|day| (issued..=reply_by).contains(day)) {
        Reply::InTime
    } else if today > reply_by {
        Reply::Missed
    } else {
        Reply::Unknown
    };
    Some(Earlier { number: letter.number.clone(), tier: Tier::named(&letter.tier)?, issued, reply_by, reply, corrected_by: None })
}

/// Oldest first, the newest of them.
fn references(before: &[&EarlierLetter]) -> Vec<String> {
    let newest = before.len().saturating_sub(REFERENCES);
    before.iter().skip(newest).map(|letter| letter.message_id.clone()).collect()
}
