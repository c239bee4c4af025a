//! The hidden sheet: what the template asked for, by which the filled one is read.

use leitai_domain::{period::Period, plan::Plan};
use sha2::{Digest, Sha256};

use super::{
    form::Form,
    grid::{Rows, grids},
};
use crate::open::{Sheet, Workbook};

/// The name of the hidden sheet.
pub const SHEET: &str = "_leitai";
/// Raised when the sheets are laid out in a way that an older reader does not know.
const VERSION: &str = "1";
/// Rows before the cells: five facts, the hash, and a heading.
const HEAD: [&str; 7] = ["leitai-template", "plan", "title", "revision", "period", "agency", "sha256"];
/// Columns of a cell's line.
const COLUMNS: [&str; 7] = ["mark", "rows", "division", "division_name", "indicator", "indicator_name", "unit"];

/// What stands on the hidden sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The plan's id.
    pub plan_id: String,
    /// The plan's title.
    pub plan_title: String,
    /// The plan's revision.
    pub revision: i32,
    /// The period asked for.
    pub period: Period,
    /// Who was asked.
    pub agency: String,
    /// Every entry cell.
    pub cells: Vec<Cell>,
}

/// One entry cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Which sheet: the text in its corner.
    pub mark: String,
    /// What the sheet's rows are.
    pub rows: Rows,
    /// GB/T 2260 code.
    pub division: String,
    /// As printed beside the code.
    pub division_name: String,
    /// The plan's id.
    pub indicator: String,
    /// As printed.
    pub indicator_name: String,
    /// The unit that the template printed.
    pub unit: String,
}

/// What a submitted template must fit.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The plan that the report is submitted for.
    pub plan: &'a Plan,
    /// Its newest revision.
    pub revision: i32,
    /// Who submits.
    pub submitter: &'a str,
}

/// Why a filled template is not taken.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The hidden sheet is gone, cut or edited.
    #[error("the template's hidden sheet `{SHEET}` {0}; fill a new template")]
    Damaged(String),
    /// Made by another version of the program.
    #[error("the template has version `{0}`, this program reads version {VERSION}; fill a new template")]
    Version(String),
    /// Of another plan.
    #[error("the template is of plan `{found}`, and the report is submitted for plan `{wanted}`")]
    Plan {
        /// In the template.
        found: String,
        /// In the request.
        wanted: String,
    },
    /// What it asked has changed since.
    #[error("the template is of revision {found} of the plan, now {now}, and since then {change}; fill a new template")]
    Revision {
        /// In the template.
        found: i32,
        /// The newest.
        now: i32,
        /// What changed.
        change: String,
    },
    /// Made for another agency.
    #[error("the template was made for `{found}`, and `{submitter}` submits it")]
    Agency {
        /// In the template.
        found: String,
        /// In the request.
        submitter: String,
    },
    /// A row, column, code or heading is not as it was made; Chinese, each with its sheet and cell.
    #[error("the template was changed where it must not be: {}", .0.join("；"))]
    Changed(Vec<String>),
}

impl Meta {
    /// What a form asks.
    #[must_use]
    pub fn of(form: &Form) -> Self {
        let mut cells = Vec::new();
        for grid in grids(form) {
            for place in &grid.places {
                let asked = grid.questions.iter().filter(|question| form.asked(place, question).is_some());
                cells.extend(asked.map(|question| Cell {
                    mark: grid.mark.clone(),
                    rows: grid.rows,
                    division: place.code.clone(),
                    division_name: place.name.clone(),
                    indicator: question.id.clone(),
                    indicator_name: question.name.clone(),
                    unit: question.unit.clone(),
                }));
            }
        }
        let (plan_id, plan_title, agency) = (form.plan_id.clone(), form.plan_title.clone(), form.agency.clone());
        Self { plan_id, plan_title, revision: form.revision, period: form.period, agency, cells }
    }

    /// The lines of the hidden sheet.
    pub(super) fn lines(&self) -> Vec<Vec<String>> {
        let (revision, period) = (self.revision.to_string(), self.period.to_string());
        let facts = [VERSION, &self.plan_id, &self.plan_title, &revision, &period, &self.agency];
        let head = HEAD.iter().zip(facts).map(|(name, fact)| vec![(*name).to_owned(), fact.to_owned()]);
        let mut lines: Vec<_> = head.collect();
        lines.push(COLUMNS.map(str::to_owned).to_vec());
        lines.extend(self.cells.iter().map(Cell::line));
        let hash = hash(&lines);
        lines.insert(HEAD.len() - 1, vec![HEAD[HEAD.len() - 1].to_owned(), hash]);
        lines
    }

    /// The hidden sheet of a workbook; `None` where the workbook is no template.
    ///
    /// # Errors
    /// [`TemplateError`] where it is one, and its hidden sheet cannot be used.
    pub fn find(book: &Workbook) -> Result<Option<Self>, TemplateError> {
        match book.sheets.iter().find(|sheet| sheet.name == SHEET) {
            Some(sheet) => read(sheet).map(Some),
            None if book.sheets.iter().any(has_corner) => Err(TemplateError::Damaged("is missing".to_owned())),
            None => Ok(None),
        }
    }

    /// Holds the template against what it is submitted as. A newer plan does no harm where every indicator still means the same.
    ///
    /// # Errors
    /// [`TemplateError`] says what differs.
    pub fn check(&self, expected: &Expected<'_>) -> Result<(), TemplateError> {
        let plan = expected.plan;
        if self.plan_id != plan.id {
            return Err(TemplateError::Plan { found: self.plan_id.clone(), wanted: plan.id.clone() });
        }
        if self.agency != expected.submitter {
            return Err(TemplateError::Agency { found: self.agency.clone(), submitter: expected.submitter.to_owned() });
        }
        if self.revision == expected.revision {
            return Ok(());
        }
        let change = match self.cells.iter().find_map(|cell| cell.change(plan)) {
            None if self.revision < expected.revision => return Ok(()),
            None => "no such revision was applied here".to_owned(),
            Some(change) => change,
        };
        Err(TemplateError::Revision { found: self.revision, now: expected.revision, change })
    }
}

impl Cell {
    fn line(&self) -> Vec<String> {
        let rows = self.rows.key();
        let fields = [&self.mark, rows, &self.division, &self.division_name, &self.indicator, &self.indicator_name, &self.unit];
        fields.map(str::to_owned).to_vec()
    }

    fn from_line(line: &[String]) -> Option<Self> {
        let [mark, rows, division, division_name, indicator, indicator_name, unit] = line else { return None };
        Some(Self {
            mark: mark.clone(),
            rows: Rows::from_key(rows)?,
            division: division.clone(),
            division_name: division_name.clone(),
            indicator: indicator.clone(),
            indicator_name: indicator_name.clone(),
            unit: unit.clone(),
        })
    }

    /// What the plan now says otherwise of its indicator.
    fn change(&self, plan: &Plan) -> Option<String> {
        let id = &self.indicator;
        match plan.indicator(id) {
            None => Some(format!("indicator `{id}` was removed")),
            Some(now) if now.unit != self.unit => Some(format!("indicator `{id}` is in {}, no longer in {}", now.unit, self.unit)),
            Some(now) if now.name != self.indicator_name => {
                Some(format!("indicator `{id}` is now {}, was {}", now.name, self.indicator_name))
            }
            Some(_) => None,
        }
    }

    /// Code and name of the row, then of the column.
    pub(super) fn axes(&self) -> [(&str, &str); 2] {
        let (division, indicator) =
            ((self.division.as_str(), self.division_name.as_str()), (self.indicator.as_str(), self.indicator_name.as_str()));
        match self.rows {
            Rows::Places => [division, indicator],
            Rows::Questions => [indicator, division],
        }
    }
}

fn has_corner(sheet: &Sheet) -> bool {
    sheet.cells.values().any(|cell| cell.shown().starts_with(super::grid::MARK))
}

fn read(sheet: &Sheet) -> Result<Meta, TemplateError> {
    let damaged = |what: &str| TemplateError::Damaged(what.to_owned());
    let mut lines = lines(sheet);
    let fact = |at: usize| {
        let line: Option<&Vec<String>> = lines.get(at);
        line.filter(|line| line.first().map(String::as_str) == HEAD.get(at).copied()).and_then(|line| line.get(1).cloned())
    };
    let mut facts = (0..HEAD.len()).map(|at| fact(at).ok_or_else(|| damaged("is cut")));
    let mut next = || facts.next().unwrap_or_else(|| Err(damaged("is cut")));
    let version = next()?;
    if version != VERSION {
        return Err(TemplateError::Version(version));
    }
    let (plan_id, plan_title, revision, period, agency, stated) = (next()?, next()?, next()?, next()?, next()?, next()?);
    drop(facts);
    lines.remove(HEAD.len() - 1);
    if hash(&lines) != stated {
        return Err(damaged("was edited"));
    }
    let cells = lines.iter().skip(HEAD.len()).map(|line| Cell::from_line(line));
    let cells = cells.collect::<Option<Vec<_>>>().ok_or_else(|| damaged("was edited"))?;
    let revision = revision.parse().map_err(|_| damaged("was edited"))?;
    let period = period.parse().map_err(|_| damaged("was edited"))?;
    Ok(Meta { plan_id, plan_title, revision, period, agency, cells })
}

/// The sheet's texts by row, without rows and columns that nothing stands in.
fn lines(sheet: &Sheet) -> Vec<Vec<String>> {
    let mut lines: Vec<(u32, Vec<String>)> = Vec::new();
    for ((row, _), cell) in &sheet.cells {
        match lines.last_mut() {
            Some((last, line)) if last == row => line.push(cell.shown().to_owned()),
            _ => lines.push((*row, vec![cell.shown().to_owned()])),
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Tells damage, not malice: whoever wants to can reckon it again.
fn hash(lines: &[Vec<String>]) -> String {
    let text: String = lines.iter().map(|line| line.join("\t") + "\n").collect();
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
