//! Issuing a round: cases, letters, deliveries and the cursor in one transaction, so that a crash repeats work and never loses or doubles it.

use leitai_rpc::clock::millis;
use std::{collections::HashMap, sync::Arc};

use leitai_domain::{decimal::from_micros, ladder::Tier, period::Period};
use leitai_rpc::clock::SharedClock;
use leitai_storage::cursor;
use sea_orm::{DatabaseTransaction, DbErr};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::{
    cases::{self, Standing, State, Step},
    config::Settings,
    error::IssueError,
    letter::{self, BEIJING, ChartError, Draft, Histories, Mail, Number, Pictures, hex, stable_id},
    round::{Finding, Round},
    routing::{Addressee, Parcel, route},
    store::{
        EVALUATION, Letter, Store,
        entities::{case, case_event, issued_round, letter as letter_row, letter_finding},
        issuing,
    },
};

/// Issues rounds.
#[derive(Clone)]
pub struct Issuer {
    store: Store,
    settings: Arc<Settings>,
    clock: SharedClock,
}

/// What became of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issued {
    /// Its letters were made.
    Letters(usize),
    /// It was issued before; only the cursor moved.
    Before,
}

/// What a round does to a plan's cases.
#[derive(Default)]
struct CaseChanges<'a> {
    new: Vec<case::Model>,
    changed: Vec<case::Model>,
    events: Vec<case_event::Model>,
    /// Behind in this round, with a case that is open after it.
    behind: Vec<&'a Finding>,
}

impl Issuer {
    /// An issuer that writes to this store.
    #[must_use]
    pub fn new(store: Store, settings: Arc<Settings>, clock: SharedClock) -> Self {
        Self { store, settings, clock }
    }

    /// Issues a round of evaluation's log. A repeat does nothing.
    ///
    /// # Errors
    /// [`IssueError`]; then nothing of the round is stored.
    pub async fn issue(&self, sequence: i64, round: &Round) -> Result<Issued, IssueError> {
        let now = self.clock.now();
        let pictures = self.pictures(round).await?;
        let tx = self.store.database().begin().await?;
        let period = round.period.to_string();
        let mark = issued_round::Model {
            plan_id: round.plan_id.clone(),
            period: period.clone(),
            sequence,
            issued_at_ms: millis(now),
            letter_count: 0,
        };
        let fresh = issuing::mark_issued(&tx, mark).await?;
        let letters = if fresh { self.letters(&tx, round, pictures.as_ref(), now).await? } else { Vec::new() };
        let count = letters.len();
        if fresh {
            issuing::count_letters(&tx, &round.plan_id, &period, i32::try_from(count)?).await?;
            issuing::store_letters(&tx, letters).await?;
        }
        let stored = cursor::load(&tx, EVALUATION).await?;
        cursor::store(&tx, EVALUATION, sequence.max(stored)).await?;
        tx.commit().await?;
        Ok(if fresh { Issued::Letters(count) } else { Issued::Before })
    }

    /// The pictures of every letter that this round may have, drawn before the transaction begins, which holds up every other writer.
    async fn pictures(&self, round: &Round) -> Result<Option<Pictures>, ChartError> {
        if !self.settings.charts {
            return Ok(None);
        }
        let behind: Vec<&Finding> = round.findings.iter().filter(|finding| self.settings.policy.opens.by(finding.light)).collect();
        Ok(Some(Pictures::ahead(&route(&behind, &self.settings.policy), round).await?))
    }

    /// Moves the cases and makes the letters of those that are behind.
    async fn letters(
        &self,
        tx: &DatabaseTransaction,
        round: &Round,
        pictures: Option<&Pictures>,
        now: OffsetDateTime,
    ) -> Result<Vec<Letter>, IssueError> {
        let late = issuing::has_newer(tx, &round.plan_id, &round.period.to_string()).await?;
        let known = issuing::cases(tx, &round.plan_id).await?;
        let changes = self.move_cases(round, known, late, now)?;
        let parcels = route(&changes.behind, &self.settings.policy);
        issuing::store_cases(tx, changes.new, changes.changed, changes.events).await?;
        if parcels.is_empty() {
            return Ok(Vec::new());
        }
        let year = now.to_offset(BEIJING).year();
        let first = issuing::take_numbers(tx, year, i32::try_from(parcels.len())?).await?;
        let series = &self.settings.policy.series;
        let numbered = (first..).map(|ordinal| Number { series: series.clone(), year, ordinal });
        numbered.zip(&parcels).map(|(number, parcel)| self.letter(&number, round, parcel, pictures, now)).collect()
    }

    fn move_cases<'a>(
        &self,
        round: &'a Round,
        mut known: HashMap<(String, String), case::Model>,
        late: bool,
        now: OffsetDateTime,
    ) -> Result<CaseChanges<'a>, IssueError> {
        let mut changes = CaseChanges::default();
        for finding in &round.findings {
            let before = known.remove(&(finding.division_code.clone(), finding.indicator_id.clone()));
            let standing = before.as_ref().map(standing).transpose()?;
            let behind = self.settings.policy.opens.by(finding.light);
            let step = cases::decide(standing, finding.light, behind, round.period, late);
            let after = standing.map_or(State::Open, |standing| step.state(standing.state));
            if behind && after == State::Open && step != Step::Nothing {
                changes.behind.push(finding);
            }
            changes.take(step, before, after, finding, round, now);
        }
        Ok(changes)
    }

    fn letter(
        &self,
        number: &Number,
        round: &Round,
        parcel: &Parcel<'_>,
        pictures: Option<&Pictures>,
        now: OffsetDateTime,
    ) -> Result<Letter, IssueError> {
        let settings = &self.settings;
        let draft = Draft {
            number,
            tier: Tier::Notice,
            round,
            parcel,
            histories: &Histories::default(),
            policy: &settings.policy,
            calendar: &settings.calendar,
            issuer: &settings.issuer,
            issued: now,
            charts: pictures,
        };
        let rendered = draft.render(&settings.templates)?;
        let message_id = number.message_id(&round.plan_id, round.period, &settings.message_id_domain);
        let addresses = settings.addresses.of(&parcel.addressee);
        let mail = Mail {
            from: &settings.from,
            reply_to: &settings.reply_to,
            agency: &parcel.addressee.name,
            addresses,
            date: now,
            message_id: &message_id,
            references: &[],
            rendered: &rendered,
        };
        let message = letter::build(&mail)?;
        if addresses.is_empty() {
            tracing::warn!(agency = parcel.addressee.name, %number, "the address book has no address: the letter is kept and waits");
        }
        let addressee = &parcel.addressee;
        let period = round.period.to_string();
        let division = addressee.division_code.as_deref().unwrap_or_default();
        let row = letter_row::Model {
            letter_id: stable_id(&["letter", &round.plan_id, &period, &addressee.name, division]),
            year: number.year,
            ordinal: number.ordinal,
            number: number.to_string(),
            plan_id: round.plan_id.clone(),
            period,
            agency: addressee.name.clone(),
            division_code: addressee.division_code.clone(),
            subject: rendered.told.subject,
            message_id,
            mail_from: settings.from.email.to_string(),
            sha256: hex(&Sha256::digest(&message)),
            size_bytes: i64::try_from(message.len())?,
            rendered_at_ms: millis(now),
            case_count: i32::try_from(parcel.findings.len())?,
            simulated: draft.simulated(),
        };
        let findings = parcel.findings.iter().map(|finding| held(&row.letter_id, finding)).collect();
        Ok(Letter { row, message, findings, recipients: addresses.iter().map(ToString::to_string).collect() })
    }

    /// Gives letters that wait for an address their deliveries, where the address book has one by now. Answers with how many got one.
    ///
    /// # Errors
    /// The database's own.
    pub async fn address_waiting(&self) -> Result<usize, DbErr> {
        let due = millis(self.clock.now());
        let mut addressed = 0;
        let mut deliveries = Vec::new();
        for letter in self.store.waiting_letters().await? {
            let addressee = Addressee { name: letter.agency, division_code: letter.division_code };
            let addresses = self.settings.addresses.of(&addressee);
            addressed += usize::from(!addresses.is_empty());
            deliveries.extend(addresses.iter().map(|address| issuing::pending(&letter.letter_id, address.as_ref(), due)));
        }
        let tx = self.store.database().begin().await?;
        issuing::store_deliveries(&tx, deliveries).await?;
        tx.commit().await?;
        Ok(addressed)
    }
}

impl<'a> CaseChanges<'a> {
    fn take(&mut self, step: Step, before: Option<case::Model>, after: State, finding: &'a Finding, round: &Round, now: OffsetDateTime) {
        let opened = before.is_none();
        if matches!(step, Step::Nothing | Step::Unchanged) {
            return;
        }
        let row = moved(step, before.unwrap_or_else(|| fresh(finding, round)), after, finding, round.period);
        if let Some(what) = step.event() {
            self.events.push(case_event::Model {
                case_id: row.case_id.clone(),
                period: round.period.to_string(),
                who: "system".to_owned(),
                at_ms: millis(now),
                what: what.to_owned(),
                reason: reason(finding),
            });
        }
        if opened { self.new.push(row) } else { self.changed.push(row) }
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

fn standing(row: &case::Model) -> Result<Standing, IssueError> {
    let state = if row.state == "open" { State::Open } else { State::Recovered };
    Ok(Standing { state, latest: row.latest_period.parse()? })
}

fn fresh(finding: &Finding, round: &Round) -> case::Model {
    case::Model {
        division_code: finding.division_code.clone(),
        plan_id: round.plan_id.clone(),
        indicator_id: finding.indicator_id.clone(),
        case_id: stable_id(&["case", &round.plan_id, &finding.indicator_id, &finding.division_code]),
        indicator_name: finding.indicator_name.clone(),
        division_name: finding.division_name.clone(),
        state: "open".to_owned(),
        opened_period: round.period.to_string(),
        latest_period: round.period.to_string(),
        periods_behind: 0,
        agencies: String::new(),
        simulated: false,
    }
}

/// The case after a step. Names and agencies follow the newest verdict; a case that once held simulated values keeps the mark.
fn moved(step: Step, row: case::Model, after: State, finding: &Finding, period: Period) -> case::Model {
    let newest = step != Step::BehindEarlier;
    let latest_period = if newest { period.to_string() } else { row.latest_period };
    let agencies = if newest { serde_json::to_string(&finding.agencies).unwrap_or_default() } else { row.agencies };
    case::Model {
        state: if after == State::Open { "open" } else { "recovered" }.to_owned(),
        latest_period,
        agencies,
        periods_behind: row.periods_behind + i32::from(step.counts()),
        simulated: row.simulated || finding.simulated,
        ..row
    }
}

fn reason(finding: &Finding) -> String {
    let figure = |micros: Option<i64>| micros.map_or_else(|| "none".to_owned(), |micros| from_micros(micros).to_string());
    format!("{:?}: actual {}, expected {}", finding.light, figure(finding.actual), figure(finding.expected)).to_lowercase()
}

#[cfg(test)]
mod tests;
