//! Obligations and completeness as the wire has them.

use std::collections::HashMap;

use leitai_domain::{
    obligation::{self, Owed, Tally, Timeliness},
    plan::Scope,
};
use leitai_proto::ingestion::v1::{Completeness, CompletenessBy, County, Obligation, ObligationState};
use leitai_rpc::clock::rfc3339;

use super::{Book, Judged, Scene};

/// Which obligations.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Empty for all.
    pub agency: String,
    /// Empty for all.
    pub division_code: String,
    /// Empty for all.
    pub indicator_id: String,
    /// Empty for all.
    pub states: Vec<ObligationState>,
}

/// A row of a page, with its key.
pub type Row<T> = (Vec<String>, T);

/// Where an obligation stands in a listing: the indicator's place in the plan, then the division's code.
pub type Place<'a> = (usize, &'a str);

impl Filter {
    /// True where the obligation is one of those asked for.
    pub fn takes(&self, owed: Owed<'_>) -> bool {
        (self.indicator_id.is_empty() || owed.duty.indicator.id == self.indicator_id)
            && (self.division_code.is_empty() || owed.division == self.division_code)
            && (self.agency.is_empty() || owed.duty.agencies.contains(&self.agency))
    }

    /// True where its state is.
    pub fn takes_state(&self, timeliness: Timeliness) -> bool {
        self.states.is_empty() || self.states.contains(&state(timeliness))
    }
}

fn state(timeliness: Timeliness) -> ObligationState {
    match timeliness {
        Timeliness::NotYetDue => ObligationState::NotYetDue,
        Timeliness::OnTime => ObligationState::OnTime,
        Timeliness::Late => ObligationState::Late,
        Timeliness::Missing => ObligationState::Missing,
    }
}

impl Scene {
    /// What is owed after a place, each with its place; the filter's states are left to whoever judges them.
    pub fn owed<'a>(&'a self, filter: &'a Filter, after: Option<Place<'a>>) -> impl Iterator<Item = (Place<'a>, Owed<'a>)> {
        let places: HashMap<&str, usize> = self.plan.indicators.iter().zip(0..).map(|(one, at)| (one.id.as_str(), at)).collect();
        let all = obligation::owed(&self.plan, self.period, &self.codes).filter(|owed| filter.takes(*owed));
        let placed = all.map(move |owed| ((places.get(owed.duty.indicator.id.as_str()).copied().unwrap_or_default(), owed.division), owed));
        placed.skip_while(move |(place, _)| after.is_some_and(|after| *place <= after))
    }
}

impl<'a> Book<'a> {
    /// An obligation in the wire's words.
    #[must_use]
    pub fn tell(self, judged: &Judged<'_>) -> Obligation {
        let (indicator, first) = (judged.owed.duty.indicator, judged.first);
        let (division_name, county) = self.division(judged.owed.division, indicator.scope);
        Obligation {
            indicator_id: indicator.id.clone(),
            indicator_name: indicator.name.clone(),
            unit: indicator.unit.clone(),
            division_code: judged.owed.division.to_owned(),
            division_name,
            prefecture_code: county.map(|county| county.prefecture_code.clone()).unwrap_or_default(),
            prefecture_name: county.map(|county| county.prefecture_name.clone()).unwrap_or_default(),
            agencies: judged.owed.duty.agencies.to_vec(),
            state: state(judged.timeliness).into(),
            reported_at: first.map(|first| rfc3339(first.submitted_at)).unwrap_or_default(),
            report_id: first.map(|first| first.report_id.clone()).unwrap_or_default(),
            submitter: first.map(|first| first.submitter.clone()).unwrap_or_default(),
            lag_working_days: self.lag(judged).map(int),
            late_working_days: int(self.delay(judged)),
            after_freeze: first.is_some_and(|first| self.is_after_freeze(first)),
        }
    }

    fn division(self, code: &str, scope: Scope) -> (String, Option<&'a County>) {
        match scope {
            Scope::Province => (self.scene.province.clone(), None),
            Scope::County => {
                let county = self.scene.counties.get(code);
                (county.map_or_else(|| code.to_owned(), |county| county.name.clone()), county)
            }
        }
    }

    /// How complete the whole round is.
    #[must_use]
    pub fn whole(self) -> Completeness {
        let mut tally = Tally::default();
        self.judged().for_each(|judged| self.count(&mut tally, &judged));
        completeness(String::new(), String::new(), &tally)
    }

    /// How complete it is by agency as first named in the plan, by division by code, or by indicator in the plan's order; each with its place.
    #[must_use]
    pub fn completeness(self, by: CompletenessBy) -> Vec<Row<Completeness>> {
        let mut groups = Groups::default();
        if by == CompletenessBy::Agency {
            // Also those whose first obligations stand behind others'.
            obligation::duties(&self.scene.plan, self.scene.period).flat_map(|duty| duty.agencies).for_each(|agency| {
                groups.of(agency, agency);
            });
        }
        for judged in self.judged() {
            let (indicator, division) = (judged.owed.duty.indicator, judged.owed.division);
            match by {
                CompletenessBy::Unspecified => {}
                CompletenessBy::Agency => {
                    for agency in judged.owed.duty.agencies {
                        self.count(groups.of(agency, agency), &judged);
                    }
                }
                CompletenessBy::Division => self.count(groups.of(division, &self.division(division, indicator.scope).0), &judged),
                CompletenessBy::Indicator => self.count(groups.of(&indicator.id, &indicator.name), &judged),
            }
        }
        groups.rows(by)
    }
}

/// Tallies by key, in the order in which the keys came.
#[derive(Debug, Default)]
struct Groups {
    at: HashMap<String, usize>,
    groups: Vec<(String, String, Tally)>,
}

impl Groups {
    fn of(&mut self, key: &str, name: &str) -> &mut Tally {
        let next = self.groups.len();
        let at = *self.at.entry(key.to_owned()).or_insert(next);
        if at == next {
            self.groups.push((key.to_owned(), name.to_owned(), Tally::default()));
        }
        &mut self.groups[at].2
    }

    fn rows(mut self, by: CompletenessBy) -> Vec<Row<Completeness>> {
        if by == CompletenessBy::Division {
            self.groups.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        }
        let row = |(at, (key, name, tally)): (usize, (String, String, Tally))| (vec![number(at)], completeness(key, name, &tally));
        self.groups.into_iter().enumerate().map(row).collect()
    }
}

/// A place as page tokens hold it.
#[must_use]
pub fn key((at, division): Place<'_>) -> Vec<String> {
    vec![number(at), division.to_owned()]
}

/// What [`key`] made; `None` for the key of another listing.
#[must_use]
pub fn place(key: &[String]) -> Option<Place<'_>> {
    let [at, division] = key else { return None };
    Some((at.parse().ok()?, division.as_str()))
}

/// Numbers as page tokens compare them: as texts.
fn number(at: usize) -> String {
    format!("{at:06}")
}

fn completeness(key: String, name: String, tally: &Tally) -> Completeness {
    Completeness {
        key,
        name,
        owed: int(tally.owed()),
        on_time: int(tally.on_time),
        late: int(tally.late),
        missing: int(tally.missing),
        not_yet_due: int(tally.not_yet_due),
        completeness: tally.completeness(),
        timeliness: tally.timeliness(),
        median_lag_working_days: tally.median_lag(),
    }
}

fn int(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
