//! What came of it all, without times: with faults it must be the same as without.

use std::fmt;

use leitai_proto::{
    evaluation::v1::{ListVerdictsRequest, Verdict},
    notification::v1::{Case, CaseHistoryEntry, Letter, ListCaseHistoryRequest, ListCasesRequest, ListLettersRequest},
};
use tonic::Status;

use super::{MONTHS, Office, PLAN_ID};

/// Verdicts, letters, and cases with their history.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Of every month, in the order that evaluation lists them in.
    pub verdicts: Vec<Verdict>,
    /// In the order of their numbers.
    pub letters: Vec<Letter>,
    /// Each with what happened to it.
    pub cases: Vec<(Case, Vec<CaseHistoryEntry>)>,
}

/// Letters and cases, a line each.
impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Letter { number, period, agency, .. } in &self.letters {
            writeln!(formatter, "{number} {period} {agency}")?;
        }
        for (case, history) in &self.cases {
            let changes: Vec<&str> = history.iter().map(|entry| entry.change().as_str_name().trim_start_matches("CASE_CHANGE_")).collect();
            writeln!(formatter, "{} {}: {}", case.division_name, case.indicator_name, changes.join(" "))?;
        }
        Ok(())
    }
}

impl Outcome {
    /// What differs first, in words; `None` where all is the same.
    pub fn difference(&self, expected: &Self) -> Option<String> {
        first("verdict", &self.verdicts, &expected.verdicts)
            .or_else(|| first("letter", &self.letters, &expected.letters))
            .or_else(|| first("case", &self.cases, &expected.cases))
    }
}

fn first<T: fmt::Debug + PartialEq>(what: &str, found: &[T], expected: &[T]) -> Option<String> {
    let longest = found.len().max(expected.len());
    let differing = (0..longest).find(|place| found.get(*place) != expected.get(*place))?;
    Some(format!("{what} {differing} is {:#?} and without faults {:#?}", found.get(differing), expected.get(differing)))
}

impl Office {
    pub(super) async fn outcome(&mut self) -> Result<Outcome, Status> {
        let mut verdicts = Vec::new();
        for month in MONTHS {
            let request = ListVerdictsRequest {
                plan_id: PLAN_ID.to_owned(),
                period: month.to_owned(),
                page_size: 1_000,
                ..ListVerdictsRequest::default()
            };
            let page = self.asked("verdicts", async |office| office.evaluation.list_verdicts(request.clone()).await).await?;
            verdicts.extend(page.verdicts.into_iter().map(|verdict| Verdict { in_force_at: String::new(), ..verdict }));
        }
        Ok(Outcome { verdicts, letters: self.letters().await?, cases: self.cases().await? })
    }

    async fn letters(&mut self) -> Result<Vec<Letter>, Status> {
        let request = ListLettersRequest { plan_id: PLAN_ID.to_owned(), page_size: 1_000, ..ListLettersRequest::default() };
        let mut letters = self.asked("letters", async |office| office.letters.list_letters(request.clone()).await).await?.letters;
        letters.sort_by(|one, other| one.message_id.cmp(&other.message_id));
        Ok(letters.into_iter().map(timeless).collect())
    }

    async fn cases(&mut self) -> Result<Vec<(Case, Vec<CaseHistoryEntry>)>, Status> {
        let request = ListCasesRequest { plan_id: PLAN_ID.to_owned(), page_size: 1_000, ..ListCasesRequest::default() };
        let mut cases = Vec::new();
        for case in self.asked("cases", async |office| office.cases.list_cases(request.clone()).await).await?.cases {
            let request = ListCaseHistoryRequest { case_id: case.case_id.clone(), page_size: 1_000, ..ListCaseHistoryRequest::default() };
            let entries = self.asked("history", async |office| office.cases.list_case_history(request.clone()).await).await?.entries;
            cases.push((case, entries.into_iter().map(|entry| CaseHistoryEntry { at: String::new(), ..entry }).collect()));
        }
        Ok(cases)
    }
}

/// Without what depends on when it was written and how often it was tried.
fn timeless(letter: Letter) -> Letter {
    let deliveries = letter.deliveries.into_iter().map(|mut delivery| {
        delivery.attempts = 0;
        delivery.last_answer.clear();
        delivery
    });
    Letter { deliveries: deliveries.collect(), rendered_at: String::new(), sha256: String::new(), size_bytes: 0, ..letter }
}
