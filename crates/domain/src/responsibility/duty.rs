//! Reads a list's rows against the plan: which target, which measure, who, by when.

use std::collections::{BTreeMap, BTreeSet};

use time::Date;

use super::{
    due,
    row::{Column, Fault, Row},
};
use crate::{
    division::{Level, Registry},
    plan::{Indicator, Plan, Scope},
};

/// Most agencies that help with one measure.
const MOST_CO_OWNERS: usize = 10;
/// From this many digits on, a number is a telephone's or a card's.
const PRIVATE_DIGITS: usize = 7;

/// A checked row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duty {
    /// The plan's indicator.
    pub indicator_id: String,
    /// Whose target it is: a county, a prefecture above one, or the plan's province.
    pub division_code: String,
    /// The measure's own name; empty where the list gives none.
    pub code: String,
    /// The project.
    pub project: String,
    /// The measure.
    pub measure: String,
    /// The agency answerable for it.
    pub owner: String,
    /// Agencies that help, in the list's order.
    pub co_owners: Vec<String>,
    /// The leading official's name.
    pub leader: String,
    /// The leading official's post.
    pub post: String,
    /// The last day.
    pub due: Date,
    /// Anything else.
    pub note: String,
    /// Where in the list it stands.
    pub place: String,
}

/// What makes a measure the same one in the next list: its own name, or, where it has none, its target, project and words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// 编号.
    Code(String),
    /// Indicator, division, project, measure.
    Words(String, String, String, String),
}

impl Duty {
    /// What it is known by.
    #[must_use]
    pub fn key(&self) -> Key {
        if !self.code.is_empty() {
            return Key::Code(self.code.clone());
        }
        Key::Words(self.indicator_id.clone(), self.division_code.clone(), self.project.clone(), self.measure.clone())
    }
}

/// What rows are read against.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Codes of the counties that the plan judges.
    pub counties: &'a BTreeSet<String>,
    /// All divisions.
    pub registry: &'a Registry,
    /// Where a name is looked for first.
    pub home: Option<&'a str>,
}

/// Every row, or every fault of every row.
///
/// # Errors
/// All faults, in the list's order; an empty list is one.
pub fn read(rows: &[Row], ground: Ground<'_>) -> Result<Vec<Duty>, Vec<Fault>> {
    let (mut duties, mut faults) = (Vec::new(), Vec::new());
    for row in rows {
        match (Reading { row, ground }).duty() {
            Ok(duty) => duties.push(duty),
            Err(of_row) => faults.extend(of_row),
        }
    }
    faults.extend(repeats(&duties));
    if rows.is_empty() {
        faults.push(Fault {
            place: "清单".to_owned(),
            column: String::new(),
            found: "没有一行措施".to_owned(),
            expected: "至少一行".to_owned(),
        });
    }
    if faults.is_empty() { Ok(duties) } else { Err(faults) }
}

/// The same measure twice: which of the two holds is not for us to say.
fn repeats(duties: &[Duty]) -> Vec<Fault> {
    let mut seen: BTreeMap<Key, &Duty> = BTreeMap::new();
    let mut faults = Vec::new();
    for duty in duties {
        if let Some(first) = seen.get(&duty.key()) {
            let (column, found) = if duty.code.is_empty() { (Column::Measure, &duty.measure) } else { (Column::Code, &duty.code) };
            let expected = format!("与{}重复：同一措施只列一次", first.place);
            faults.push(Fault { place: duty.place.clone(), column: column.heading().to_owned(), found: found.clone(), expected });
        } else {
            seen.insert(duty.key(), duty);
        }
    }
    faults
}

struct Reading<'a> {
    row: &'a Row,
    ground: Ground<'a>,
}

impl Reading<'_> {
    fn duty(&self) -> Result<Duty, Vec<Fault>> {
        let mut faults: Vec<Fault> = Column::ALL.into_iter().filter_map(|column| self.unfit(column)).collect();
        let target = self.target().map_err(|fault| faults.push(fault));
        let due = self.due().map_err(|fault| faults.push(fault));
        let co_owners = self.co_owners().map_err(|fault| faults.push(fault));
        let (Ok((indicator_id, division_code)), Ok(due), Ok(co_owners), true) = (target, due, co_owners, faults.is_empty()) else {
            // An empty cell is told once, by the first that found it.
            let mut told = BTreeSet::new();
            faults.retain(|fault| told.insert((fault.place.clone(), fault.column.clone())));
            return Err(faults);
        };
        let text = |column| self.row.text(column).to_owned();
        Ok(Duty {
            indicator_id,
            division_code,
            code: text(Column::Code),
            project: text(Column::Project),
            measure: text(Column::Measure),
            owner: text(Column::Owner),
            co_owners,
            leader: text(Column::Leader),
            post: text(Column::Post),
            due,
            note: text(Column::Note),
            place: self.row.place.clone(),
        })
    }

    /// What is wrong with a cell whatever the plan says.
    fn unfit(&self, column: Column) -> Option<Fault> {
        let (text, longest) = (self.row.text(column), column.longest());
        if text.is_empty() {
            return column.is_required().then(|| self.row.fault(column, "不能为空；与上一行相同时请合并单元格或填写"));
        }
        if text.chars().count() > longest || text.contains(char::is_control) {
            return Some(self.row.fault(column, format!("一行文字，不超过{longest}个字")));
        }
        let private = matches!(column, Column::Leader | Column::Post | Column::Owner | Column::CoOwners) && has_private_number(text);
        private.then(|| self.row.fault(column, "只写单位、姓名和职务，不写电话和证件号码"))
    }

    /// Indicator and division.
    fn target(&self) -> Result<(String, String), Fault> {
        let Ground { plan, counties, registry, home } = self.ground;
        let named = self.row.text(Column::Division);
        let division = match named {
            "" => plan.province_code.clone(),
            named => {
                registry.resolve_in(named, home, plan.year).map_err(|error| self.row.fault(Column::Division, said(&error)))?.code.clone()
            }
        };
        let level = registry.get(&division).map(|division| division.level);
        let scope = if level == Some(Level::Province) { Scope::Province } else { Scope::County };
        let above_a_county = || counties.iter().any(|county| registry.is_within(county, &division));
        let judged = match level {
            Some(Level::Province) => division == plan.province_code,
            Some(Level::Prefecture) => above_a_county(),
            _ => counties.contains(&division),
        };
        if !judged {
            return Err(self.row.fault(Column::Division, "本方案评价的县（市、区）、其所在市（地），省级任务留空"));
        }
        let indicator = self.indicator(scope)?;
        Ok((indicator.id.clone(), division))
    }

    fn indicator(&self, scope: Scope) -> Result<&Indicator, Fault> {
        let wanted: String = self.row.text(Column::Target).chars().filter(|c| !c.is_whitespace()).collect();
        let of_scope = self.ground.plan.indicators.iter().filter(|indicator| indicator.scope == scope);
        let named: Vec<_> = of_scope.filter(|indicator| indicator.id == wanted || indicator.name == wanted).collect();
        match named.as_slice() {
            [indicator] => Ok(indicator),
            [] => Err(self.other_scope(scope, &wanted).unwrap_or_else(|| self.row.fault(Column::Target, self.known(scope)))),
            _ => Err(self.row.fault(Column::Target, "方案中有几个同名指标，请写指标编码")),
        }
    }

    /// Where the indicator is known on the other level, it is the division that is wrong.
    fn other_scope(&self, scope: Scope, wanted: &str) -> Option<Fault> {
        let mut others = self.ground.plan.indicators.iter().filter(|indicator| indicator.scope != scope);
        others.find(|indicator| indicator.id == wanted || indicator.name == wanted)?;
        let expected = match scope {
            Scope::Province => format!("「{wanted}」是县级指标：写明县（市、区）或市（地）"),
            Scope::County => format!("「{wanted}」是省级指标：此格留空"),
        };
        Some(self.row.fault(Column::Division, expected))
    }

    /// The names that would be right.
    fn known(&self, scope: Scope) -> String {
        let of_scope = self.ground.plan.indicators.iter().filter(|indicator| indicator.scope == scope && indicator.target.is_some());
        let names: Vec<_> = of_scope.map(|indicator| indicator.name.as_str()).collect();
        let whose = if scope == Scope::Province { "省级" } else { "县级" };
        format!("方案的{whose}指标之一：{}", names.join("、"))
    }

    fn due(&self) -> Result<Date, Fault> {
        let year = self.ground.plan.year;
        due::parse(self.row.text(Column::Due), year).map_err(|error| self.row.fault(Column::Due, error.expected(year)))
    }

    fn co_owners(&self) -> Result<Vec<String>, Fault> {
        let names = self.row.text(Column::CoOwners).split(['、', '；', ';', '，', ',']).map(str::trim).filter(|name| !name.is_empty());
        let names: Vec<String> = names.map(str::to_owned).collect();
        let fits = |name: &String| name.chars().count() <= Column::Owner.longest();
        if names.len() > MOST_CO_OWNERS || !names.iter().all(fits) {
            return Err(self.row.fault(Column::CoOwners, format!("不超过{MOST_CO_OWNERS}个单位，以、分开，每个不超过100个字")));
        }
        Ok(names)
    }
}

/// Why a name is no division, Chinese.
fn said(error: &crate::division::NameError) -> String {
    use crate::division::NameError;
    match error {
        NameError::Ambiguous { candidates, .. } => {
            let names: Vec<_> = candidates.iter().map(|one| format!("{}（{}）", one.full_name, one.code)).collect();
            format!("写明是{}", names.join("还是"))
        }
        NameError::Renamed { year, now, .. } => format!("现名{}（{}）：原名称或代码{year}年已变更", now.full_name, now.code),
        NameError::Abolished { year, .. } => format!("现行行政区划名称或代码（该区划{year}年撤销）"),
        NameError::Unknown { .. } | NameError::UnknownScope(_) => "行政区划的名称或六位代码".to_owned(),
    }
}

/// True where seven digits or more stand together, blanks and dashes left aside.
fn has_private_number(text: &str) -> bool {
    let joined: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '－')).collect();
    let digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    joined.split(|c| !digit(c)).any(|run| run.chars().count() >= PRIVATE_DIGITS)
}

#[cfg(test)]
mod tests;
