//! Judges raw items against the plan: what is accepted, and why the rest is not.
//!
//! Counties outside the plan's own and cities are fine: what the plan judges is not decided here.

use std::collections::HashMap;

use leitai_domain::{
    decimal::{self, DecimalError},
    period::Period,
    plan::{Indicator, Plan},
};
pub use leitai_proto::ingestion::v1::ItemReason as Reason;
use leitai_workbook::{
    raw::{RawContent, RawItem, RawNote, RawNumber, RawRank, RawValue},
    subject::Subject,
    text::normalise,
    units::{convert, convertible},
};
use rust_decimal::Decimal;

use super::scope;

/// A judged item. `Accepted` here means that the value may be stored; the store then says whether it is new, revised or unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// `30工业处1 !B6` or `line 12`.
    pub place: String,
    /// The cell's text as the source had it.
    pub source_text: String,
    /// What became of it.
    pub reason: Reason,
    /// One sentence in Chinese, or empty.
    pub message: String,
    /// GB/T 2260 code, where it was resolved.
    pub division: Option<String>,
    /// The plan's indicator, where it was resolved.
    pub indicator: Option<String>,
    /// Where it was resolved.
    pub period: Option<Period>,
    /// In the indicator's unit, times 10⁶; a printed rank too.
    pub micros: Option<i64>,
    /// Printed beside the value.
    pub rank: Option<i32>,
    /// What was measured in place of the indicator, Chinese.
    pub proxy: String,
}

/// Places that a message lists at most.
pub const LISTED: usize = 4;

/// What a value is the value of.
pub type Key = (String, String, Period);

impl Item {
    /// Division, indicator and period, where all are resolved.
    #[must_use]
    pub fn key(&self) -> Option<Key> {
        Some((self.division.clone()?, self.indicator.clone()?, self.period?))
    }

    fn new(place: String, source_text: String) -> Self {
        Self {
            place,
            source_text,
            reason: Reason::Unspecified,
            message: String::new(),
            division: None,
            indicator: None,
            period: None,
            micros: None,
            rank: None,
            proxy: String::new(),
        }
    }

    fn because(&mut self, reason: Reason, message: impl Into<String>) {
        (self.reason, self.message) = (reason, message.into());
    }
}

/// Judges every item, in the order of the source.
#[must_use]
pub fn assess(raw: Vec<RawItem>, plan: &Plan) -> Vec<Item> {
    let mut items = each(raw, plan);
    settle_repeats(&mut items);
    items
}

/// Judges every item by itself, not against the others.
#[must_use]
pub fn each(raw: Vec<RawItem>, plan: &Plan) -> Vec<Item> {
    raw.into_iter().map(|raw| judge(raw, plan)).collect()
}

fn judge(raw: RawItem, plan: &Plan) -> Item {
    let mut item = Item::new(raw.place, raw.source_text);
    match raw.content {
        RawContent::SheetNotRead(message) => item.because(Reason::SheetNotRead, message),
        RawContent::Outside(message) => item.because(Reason::OutsideTable, message),
        RawContent::Note(note) => judge_note(&mut item, note),
        RawContent::Rank(rank) => judge_rank(&mut item, rank),
        RawContent::Value(value) => {
            let note = value.note;
            let judged = judge_value(&mut item, value, plan);
            let (reason, message) = judged.map_or_else(|refused| refused, |()| (Reason::Accepted, note.to_owned()));
            item.because(reason, message);
        }
    }
    item
}

type Refused = (Reason, String);

fn judge_value(item: &mut Item, value: RawValue, plan: &Plan) -> Result<(), Refused> {
    // Everything that can be told is told, also of an item that is refused.
    let indicator = plan.indicator(&value.indicator).ok_or_else(|| {
        (Reason::UnknownIndicator, format!("方案“{}”中没有指标“{}”，应写报送模板上的指标代码", plan.title, value.indicator))
    });
    let measured = indicator.clone().and_then(|indicator| measure(indicator, &value));
    item.indicator = indicator.as_ref().ok().map(|indicator| indicator.id.clone());
    item.micros = measured.as_ref().ok().copied();
    item.period = value.period.as_ref().ok().copied();
    (item.rank, item.proxy) = (value.rank, value.proxy);
    let code = division(value.subject)?;
    item.division = Some(code.clone());
    let indicator = indicator?;
    if value.number == RawNumber::Empty {
        return Err((Reason::Empty, String::new()));
    }
    scope::fit(plan, indicator, &code).map_err(|message| (Reason::WrongScope, message))?;
    value.period.map_err(|message| (Reason::BadPeriod, message))?;
    measured.map(drop)
}

/// The value in the indicator's unit, times 10⁶.
fn measure(indicator: &Indicator, value: &RawValue) -> Result<i64, Refused> {
    let number = number(&value.number, &value.units)?;
    let converted = in_unit_of(indicator, number, &value.units, value.unit_optional)?;
    decimal::to_micros(converted).map_err(|error| (Reason::BadValue, explain(&error)))
}

fn division(subject: Subject) -> Result<String, Refused> {
    match subject {
        Subject::Division(code) => Ok(code),
        Subject::Aggregate(message) => Err((Reason::NotACounty, message)),
        Subject::Unknown(message) => Err((Reason::UnknownDivision, message)),
        Subject::Ambiguous(message) => Err((Reason::AmbiguousDivision, message)),
    }
}

fn number(number: &RawNumber, units: &[String]) -> Result<Decimal, Refused> {
    match number {
        RawNumber::Text(text) => {
            let in_percent = units.iter().any(|unit| normalise(unit) == "%");
            let plain = text.trim().strip_suffix(['%', '％']).filter(|_| in_percent).unwrap_or(text);
            decimal::parse(plain).map_err(|_| (Reason::BadValue, explain(&DecimalError::NotANumber(text.clone()))))
        }
        RawNumber::Other(shown) => Err((Reason::BadValue, format!("单元格的内容是“{shown}”，不是数值，应只写数字"))),
        RawNumber::Empty => Err((Reason::Empty, String::new())),
    }
}

fn in_unit_of(indicator: &Indicator, value: Decimal, units: &[String], optional: bool) -> Result<Decimal, Refused> {
    let (name, wanted) = (&indicator.name, &indicator.unit);
    match units.iter().find(|unit| convertible(unit, wanted)) {
        Some(unit) => convert(value, unit, wanted).ok_or_else(|| (Reason::BadValue, format!("换算为“{wanted}”后超出范围"))),
        None if units.is_empty() && optional => Ok(value),
        None if units.is_empty() => Err((Reason::BadUnit, format!("没有标注单位，“{name}”的单位应能换算为“{wanted}”"))),
        None => Err((Reason::BadUnit, format!("单位“{}”不能换算为“{name}”的单位“{wanted}”", units.join("、")))),
    }
}

fn explain(error: &DecimalError) -> String {
    match error {
        DecimalError::NotANumber(text) => format!("“{text}”不是数值，应只写数字"),
        DecimalError::OutOfRange(text) => format!("“{text}”超出范围，绝对值最大为9,223,372,036,854"),
    }
}

/// A rank is kept to be compared with ours; what it is the rank of may be refused for its own reason.
fn judge_rank(item: &mut Item, rank: RawRank) {
    item.indicator = Some(rank.indicator);
    item.period = rank.period.ok();
    item.rank = rank.rank;
    item.micros = rank.rank.and_then(|rank| decimal::to_micros(Decimal::from(rank)).ok());
    match division(rank.subject) {
        Ok(code) => item.division = Some(code),
        Err((reason, message)) => return item.because(reason, message),
    }
    match (rank.rank, RawNumber::from_text(&item.source_text)) {
        (Some(_), _) => item.because(Reason::PrintedRank, ""),
        (None, RawNumber::Empty) => item.because(Reason::Empty, ""),
        (None, _) => item.because(Reason::BadValue, format!("“{}”不是名次，应为正整数", item.source_text)),
    }
}

/// Words are kept whatever they are about; whose they are is told where it can be.
fn judge_note(item: &mut Item, note: RawNote) {
    item.indicator = note.indicator;
    item.period = note.period.ok();
    match division(note.subject) {
        Ok(code) => item.division = Some(code),
        Err((reason, message)) => return item.because(reason, message),
    }
    item.because(Reason::Note, "");
}

/// The same key twice: the same value counts once, different values count not at all.
fn settle_repeats(items: &mut [Item]) {
    let mut by_key: HashMap<Key, Vec<usize>> = HashMap::new();
    for (position, item) in items.iter().enumerate().filter(|(_, item)| item.reason == Reason::Accepted) {
        if let Some(key) = item.key() {
            by_key.entry(key).or_default().push(position);
        }
    }
    for positions in by_key.into_values().filter(|positions| positions.len() > 1) {
        settle(items, &positions);
    }
}

/// What is said of a value that repeats an earlier one.
#[must_use]
pub fn same_as(first: &str) -> String {
    format!("与{first}相同")
}

/// What is said of values that contradict each other: the first of them, and how many there are.
#[must_use]
pub fn contradiction(listed: &[String], count: usize) -> String {
    let list = listed.join("，");
    let list = if count > listed.len() { format!("{list}等{count}处") } else { list };
    format!("同一行政区划、指标和时期有不同的数值：{list}")
}

fn settle(items: &mut [Item], positions: &[usize]) {
    let found: Vec<&Item> = positions.iter().filter_map(|position| items.get(*position)).collect();
    let same = found.windows(2).all(|pair| matches!(pair, [one, other] if one.micros == other.micros));
    let listed: Vec<String> = found.iter().take(LISTED).map(|item| format!("{}为{}", item.place, item.source_text)).collect();
    let message = match found.first() {
        Some(first) if same => same_as(&first.place),
        _ => contradiction(&listed, found.len()),
    };
    let reason = if same { Reason::Unchanged } else { Reason::Contradiction };
    for position in positions.iter().skip(usize::from(same)) {
        if let Some(item) = items.get_mut(*position) {
            item.because(reason, message.clone());
        }
    }
}
