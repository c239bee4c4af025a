//! Letters that an agency got before, with what each was about.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::entities::{letter, letter_finding};
use crate::{corrections::LETTER_WORD, round::Finding};

/// Agencies asked for at once, far below both databases' bind limits.
pub const AGENCIES: usize = 200;

/// A letter that an agency got before.
#[derive(Debug, Clone)]
pub struct EarlierLetter {
    /// Its id.
    pub letter_id: String,
    /// The id of the letter that it corrects; `None` where it is no correction.
    pub corrects: Option<String>,
    /// Its number.
    pub number: String,
    /// Its tier's word.
    pub tier: String,
    /// When it was made, milliseconds since 1970.
    pub rendered_at_ms: i64,
    /// The day its answer was due; empty in letters from before this was recorded.
    pub reply_by: String,
    /// With angle brackets.
    pub message_id: String,
    /// Division and indicator of what it told.
    findings: HashSet<(String, String)>,
}

impl EarlierLetter {
    /// True where it told of this target and division.
    #[must_use]
    pub fn is_about(&self, finding: &Finding) -> bool {
        self.findings.contains(&(finding.division_code.clone(), finding.indicator_id.clone()))
    }
}

/// A plan's letters by agency and division code, oldest first, of at most [`AGENCIES`] agencies.
pub type EarlierLetters = HashMap<(String, Option<String>), Vec<EarlierLetter>>;

/// The letters that these agencies got about a plan.
///
/// # Errors
/// The database's own.
pub async fn letters(connection: &impl ConnectionTrait, plan_id: &str, agencies: &[&str]) -> Result<EarlierLetters, DbErr> {
    let of_agencies = letter::Entity::find()
        .filter(letter::Column::PlanId.eq(plan_id))
        .filter(letter::Column::Agency.is_in(agencies.iter().copied()))
        .order_by_asc(letter::Column::Year)
        .order_by_asc(letter::Column::Ordinal)
        .all(connection)
        .await?;
    let mut about: HashMap<String, HashSet<(String, String)>> = HashMap::new();
    let ids: Vec<&str> = of_agencies.iter().map(|letter| letter.letter_id.as_str()).collect();
    for ids in ids.chunks(super::issuing::CHUNK) {
        let rows =
            letter_finding::Entity::find().filter(letter_finding::Column::LetterId.is_in(ids.iter().copied())).all(connection).await?;
        for row in rows {
            about.entry(row.letter_id).or_default().insert((row.division_code, row.indicator_id));
        }
    }
    let corrections: Vec<String> =
        of_agencies.iter().filter(|letter| letter.tier == LETTER_WORD).map(|letter| letter.letter_id.clone()).collect();
    let mut corrects = super::corrections::originals(connection, &corrections).await?;
    let mut by_agency = EarlierLetters::new();
    for letter in of_agencies {
        let corrects = corrects.remove(&letter.letter_id);
        let findings = about.remove(&letter.letter_id).unwrap_or_default();
        let (key, earlier) = ((letter.agency, letter.division_code), (letter.number, letter.tier, letter.rendered_at_ms, letter.reply_by));
        let (number, tier, rendered_at_ms, reply_by) = earlier;
        let (letter_id, message_id) = (letter.letter_id, letter.message_id);
        let earlier = EarlierLetter { letter_id, corrects, number, tier, rendered_at_ms, reply_by, message_id, findings };
        by_agency.entry(key).or_default().push(earlier);
    }
    Ok(by_agency)
}
