//! Which indicator a column is, and whether that is clear.

use leitai_domain::plan::{Indicator, Kind, Plan, Scope};

use super::{
    Claim, Column, Content,
    sheet::{Found, Seen},
    words::{Role, about, alike, split},
};
use crate::units::convertible;

/// Every column of a table, judged.
pub fn columns(table: &Found<'_>, plan: &Plan) -> Vec<Column> {
    let mut columns: Vec<Column> = table.columns.iter().map(|seen| column(table, seen, plan)).collect();
    let valued: Vec<(u32, Claim)> = columns.iter().map(|column| (column.index, column.claim.clone())).collect();
    for (column, seen) in columns.iter_mut().zip(&table.columns) {
        if split(&seen.text).1 == Some(Role::Rank) {
            column.claim = rank(table, seen, &valued);
        }
    }
    columns
}

fn column(table: &Found<'_>, seen: &Seen, plan: &Plan) -> Column {
    let (base, role) = split(&seen.text);
    let heading = role.filter(|_| base.is_empty()).map_or_else(|| format!("column_{}", seen.text), |role| role.name().to_owned());
    Column { index: seen.index, text: seen.text.clone(), heading, claim: claim(table, seen, plan) }
}

fn claim(table: &Found<'_>, seen: &Seen, plan: &Plan) -> Claim {
    let county = || plan.indicators.iter().filter(|indicator| indicator.scope == Scope::County);
    if let Some(indicator) = county().find(|indicator| indicator.name == seen.text) {
        return sure(indicator, doubt(seen, indicator));
    }
    let (base, role) = split(&seen.text);
    if seen.text.is_empty() {
        return Claim::None("表头只有单位".to_owned());
    }
    let role = role.unwrap_or(Role::Amount);
    let of_title = base.is_empty();
    let about = if of_title { about(&table.title) } else { base };
    let named = |same: fn(&str, &str) -> bool| county().find(|indicator| holds(indicator, role) && same(thing(indicator), about));
    if let Some(indicator) = named(|one, other| one == other) {
        let group = if of_title { group(table, seen) } else { None };
        return sure(indicator, group.or_else(|| doubt(seen, indicator)));
    }
    match named(alike) {
        Some(indicator) => Claim::Unsure(value(indicator), format!("“{about}”与指标“{}”相近而不相同", thing(indicator))),
        None => Claim::None(format!("方案中没有与“{about}”相应的指标")),
    }
}

fn value(indicator: &Indicator) -> Content {
    Content::Indicator(indicator.id.clone())
}

fn sure(indicator: &Indicator, doubt: Option<String>) -> Claim {
    match doubt {
        None => Claim::Clear(value(indicator)),
        Some(why) => Claim::Unsure(value(indicator), why),
    }
}

/// The thing that an indicator is a level, a growth or a change of.
fn thing(indicator: &Indicator) -> &str {
    let ending = if indicator.kind == Kind::Rate { "增速" } else { "比年初增减" };
    indicator.name.strip_suffix(ending).unwrap_or(&indicator.name)
}

fn holds(indicator: &Indicator, role: Role) -> bool {
    match role {
        Role::Growth => indicator.kind == Kind::Rate,
        Role::Amount => matches!(indicator.kind, Kind::Flow | Kind::Level),
        Role::Stock => indicator.kind == Kind::Level,
        Role::Change => indicator.kind == Kind::Change && indicator.name.ends_with("比年初增减"),
        Role::Rank => false,
    }
}

/// A heading further left that may be of a group to which this column belongs.
fn group(table: &Found<'_>, seen: &Seen) -> Option<String> {
    let left = table.columns.iter().filter(|other| other.index < seen.index);
    let other = left.into_iter().find(|other| !split(&other.text).0.is_empty())?;
    Some(format!("左边的栏目“{}”可能也管这一栏", other.text))
}

fn doubt(seen: &Seen, indicator: &Indicator) -> Option<String> {
    match &seen.unit {
        None => Some("没有单位".to_owned()),
        Some(unit) if !convertible(unit, &indicator.unit) => Some(format!("单位“{unit}”不能换算成“{}”", indicator.unit)),
        Some(_) if !seen.dated => Some("表头中没有时期".to_owned()),
        Some(_) => None,
    }
}

/// A rank is of the one column whose order it is, and as sure as that column.
fn rank(table: &Found<'_>, seen: &Seen, valued: &[(u32, Claim)]) -> Claim {
    let fits: Vec<_> = valued.iter().filter(|(index, _)| *index != seen.index && table.ranks(seen.index, *index)).collect();
    match fits.as_slice() {
        [] => Claim::None("名次与任何一栏都不相符".to_owned()),
        [(_, Claim::Clear(Content::Indicator(id)))] => Claim::Clear(Content::RankOf(id.clone())),
        [(_, Claim::Unsure(Content::Indicator(id), _))] => Claim::Unsure(Content::RankOf(id.clone()), "所排的一栏不确定".to_owned()),
        [_] => Claim::None("所排的一栏未识别".to_owned()),
        _ => Claim::None("名次与几栏都相符".to_owned()),
    }
}
