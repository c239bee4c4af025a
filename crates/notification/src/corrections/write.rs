//! Writing corrections: the letter, its deliveries, what it tells, an entry in each case's history and the remembered answer in one transaction.

use leitai_domain::ladder::Tier;
use leitai_proto::notification::v1::CorrectLetterResponse;
use leitai_rpc::{
    clock::{from_millis, millis},
    failure::Failure,
};
use leitai_storage::{or_roll_back, requests};
use prost::Message;
use sea_orm::{DatabaseTransaction, DbErr, SqlErr};
use time::OffsetDateTime;

use super::{Corrections, Figures, Item, LETTER_WORD, find::Prepared, internal, key};
use crate::{
    answer,
    cases::{Change, State, record},
    error::IssueError,
    letter::{BEIJING, Correction, Entry, Number, Original, Rendered, form, stable_id},
    moves,
    round::Finding,
    seal::Unsealed,
    store::{
        Letter, cases, corrections as stored,
        entities::{case, case_history, correction, delivery, letter as letter_row},
        issuing,
    },
};

/// The method's name with its remembered answers.
const METHOD: &str = "CorrectLetter";
/// Tries of a letter that another corrects at the same time.
const ATTEMPTS: u32 = 3;
/// Characters of the figures that a case's history keeps.
const SAID: usize = 500;

/// What is to be corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// A repeat is answered with the first answer.
    pub request_id: String,
    /// The letter's id or number.
    pub letter: String,
    /// Why the data were corrected.
    pub reason: String,
    /// Who has it written.
    pub who: String,
}

/// What a correction would be.
pub struct Preview {
    /// Its words.
    pub rendered: Rendered,
    /// Who gets it.
    pub agency: String,
    /// What it corrects.
    pub items: Vec<Item>,
    /// The plan's cases.
    pub cases: cases::Cases,
}

/// Why nothing was written.
enum Undone {
    /// Another corrected the letter meanwhile, or the same request was answered.
    Lost,
    Refused(Failure),
}

impl From<DbErr> for Undone {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Lost,
            _ => Self::Refused(Failure::internal(&error)),
        }
    }
}

impl From<IssueError> for Undone {
    fn from(error: IssueError) -> Self {
        Self::Refused(Failure::internal(&error))
    }
}

impl Corrections {
    /// What a correction of a letter would be now.
    ///
    /// # Errors
    /// `LETTER_NOT_FOUND`, `NO_FIGURES`, `FINDINGS_NOT_RECORDED`, `NOTHING_TO_CORRECT`, `EVALUATION`, `INTERNAL`.
    pub async fn preview(&self, letter: &str, reason: &str) -> Result<Preview, Failure> {
        let prepared = self.prepare(letter).await?;
        let issued = self.issuer.sent_from(self.clock.now());
        let year = issued.to_offset(BEIJING).year();
        let ordinal = self.store.next_number(year).await.map_err(internal)?;
        let cases = self.store.cases_of_plan(&prepared.letter.plan_id).await.map_err(internal)?;
        let rendered =
            self.render(&prepared, &cases, &self.number(year, ordinal), reason, issued).map_err(|error| Failure::internal(&error))?;
        Ok(Preview { rendered, agency: prepared.letter.agency, items: prepared.items, cases })
    }

    /// Writes a correction; a repeat of the request is answered with the first answer.
    ///
    /// # Errors
    /// As [`Self::preview`].
    pub async fn correct(&self, order: &Order) -> Result<CorrectLetterResponse, Failure> {
        let mut attempts = ATTEMPTS;
        loop {
            attempts -= 1;
            let prepared = self.prepare(&order.letter).await;
            // Asked last: the same request at the same time may have left nothing to correct.
            if let Some(answer) = self.answered(&order.request_id).await? {
                return Ok(answer);
            }
            match self.write(order, &prepared?).await {
                Ok(answer) => return Ok(answer),
                Err(Undone::Lost) if attempts > 0 => {}
                Err(Undone::Lost) => return Err(Failure::unavailable("BUSY", "the letter is being corrected by others at this moment")),
                Err(Undone::Refused(failure)) => return Err(failure),
            }
        }
    }

    async fn answered(&self, request_id: &str) -> Result<Option<CorrectLetterResponse>, Failure> {
        let answer = requests::find(self.store.database().connection(), METHOD, request_id).await.map_err(internal)?;
        answer.map(|answer| CorrectLetterResponse::decode(answer.as_slice())).transpose().map_err(|error| Failure::internal(&error))
    }

    async fn write(&self, order: &Order, prepared: &Prepared) -> Result<CorrectLetterResponse, Undone> {
        let now = self.clock.now();
        let tx = self.store.database().begin().await?;
        let written = self.write_in(&tx, order, prepared, now).await;
        let (tx, answer) = or_roll_back(tx, written).await?;
        tx.commit().await?;
        Ok(answer)
    }

    async fn write_in(
        &self,
        tx: &DatabaseTransaction,
        order: &Order,
        prepared: &Prepared,
        now: OffsetDateTime,
    ) -> Result<CorrectLetterResponse, Undone> {
        let before = prepared.told.corrections.len();
        if stored::count(tx, &prepared.letter.letter_id).await? != u64::try_from(before).unwrap_or(u64::MAX) {
            return Err(Undone::Lost);
        }
        let issued = self.issuer.sent_from(now);
        let year = issued.to_offset(BEIJING).year();
        let mut cases = cases::of_plan(tx, &prepared.letter.plan_id).await?;
        let number = self.number(year, issuing::take_numbers(tx, year, 1).await?);
        let rendered = self.render(prepared, &cases, &number, &order.reason, issued)?;
        let letter = self.letter(prepared, &number, rendered, now, issued)?;
        let (row, deliveries) = (letter.row.clone(), deliveries(&letter, millis(issued)));
        issuing::store_letters(tx, vec![letter], millis(issued)).await?;
        let correction = correction::Model {
            letter_id: row.letter_id.clone(),
            corrects_letter_id: prepared.letter.letter_id.clone(),
            ordinal: i32::try_from(before + 1).map_err(IssueError::from)?,
            at_ms: millis(now),
            who: order.who.clone(),
            reason: order.reason.clone(),
        };
        stored::store(tx, correction.clone(), prepared.items.iter().map(|item| (key(&item.now), Figures::of(&item.now))).collect()).await?;
        let (moved, history) = entries(&mut cases, prepared, &number, &order.who, now);
        cases::put(tx, &moved, &history).await?;
        let corrected = answer::corrections::correction((correction, row, prepared.letter.number.clone()), deliveries);
        let answer = CorrectLetterResponse { correction: Some(corrected) };
        requests::record(tx, METHOD, &order.request_id, answer.encode_to_vec(), now).await?;
        Ok(answer)
    }

    fn number(&self, year: i32, ordinal: i32) -> Number {
        Number { series: self.settings.policy.series.clone(), year, ordinal }
    }

    fn render(
        &self,
        prepared: &Prepared,
        cases: &cases::Cases,
        number: &Number,
        reason: &str,
        issued: OffsetDateTime,
    ) -> Result<Rendered, IssueError> {
        let entry = |item| Entry { item, case: state(cases, item), behind: self.settings.policy.opens.by(item.now.light) };
        let entries: Vec<Entry<'_>> = prepared.items.iter().map(entry).collect();
        let correction = Correction {
            number,
            original: &original(&prepared.letter),
            before: prepared.before.as_deref(),
            plan: &prepared.known.round.plan_title,
            period: &prepared.known.round.period.chinese(),
            agency: &prepared.letter.agency,
            entries: &entries,
            reason,
            issuer: &self.settings.issuer,
            issued,
        };
        Ok(correction.render(&self.settings.templates)?)
    }

    fn letter(
        &self,
        prepared: &Prepared,
        number: &Number,
        rendered: Rendered,
        now: OffsetDateTime,
        issued: OffsetDateTime,
    ) -> Result<Letter, IssueError> {
        let original = &prepared.letter;
        let findings: Vec<&Finding> = prepared.items.iter().map(|item| &item.now).collect();
        let unsealed = Unsealed {
            letter_id: stable_id(&[LETTER_WORD, &original.letter_id, &(prepared.told.corrections.len() + 1).to_string()]),
            number,
            plan_id: &original.plan_id,
            period: prepared.known.round.period,
            agency: &original.agency,
            division_code: original.division_code.as_deref(),
            tier: LETTER_WORD,
            reply_by: String::new(),
            findings: &findings,
            case_count: findings.len(),
            simulated: prepared.items.iter().any(|item| item.now.simulated || item.told.simulated),
            references: std::slice::from_ref(&original.message_id),
            rendered,
            dated: issued,
            rendered_at: now,
        };
        unsealed.seal(&self.settings)
    }
}

/// An entry in the history of each case whose figures are corrected; states stay as they are.
fn entries(
    cases: &mut cases::Cases,
    prepared: &Prepared,
    number: &Number,
    who: &str,
    now: OffsetDateTime,
) -> (Vec<case::Model>, Vec<case_history::Model>) {
    let entry = |item: &Item| {
        let (indicator, division) = key(&item.now);
        let mut row = cases.remove(&(division, indicator))?;
        let entry = moves::entry(&mut row, Change::Corrected, now, said(item, prepared, number));
        Some((row, case_history::Model { who: who.to_owned(), period: Some(prepared.letter.period.clone()), ..entry }))
    };
    prepared.items.iter().filter_map(entry).unzip()
}

/// `县调督〔2025〕24号更正县调督〔2025〕12号：实际4.1→5.8，…`
fn said(item: &Item, prepared: &Prepared, number: &Number) -> String {
    let lines: Vec<String> = item.lines.iter().map(|line| format!("{}{}→{}", line.field.chinese(), line.told, line.right)).collect();
    format!("{number}更正{}：{}", prepared.letter.number, lines.join("，")).chars().take(SAID).collect()
}

/// The deliveries that [`issuing::store_letters`] makes.
fn deliveries(letter: &Letter, due_ms: i64) -> Vec<delivery::Model> {
    letter.recipients.iter().map(|recipient| issuing::pending(&letter.row.letter_id, recipient, due_ms)).collect()
}

fn original(letter: &letter_row::Model) -> Original {
    Original {
        number: letter.number.clone(),
        form: Tier::named(&letter.tier).map_or("函", form),
        issued: from_millis(letter.rendered_at_ms).unwrap_or(OffsetDateTime::UNIX_EPOCH).to_offset(BEIJING).date(),
        reply_by: record::day(&letter.reply_by),
    }
}

fn state(cases: &cases::Cases, item: &Item) -> Option<State> {
    cases.get(&(item.now.division_code.clone(), item.now.indicator_id.clone()))?.state.parse().ok()
}
