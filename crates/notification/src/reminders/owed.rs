//! Who is reminded of what. Pure.

use time::Date;

use crate::{
    round::{Finding, Light, Round},
    routing::{Addressee, departments},
    silences::Silence,
};

/// An agency and what it has not reported.
pub type Owed<'a> = (Addressee, Vec<&'a Finding>);

/// What is missing of a round, but for what is silenced on the day that letters go out.
#[must_use]
pub fn missing<'a>(round: &'a Round, silences: &[Silence], today: Date) -> Vec<&'a Finding> {
    let covers =
        |silence: &Silence, missing: &Finding| silence.covers_target(&round.plan_id, &missing.indicator_id, &missing.division_code, today);
    let silenced = |missing: &Finding| silences.iter().any(|silence| covers(silence, missing));
    round.findings.iter().filter(|found| found.light == Light::Missing && !silenced(found)).collect()
}

/// The agencies that are reminded, each of what it has to report. What is nobody's is in none.
#[must_use]
pub fn by_agency<'a>(missing: &[&'a Finding]) -> Vec<Owed<'a>> {
    let mut owed = departments(missing);
    // A target that names an agency twice is owed once.
    owed.iter_mut().for_each(|(_, missing)| missing.dedup_by(|a, b| std::ptr::eq(*a, *b)));
    owed
}
