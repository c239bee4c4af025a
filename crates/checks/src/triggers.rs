//! Which values a rule must be evaluated for when a value comes in: itself, and those that it is an operand of.

use std::collections::{BTreeSet, HashMap};

use leitai_domain::period::Period;

use crate::{
    finding::Incoming,
    known::{Known, Needs},
    overlay::Overlay,
    rule_set::{Body, Compiled, RuleSet},
    variable::{Operand, Place, Shift, Variable},
};

/// A value of the indicator that has this bears on a rule's subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trigger {
    /// Position of the rule.
    pub rule: usize,
    /// Position of the subject's indicator.
    pub subject: usize,
    /// The operand's period, seen from the subject.
    pub shift: Shift,
    /// The operand's division, seen from the subject.
    pub place: Place,
}

/// A value that a rule is evaluated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject<'a> {
    /// The incoming value that a finding stands at: its own, or else the first one that bears on it.
    pub item: usize,
    /// Position of the rule.
    pub rule: usize,
    /// Its division.
    pub division: &'a str,
    /// Position of its indicator.
    pub indicator: usize,
    /// Its period.
    pub period: Period,
}

/// Every value that one of the chosen rules is evaluated for, by item and rule.
pub fn subjects<'a>(set: &RuleSet, overlay: &Overlay<'a>, chosen: impl Fn(&Compiled) -> bool) -> Vec<Subject<'a>> {
    let mut found: HashMap<(usize, &'a str, usize, Period), usize> = HashMap::new();
    for (item, incoming, indicator) in overlay.items() {
        for trigger in set.triggers.get(indicator).into_iter().flatten() {
            let Some(compiled) = set.rules.get(trigger.rule).filter(|compiled| chosen(compiled)) else { continue };
            let periods = periods_of(set, trigger.shift, indicator, incoming.period).into_iter();
            for period in periods.filter(|period| compiled.rule.is_held_at(*period)) {
                for division in divisions_of(trigger.place, incoming.division, overlay.known) {
                    if compiled.is_for(division, overlay.known) && overlay.value(division, trigger.subject, period).is_some() {
                        let own = overlay.item(division, trigger.subject, period);
                        found.entry((trigger.rule, division, trigger.subject, period)).or_insert(own.unwrap_or(item));
                    }
                }
            }
        }
    }
    let mut subjects: Vec<Subject<'a>> =
        found.into_iter().map(|((rule, division, indicator, period), item)| Subject { item, rule, division, indicator, period }).collect();
    subjects.sort_unstable();
    subjects
}

/// Periods of the subjects that a value of the period is an operand of.
fn periods_of(set: &RuleSet, shift: Shift, indicator: usize, period: Period) -> Vec<Period> {
    match shift {
        Shift::Previous => {
            let later = (period.month() + 1..=12).filter_map(|month| Period::new(period.year(), month).ok());
            let measure = set.measures.get(indicator);
            later.filter(|later| measure.is_some_and(|measure| measure.previous(*later) == Some(period))).collect()
        }
        Shift::Same => vec![period],
        Shift::LastYear => Period::new(period.year() + 1, period.month()).into_iter().collect(),
    }
}

/// Divisions of the subjects that a value of the division is an operand of.
fn divisions_of<'a>(place: Place, division: &'a str, known: &'a dyn Known) -> Vec<&'a str> {
    match place {
        Place::Own => vec![division],
        Place::Counties => known.city_of(division).into_iter().collect(),
        Place::City => known.counties_of(division).into_iter().chain([division]).collect(),
    }
}

impl Compiled {
    /// Every variable of its expression and of what it expects.
    fn variables(&self) -> Vec<Variable> {
        let expression = if let Body::Expression(expression) = &self.body { expression.variables() } else { Vec::new() };
        expression.into_iter().chain(self.expected.variables()).collect()
    }

    /// A sum of counties is a rule for cities alone.
    fn is_for(&self, division: &str, known: &dyn Known) -> bool {
        !self.places.contains(&Place::Counties) || !known.counties_of(division).is_empty()
    }
}

impl RuleSet {
    /// Which values in force [`Self::check`] may look at for these incoming ones.
    #[must_use]
    pub fn needs(&self, incoming: &[Incoming<'_>], known: &dyn Known) -> Needs {
        let mut needs = Needs::default();
        let mut kinds: BTreeSet<(usize, Period)> = BTreeSet::new();
        for one in incoming {
            if let Some(indicator) = self.position(one.indicator) {
                kinds.insert((indicator, one.period));
                needs.divisions.insert(one.division.to_owned());
            }
        }
        let mut places = BTreeSet::new();
        for (indicator, period) in kinds {
            self.need(indicator, period, &mut needs, &mut places);
        }
        if !places.is_empty() {
            let own = std::mem::take(&mut needs.divisions);
            for division in own {
                let city = known.city_of(&division).unwrap_or(&division);
                needs.divisions.extend(known.counties_of(city).into_iter().chain([city]).map(str::to_owned));
                needs.divisions.insert(division);
            }
        }
        needs
    }

    /// What one incoming indicator and period makes rules look at.
    fn need(&self, indicator: usize, period: Period, needs: &mut Needs, places: &mut BTreeSet<usize>) {
        let bears = |compiled: &Compiled| compiled.subjects.contains(&indicator);
        if self.triggers.get(indicator).is_some_and(|triggers| !triggers.is_empty()) || self.rules.iter().any(bears) {
            needs.indicators.extend(self.measures.get(indicator).map(|measure| measure.id.clone()));
            needs.periods.insert(period);
        }
        for trigger in self.triggers.get(indicator).into_iter().flatten() {
            let Some(compiled) = self.rules.get(trigger.rule) else { continue };
            for subject_period in periods_of(self, trigger.shift, indicator, period) {
                self.need_of(compiled, trigger.subject, subject_period, needs, places);
            }
        }
        for compiled in self.rules.iter().filter(|compiled| compiled.subjects.contains(&indicator)) {
            self.need_of(compiled, indicator, period, needs, places);
            match compiled.body {
                Body::Expression(_) => {}
                Body::Required => needs.indicators.extend(compiled.rule.indicators.iter().cloned()),
                Body::Reprinted => needs.periods.extend(period.earlier_this_year()),
            }
        }
    }

    /// What a subject makes its rule look at, and name in what it says.
    fn need_of(&self, compiled: &Compiled, subject: usize, period: Period, needs: &mut Needs, places: &mut BTreeSet<usize>) {
        needs.indicators.extend(self.measures.get(subject).map(|measure| measure.id.clone()));
        needs.periods.insert(period);
        for operand in compiled.variables().into_iter().filter_map(Variable::operand) {
            if operand.place != Place::Own {
                places.insert(subject);
            }
            let Some((measure, period)) = self.place_in_time(operand, subject, period) else { continue };
            needs.indicators.extend(self.measures.get(measure).map(|measure| measure.id.clone()));
            needs.periods.insert(period);
        }
    }

    /// The indicator and period of an operand, where it has them.
    pub(crate) fn place_in_time(&self, operand: Operand, subject: usize, period: Period) -> Option<(usize, Period)> {
        let indicator = self.indicator_of(operand, subject)?;
        let period = match operand.shift {
            Shift::Same => period,
            Shift::Previous => self.measures.get(indicator)?.previous(period)?,
            Shift::LastYear => period.last_year(),
        };
        Some((indicator, period))
    }
}
