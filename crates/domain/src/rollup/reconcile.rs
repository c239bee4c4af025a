//! The roll-up beside the reported figure: neither replaces the other in silence.

use rust_decimal::Decimal;

use super::{RollUp, RollUpReason, estimate::half_unit};
use crate::{
    decimal::{self, fixed},
    plan::Indicator,
};

/// How a roll-up and a reported figure agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Agreement {
    /// No further apart than rounding allows.
    Agrees,
    /// Further apart than rounding allows.
    Differs,
    /// The roll-up is a ceiling, and the reported figure is not above it.
    UnderCeiling,
    /// Not every county is in: the difference is shown and not judged.
    Incomplete,
    /// Nothing was reported.
    OnlyRolledUp,
    /// Nothing was rolled up.
    OnlyReported,
    /// Neither is there.
    Neither,
}

/// Which figure is held against the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JudgedFigure {
    /// The reported one: always, where there is one.
    Reported,
    /// The roll-up of all counties, where nothing was reported.
    RolledUp,
    /// None of them.
    Nothing,
}

/// The figure held against the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Which it is.
    pub figure: JudgedFigure,
    /// In the indicator's unit; `None` for nothing.
    pub value: Option<Decimal>,
    /// Why this one, one Chinese sentence.
    pub why: String,
}

/// A roll-up held against the reported figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// Reported − rolled up, in the indicator's unit; `None` unless both are there.
    pub difference: Option<Decimal>,
    /// What rounding allows: what the roll-up carries, and half a unit of the reported figure. `None` unless both are there.
    pub allowance: Option<Decimal>,
    /// How they agree.
    pub state: Agreement,
    /// Which of the two is judged.
    pub judged: Judged,
}

/// Holds a roll-up against the figure that the province reported. The reported figure is judged where there is one; the roll-up only
/// where every county is in and it is no ceiling.
#[must_use]
pub fn reconcile(indicator: &Indicator, rolled: &RollUp, reported: Option<Decimal>) -> Reconciliation {
    let both = rolled.value.zip(rolled.carried).zip(reported);
    let difference = both.and_then(|((value, _), reported)| reported.checked_sub(value)).map(|difference| difference.normalize());
    let allowance = both.and_then(|((_, carried), _)| carried.checked_add(half_unit(indicator))).map(|allowance| allowance.normalize());
    let state = match (difference.zip(allowance), rolled.value.is_some(), reported.is_some()) {
        (Some((difference, allowance)), ..) => compared(rolled, difference, allowance),
        (None, true, true) => Agreement::Differs,
        (None, true, false) => Agreement::OnlyRolledUp,
        (None, false, true) => Agreement::OnlyReported,
        (None, false, false) => Agreement::Neither,
    };
    let judged = judged(indicator, rolled, reported, state, difference.zip(allowance));
    Reconciliation { difference, allowance, state, judged }
}

fn compared(rolled: &RollUp, difference: Decimal, allowance: Decimal) -> Agreement {
    if rolled.reason != RollUpReason::Computed {
        Agreement::Incomplete
    } else if difference.abs() <= allowance {
        Agreement::Agrees
    } else if rolled.is_ceiling && difference < Decimal::ZERO {
        Agreement::UnderCeiling
    } else {
        Agreement::Differs
    }
}

fn judged(
    indicator: &Indicator,
    rolled: &RollUp,
    reported: Option<Decimal>,
    state: Agreement,
    apart: Option<(Decimal, Decimal)>,
) -> Judged {
    let figure = match reported {
        Some(_) => JudgedFigure::Reported,
        None if rolled.can_be_judged() => JudgedFigure::RolledUp,
        None => JudgedFigure::Nothing,
    };
    let (value, why) = match figure {
        JudgedFigure::Reported => (reported, format!("按全省报送数评价：{}。", beside(indicator, rolled, state, apart))),
        JudgedFigure::RolledUp => (rolled.value, format!("全省没有报送，{}个县齐全，按汇总数评价。", rolled.counties_of)),
        JudgedFigure::Nothing => (None, format!("全省没有报送，{}，不评价。", why_not(rolled))),
    };
    Judged { figure, value, why }
}

/// What the roll-up says beside a reported figure.
fn beside(indicator: &Indicator, rolled: &RollUp, state: Agreement, apart: Option<(Decimal, Decimal)>) -> String {
    let Some((difference, allowance)) = apart else { return why_not(rolled) };
    let unit = &indicator.unit;
    let places = indicator.decimals.max(1) + 1;
    let sign = if difference.is_sign_negative() { "少" } else { "多" };
    let apart = format!("比各县汇总数{sign}{}{unit}", plain(difference.abs(), places));
    match state {
        Agreement::Agrees => format!("{apart}，在四舍五入允许的{}{unit}以内", plain(decimal::round_up(allowance, places), places)),
        Agreement::UnderCeiling => format!("{apart}，汇总数未扣除退出的，只是上限"),
        Agreement::Incomplete => format!("{}，{apart}，差额不作判断", why_not(rolled)),
        _ => format!("{apart}，超出四舍五入允许的{}{unit}，两数都列出，请核实", plain(decimal::round_up(allowance, places), places)),
    }
}

fn plain(value: Decimal, places: u32) -> String {
    let text = fixed(value, places);
    text.parse::<Decimal>().map_or(text, |rounded| rounded.normalize().to_string())
}

/// Why a roll-up is not all that it should be.
fn why_not(rolled: &RollUp) -> String {
    match rolled.reason {
        RollUpReason::Computed if rolled.is_ceiling => "汇总数未扣除退出的，只是上限".to_owned(),
        RollUpReason::Computed => format!("{}个县齐全", rolled.counties_of),
        RollUpReason::Partial => format!("{}个县中有{}个县的数可以汇总", rolled.counties_of, rolled.counties_in),
        RollUpReason::NotRolledUp => format!("不能由各县数汇总（{}）", rolled.formula),
        RollUpReason::NotDue => "本期不到报送期，没有汇总".to_owned(),
        RollUpReason::NothingReported => "没有可以汇总的县".to_owned(),
        RollUpReason::WholeNotReported => "公式所用的全省数没有报送，没有汇总".to_owned(),
        RollUpReason::ZeroBase => "基数为零、为负或小到无法除，没有汇总".to_owned(),
        RollUpReason::OutOfRange => "数值超出可以计算的范围，没有汇总".to_owned(),
    }
}

#[cfg(test)]
mod tests;
