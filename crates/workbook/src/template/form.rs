//! What a template asks: of whom, for when, which cells, and what was known before.

use std::collections::{BTreeMap, BTreeSet};

use leitai_domain::{
    decimal::Decimal,
    division::Registry,
    period::Period,
    plan::{Frequency, Indicator, Kind, Plan, Scope},
};

use super::{asking::Asking, range::Range};

/// Division code and indicator id.
pub type Key = (String, String);

/// One template, before it is written.
#[derive(Debug, Clone)]
pub struct Form {
    /// The plan's id.
    pub plan_id: String,
    /// The plan's title as printed.
    pub plan_title: String,
    /// The plan's revision that the indicators were taken from.
    pub revision: i32,
    /// The period asked for.
    pub period: Period,
    /// Who fills it.
    pub agency: String,
    /// The day it is due, Chinese; empty where the round has none.
    pub due: String,
    /// Where the due day comes from: an article, or that it is an example; empty where there is none.
    pub due_origin: String,
    /// Whom to ask, Chinese; empty where nobody is named.
    pub contact: String,
    /// Divisions by code: those of one prefecture stand together.
    pub places: Vec<Place>,
    /// Indicators in the plan's order.
    pub questions: Vec<Question>,
    /// The cells that are asked for.
    pub asked: BTreeMap<Key, Asked>,
    /// Cells as last reported that need a word or another number: what was found and what would be right, Chinese.
    pub findings: BTreeMap<Key, String>,
}

/// A division as a template prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// GB/T 2260 code.
    pub code: String,
    /// Full name; the code where the list of divisions has none.
    pub name: String,
    /// The prefecture it belongs to; empty where it belongs to none.
    pub prefecture: String,
}

/// An indicator as a template prints it.
#[derive(Debug, Clone)]
pub struct Question {
    /// The plan's id of it.
    pub id: String,
    /// Name as printed.
    pub name: String,
    /// The unit that values are written in.
    pub unit: String,
    /// Decimals it is published with.
    pub decimals: u32,
    /// How its number behaves.
    pub kind: Kind,
    /// Whose value it is.
    pub scope: Scope,
    /// When it is due.
    pub frequency: Frequency,
    /// True where nobody owes it: an amount beside its growth.
    pub optional: bool,
    /// What may be typed.
    pub range: Range,
    /// The newest earlier period with a value of any of the divisions asked.
    pub previous: Option<Period>,
}

/// What is known of a cell that is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// The value of [`Question::previous`].
    pub previous: Option<Decimal>,
    /// The value of the period itself, where one is in force; written into the entry cell.
    pub current: Option<Decimal>,
}

/// A value in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Whose, and of what.
    pub key: Key,
    /// When.
    pub period: Period,
    /// The value.
    pub value: Decimal,
}

impl Form {
    /// The form of `agency` for what it is asked. Keys of indicators that the plan does not have are left out.
    #[must_use]
    pub fn new(plan: &Plan, revision: i32, period: Period, agency: &str, asking: &Asking, registry: &Registry) -> Self {
        let known = asking.keys().filter(|(_, id)| plan.indicator(id).is_some());
        let asked: BTreeMap<_, _> = known.map(|key| (key.clone(), Asked::default())).collect();
        let codes: BTreeSet<&String> = asked.keys().map(|(code, _)| code).collect();
        Self {
            plan_id: plan.id.clone(),
            plan_title: plan.title.clone(),
            revision,
            period,
            agency: agency.to_owned(),
            due: String::new(),
            due_origin: plan.rounds.as_ref().map(|rounds| rounds.origin.clone()).unwrap_or_default(),
            contact: String::new(),
            places: codes.into_iter().map(|code| Place::new(code, registry)).collect(),
            questions: questions(plan, asking),
            asked,
            findings: BTreeMap::new(),
        }
    }

    /// Prints what is in force beside the cells: of the newest earlier period always, of the period itself only where `current` is true.
    #[must_use]
    pub fn with_known(mut self, known: &[Known], current: bool) -> Self {
        for question in &mut self.questions {
            let earlier = known.iter().filter(|one| one.key.1 == question.id && one.period < self.period);
            question.previous = earlier.filter(|one| self.asked.contains_key(&one.key)).map(|one| one.period).max();
        }
        for one in known {
            let previous = self.questions.iter().any(|question| question.id == one.key.1 && question.previous == Some(one.period));
            let Some(asked) = self.asked.get_mut(&one.key) else { continue };
            if previous {
                asked.previous = Some(one.value);
            }
            if current && one.period == self.period {
                asked.current = Some(one.value);
            }
        }
        self
    }

    /// Marks cells that need a word or another number; those that are not asked for are left out.
    #[must_use]
    pub fn with_findings(self, mut findings: BTreeMap<Key, String>) -> Self {
        findings.retain(|key, _| self.asked.contains_key(key));
        Self { findings, ..self }
    }

    /// The first line of every sheet.
    pub(super) fn title(&self) -> String {
        format!("{}报送表（{}）", self.plan_title, self.period.chinese())
    }

    /// The second line: by whom and until when.
    pub(super) fn subtitle(&self) -> String {
        let due = if self.due.is_empty() { String::new() } else { format!("　　报送截止：{}", self.due) };
        format!("报送单位：{}{due}", self.agency)
    }

    /// What is known of a cell; `None` where it is not asked for.
    pub(super) fn asked(&self, place: &Place, question: &Question) -> Option<Asked> {
        self.asked.get(&(place.code.clone(), question.id.clone())).copied()
    }

    /// What was found at a cell as it was last reported; `None` where nothing is asked of it.
    pub(super) fn finding(&self, place: &Place, question: &Question) -> Option<&str> {
        self.findings.get(&(place.code.clone(), question.id.clone())).map(String::as_str)
    }
}

/// The indicators asked for, in the plan's order; an amount stands behind the growth that it is the amount of.
fn questions(plan: &Plan, asking: &Asking) -> Vec<Question> {
    let named = |keys: &BTreeSet<Key>, indicator: &Indicator| keys.iter().any(|(_, id)| *id == indicator.id);
    let mut questions: Vec<Question> = Vec::new();
    let owed = plan.indicators.iter().filter(|indicator| named(&asking.owed, indicator));
    for indicator in owed {
        questions.push(Question::new(indicator, false));
        let level = indicator.level.as_deref().and_then(|id| plan.indicator(id));
        questions.extend(level.filter(|level| named(&asking.optional, level)).map(|level| Question::new(level, true)));
    }
    questions
}

impl Place {
    fn new(code: &str, registry: &Registry) -> Self {
        let name = registry.get(code).map_or_else(|| code.to_owned(), |division| division.name.clone());
        let prefecture = registry.prefecture_of(code).filter(|above| above.code != code).map(|above| above.name.clone());
        Self { code: code.to_owned(), name, prefecture: prefecture.unwrap_or_default() }
    }
}

impl Question {
    fn new(indicator: &Indicator, optional: bool) -> Self {
        Self {
            id: indicator.id.clone(),
            name: indicator.name.clone(),
            unit: indicator.unit.clone(),
            decimals: indicator.decimals,
            kind: indicator.kind,
            scope: indicator.scope,
            frequency: indicator.frequency,
            range: Range::of(indicator),
            optional,
            previous: None,
        }
    }

    /// `地区生产总值增速（%，1位小数）`, `地区生产总值（亿元，2位小数，选报）`, the bracket on a line of its own.
    pub(super) fn heading(&self) -> String {
        format!("{}\n（{}，{}{}）", self.name, self.unit, self.places(), if self.optional { "，选报" } else { "" })
    }

    /// How many decimals it is published with, in words.
    pub(super) fn places(&self) -> String {
        if self.decimals == 0 { "整数".to_owned() } else { format!("{}位小数", self.decimals) }
    }

    /// What the number of a period covers: `2025年1—6月`, or `2025年6月末` for a stock.
    pub(super) fn when(&self, period: Period) -> String {
        match self.kind {
            Kind::Level => format!("{}年{}月末", period.year(), period.month()),
            _ => period.chinese(),
        }
    }
}
