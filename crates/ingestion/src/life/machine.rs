//! One step after another.

use std::collections::BTreeSet;

use leitai_domain::plan::ApprovalLevel;

use super::{Given, Life, State, refusal::Refusal};

/// What is asked of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// An approval.
    Approve {
        /// At this level.
        level: ApprovalLevel,
        /// By this agency.
        agency: &'a str,
        /// Only of these indicators; empty for all of the agency's.
        indicators: &'a [String],
        /// The values as the approver saw them; empty where it does not say.
        values_sha256: &'a str,
    },
    /// Back to the submitter.
    Return {
        /// By this agency.
        agency: &'a str,
    },
    /// Taken back.
    Withdraw {
        /// By this agency.
        agency: &'a str,
    },
    /// So many held values are explained.
    Explain {
        /// By this agency.
        agency: &'a str,
        /// How many.
        values: u64,
    },
    /// A later report takes its place.
    Replace {
        /// Its plan.
        plan_id: &'a str,
        /// Its submitter.
        submitter: &'a str,
        /// The later report.
        by: &'a str,
    },
}

impl Life {
    /// Takes a step, or leaves everything as it is.
    ///
    /// # Errors
    /// [`Refusal`] says why not.
    pub fn take(&mut self, step: &Step<'_>) -> Result<(), Refusal> {
        match *step {
            Step::Approve { level, agency, indicators, values_sha256 } => self.approve(level, agency, indicators, values_sha256),
            Step::Return { agency } => self.send_back(agency),
            Step::Withdraw { agency } => self.withdraw(agency),
            Step::Explain { agency, values } => self.explain(agency, values),
            Step::Replace { plan_id, submitter, by } => self.replace(plan_id, submitter, by),
        }
    }

    /// Refuses a report that nobody could ever approve.
    ///
    /// # Errors
    /// [`Refusal::NoApprover`] names the indicator.
    pub fn can_be_approved(&self) -> Result<(), Refusal> {
        let alone = self.owners.iter().find(|(_, owners)| !owners.iter().any(|owner| self.may_evaluate(owner)));
        match alone.filter(|_| self.levels.contains(&ApprovalLevel::Evaluator)) {
            Some((indicator, _)) => Err(Refusal::NoApprover { submitter: self.submitter.clone(), indicator: indicator.clone() }),
            None => Ok(()),
        }
    }

    fn approve(&mut self, level: ApprovalLevel, agency: &str, wanted: &[String], values_sha256: &str) -> Result<(), Refusal> {
        let waits_for = self.waiting_level()?;
        if agency == self.submitter {
            return Err(Refusal::SelfApproval(agency.to_owned()));
        }
        if level != waits_for {
            return Err(Refusal::OtherLevel { given: level, waits_for });
        }
        if let Some(other) = self.approvals.iter().find(|given| given.agency == agency && given.level != level) {
            return Err(Refusal::TwoLevels { agency: agency.to_owned(), level: other.level });
        }
        if !values_sha256.is_empty() && values_sha256 != self.values_sha256 {
            return Err(Refusal::OtherValues { found: self.values_sha256.clone(), given: values_sha256.to_owned() });
        }
        let indicators = self.approved_by(level, agency, wanted)?;
        let given = Given { level, agency: agency.to_owned(), indicators };
        let mut after = self.clone();
        after.approvals.push(given);
        if after.next_level().is_none() {
            if self.held > 0 {
                return Err(Refusal::ValuesHeld(self.held));
            }
            after.state = State::InForce;
        }
        *self = after;
        Ok(())
    }

    /// What an approval is of: indicators for an evaluator, the whole report for the others.
    fn approved_by(&self, level: ApprovalLevel, agency: &str, wanted: &[String]) -> Result<BTreeSet<String>, Refusal> {
        if level != ApprovalLevel::Evaluator {
            if !wanted.is_empty() {
                return Err(Refusal::WholeReport(level));
            }
            return self.not_needed_later(agency).map(|()| BTreeSet::new());
        }
        let own: BTreeSet<String> = self.owned_by(agency).cloned().collect();
        if own.is_empty() {
            return Err(Refusal::NotAnEvaluator(agency.to_owned()));
        }
        let foreign: Vec<&str> = wanted.iter().filter(|id| !own.contains(*id)).map(String::as_str).collect();
        if !foreign.is_empty() {
            return Err(Refusal::NotYours { agency: agency.to_owned(), indicators: foreign.join(", ") });
        }
        let indicators = if wanted.is_empty() { own } else { wanted.iter().cloned().collect() };
        let approved = |id: &String| self.approvals.iter().any(|given| given.agency == agency && given.indicators.contains(id));
        if indicators.iter().all(approved) { Err(Refusal::AlreadyApproved(agency.to_owned())) } else { Ok(indicators) }
    }

    /// An agency that approves at a lower level cannot evaluate any more: every indicator must still have somebody.
    fn not_needed_later(&self, agency: &str) -> Result<(), Refusal> {
        if !self.levels.contains(&ApprovalLevel::Evaluator) {
            return Ok(());
        }
        let left = |owners: &[String]| owners.iter().any(|owner| owner != agency && self.may_evaluate(owner));
        match self.owners.iter().find(|(_, owners)| !left(owners)) {
            Some((indicator, _)) => Err(Refusal::NeededLater { agency: agency.to_owned(), indicator: indicator.clone() }),
            None => Ok(()),
        }
    }

    fn owned_by(&self, agency: &str) -> impl Iterator<Item = &String> {
        self.owners.iter().filter(move |(_, owners)| owners.iter().any(|owner| owner == agency)).map(|(indicator, _)| indicator)
    }

    fn waiting_level(&self) -> Result<ApprovalLevel, Refusal> {
        self.still_waits()?;
        self.next_level().ok_or(Refusal::NoApproval)
    }

    fn still_waits(&self) -> Result<(), Refusal> {
        if self.waits() { Ok(()) } else { Err(Refusal::NotWaiting(self.state)) }
    }

    fn send_back(&mut self, agency: &str) -> Result<(), Refusal> {
        let waits_for = self.waiting_level()?;
        let approved = self.approvals.iter().any(|given| given.agency == agency);
        let can = waits_for != ApprovalLevel::Evaluator || self.owned_by(agency).next().is_some();
        if agency == self.submitter || !(approved || can) {
            return Err(Refusal::NotAnApprover(agency.to_owned()));
        }
        self.close(State::Returned);
        Ok(())
    }

    fn withdraw(&mut self, agency: &str) -> Result<(), Refusal> {
        self.only_the_submitter(agency)?;
        self.still_waits()?;
        self.close(State::Withdrawn);
        Ok(())
    }

    fn explain(&mut self, agency: &str, values: u64) -> Result<(), Refusal> {
        self.only_the_submitter(agency)?;
        self.still_waits()?;
        let left = self.held.checked_sub(values).ok_or(Refusal::NotHeld { given: values, held: self.held })?;
        self.held = left;
        if left == 0 {
            self.state = if self.next_level().is_some() { State::AwaitingApproval } else { State::InForce };
        }
        Ok(())
    }

    fn replace(&mut self, plan_id: &str, submitter: &str, by: &str) -> Result<(), Refusal> {
        if plan_id != self.plan_id {
            return Err(Refusal::OtherPlan(self.plan_id.clone()));
        }
        self.only_the_submitter(submitter)?;
        if !self.replaced_by.is_empty() {
            return Err(Refusal::AlreadyReplaced(self.replaced_by.clone()));
        }
        by.clone_into(&mut self.replaced_by);
        // Values in force stay so until they are revised: their report is corrected, not undone.
        if self.state != State::InForce {
            self.close(State::Replaced);
        }
        Ok(())
    }

    fn only_the_submitter(&self, agency: &str) -> Result<(), Refusal> {
        let refusal = || Refusal::NotTheSubmitter { given: agency.to_owned(), submitter: self.submitter.clone() };
        if agency == self.submitter { Ok(()) } else { Err(refusal()) }
    }

    /// What waited is dropped and approvals fall.
    fn close(&mut self, state: State) {
        (self.state, self.held) = (state, 0);
        self.approvals.clear();
    }
}
