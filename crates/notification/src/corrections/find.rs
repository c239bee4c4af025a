//! Which letters print what is another now, and what was told of it last.

use std::collections::HashMap;

use leitai_domain::period::Period;
use leitai_rpc::{failure::Failure, paging::Page};

use super::{Corrections, Differences, Item, Key, Known, LETTER_WORD, differences, internal, key};
use crate::{
    reminders,
    round::{Finding, Round},
    store::{
        cases,
        corrections::{Corrected, Told},
        entities::{delivery, letter as letter_row},
    },
};

/// Which findings of letters.
#[derive(Debug, Clone, Default)]
pub struct TouchedFilter {
    /// One division's only.
    pub division_code: Option<String>,
    /// One indicator's only.
    pub indicator_id: Option<String>,
    /// Those of which only the place is another as well.
    pub ranks: bool,
}

/// A letter that prints what is another now.
#[derive(Debug, Clone)]
pub struct Touched {
    /// The letter.
    pub letter: letter_row::Model,
    /// What is another.
    pub differences: Differences,
    /// The number of its last correction.
    pub last_correction: Option<String>,
}

/// Letters of a round that are touched.
#[derive(Debug, Clone)]
pub struct Issued {
    /// A page of them.
    pub letters: Vec<Touched>,
    /// The next page's token.
    pub next_page_token: String,
    /// Letters that hold cases and tell no findings.
    pub untold: usize,
    /// The plan's cases.
    pub cases: cases::Cases,
}

/// A letter with all that its correction is made from.
pub struct Prepared {
    /// The letter.
    pub letter: letter_row::Model,
    /// What was told since.
    pub told: Told,
    /// The number of the correction before.
    pub before: Option<String>,
    /// The round as known now.
    pub known: Known,
    /// What is another.
    pub items: Vec<Item>,
}

/// A correction with its deliveries.
pub type Sent = (Corrected, Vec<delivery::Model>);

impl Corrections {
    /// A page of the letters of a round that print what is another now.
    ///
    /// # Errors
    /// `ROUND_NOT_ISSUED`, `EVALUATION`, `INTERNAL`.
    pub async fn touched(&self, plan_id: &str, period: Period, filter: &TouchedFilter, page: &Page) -> Result<Issued, Failure> {
        let (printed, known) = self.rounds(plan_id, period).await?;
        let printed = by_key(&printed);
        let letters = self.store.letters_of_findings(plan_id, &period.to_string()).await.map_err(internal)?;
        let ids: Vec<String> = letters.iter().map(|letter| letter.letter_id.clone()).collect();
        let held = self.store.held_by(&ids).await.map_err(internal)?;
        let told = self.store.told_since(&ids).await.map_err(internal)?;
        let untold = letters.iter().filter(|letter| !held.contains_key(&letter.letter_id)).count();
        let nothing = Told::default();
        let touched = letters.into_iter().filter_map(|letter| {
            let told = told.get(&letter.letter_id).unwrap_or(&nothing);
            let mut differences = differences(held.get(&letter.letter_id)?, &printed, &told.figures, &known);
            differences.items.retain(|item| filter.keeps(item));
            let last_correction = told.corrections.last().map(|last| last.letter_id.clone());
            (!differences.items.is_empty()).then_some(Touched { letter, differences, last_correction })
        });
        let key = |touched: &Touched| vec![ordinal(touched.letter.year), ordinal(touched.letter.ordinal)];
        let (mut letters, next_page_token) = page.slice(touched, key);
        self.name_last(&mut letters).await?;
        let cases = self.store.cases_of_plan(plan_id).await.map_err(internal)?;
        Ok(Issued { letters, next_page_token, untold, cases })
    }

    /// Numbers in place of the ids of last corrections.
    async fn name_last(&self, touched: &mut [Touched]) -> Result<(), Failure> {
        let ids: Vec<String> = touched.iter().filter_map(|touched| touched.last_correction.clone()).collect();
        let letters = self.store.letters_by_id(&ids).await.map_err(internal)?;
        for touched in touched {
            touched.last_correction = touched.last_correction.take().and_then(|id| letters.get(&id)).map(|letter| letter.number.clone());
        }
        Ok(())
    }

    /// A page of corrections, and the next page's token.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn list(&self, plan_id: Option<String>, period: Option<String>, page: &Page) -> Result<(Vec<Sent>, String), Failure> {
        let (corrections, next) = self.store.corrections(plan_id, period, page).await.map_err(internal)?;
        let letters: Vec<letter_row::Model> = corrections.iter().map(|(_, letter, _)| letter.clone()).collect();
        let mut deliveries = self.store.deliveries(&letters).await.map_err(internal)?;
        let with = |corrected: Corrected| {
            let own = deliveries.remove(&corrected.1.letter_id).unwrap_or_default();
            (corrected, own)
        };
        Ok((corrections.into_iter().map(with).collect(), next))
    }

    /// The round as its letters were made from it, and as known now. No transaction is open meanwhile.
    pub(super) async fn rounds(&self, plan_id: &str, period: Period) -> Result<(Round, Known), Failure> {
        let not_issued = || Failure::not_found("ROUND_NOT_ISSUED", format!("no letters were made of {period} for plan `{plan_id}`"));
        let sequence = self.store.sequence_of(plan_id, &period.to_string()).await.map_err(internal)?.ok_or_else(not_issued)?;
        let now = self.clock.now();
        tokio::try_join!(self.evaluation.printed(sequence), self.evaluation.known(plan_id, period, now))
    }

    pub(super) async fn prepare(&self, name: &str) -> Result<Prepared, Failure> {
        let missing = || Failure::not_found("LETTER_NOT_FOUND", format!("no letter has the id or number `{name}`"));
        let letter = self.store.letter_named(name).await.map_err(internal)?.ok_or_else(missing)?;
        if [LETTER_WORD, reminders::LETTER_WORD].contains(&letter.tier.as_str()) {
            let found = format!("{} is a reminder or a correction: name the letter that told the findings", letter.number);
            return Err(Failure::precondition("NO_FIGURES", found));
        }
        let ids = std::slice::from_ref(&letter.letter_id);
        let held = self.store.held_by(ids).await.map_err(internal)?.remove(&letter.letter_id).unwrap_or_default();
        if held.is_empty() {
            let found = format!("{} was made before its findings were recorded", letter.number);
            return Err(Failure::precondition("FINDINGS_NOT_RECORDED", found));
        }
        let told = self.store.told_since(ids).await.map_err(internal)?.remove(&letter.letter_id).unwrap_or_default();
        let period: Period = letter.period.parse().map_err(|error| Failure::internal(&error))?;
        let (printed, known) = self.rounds(&letter.plan_id, period).await?;
        let items = differences(&held, &by_key(&printed), &told.figures, &known).items;
        let before = self.last_number(&told).await?;
        if items.is_empty() {
            return Err(nothing(&letter, before.as_deref()));
        }
        Ok(Prepared { letter, told, before, known, items })
    }

    async fn last_number(&self, told: &Told) -> Result<Option<String>, Failure> {
        let ids: Vec<String> = told.corrections.last().iter().map(|last| last.letter_id.clone()).collect();
        Ok(self.store.letters_by_id(&ids).await.map_err(internal)?.into_values().next().map(|letter| letter.number))
    }
}

impl TouchedFilter {
    fn keeps(&self, item: &Item) -> bool {
        self.division_code.as_ref().is_none_or(|division| *division == item.now.division_code)
            && self.indicator_id.as_ref().is_none_or(|indicator| *indicator == item.now.indicator_id)
            && (self.ranks || !item.is_of_rank_only())
    }
}

fn nothing(letter: &letter_row::Model, before: Option<&str>) -> Failure {
    let found = match before {
        Some(before) => format!("{} reads otherwise nowhere since {before} corrected it", letter.number),
        None => format!("{} reads as it should", letter.number),
    };
    Failure::precondition("NOTHING_TO_CORRECT", found)
}

fn by_key(round: &Round) -> HashMap<Key, &Finding> {
    round.findings.iter().map(|finding| (key(finding), finding)).collect()
}

/// A number that sorts as text, from 0 on.
fn ordinal(number: i32) -> String {
    format!("{number:010}")
}
