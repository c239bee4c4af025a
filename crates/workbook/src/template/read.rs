//! A filled template as raw items: each asked cell, each word of explanation, and what stands where nothing was asked.
//!
//! Rows may be sorted, rows and columns inserted, tabs renamed: cells are found by the codes beside and above them. Where a code was edited,
//! doubled or deleted, or stands beside another name than its own, the whole file is refused: half a shifted table is worse than none.

use std::collections::{BTreeMap, BTreeSet};

use leitai_domain::period::Period;

use super::{
    grid::Rows,
    meta::{Cell, Meta, TemplateError},
    write::column,
};
use crate::{
    open::{Sheet, Workbook, cell_name},
    raw::{RawContent, RawItem, RawNote, RawNumber, RawValue},
    subject::Subject,
    text::normalise,
};

/// Problems that one error tells.
const TOLD: usize = 5;

type At = (u32, u32);

/// Reads every sheet of a template.
///
/// # Errors
/// [`TemplateError::Changed`] tells each place where codes, names or headings are not as they were made.
pub fn read(book: &Workbook, meta: &Meta) -> Result<Vec<RawItem>, TemplateError> {
    let mut by_mark: BTreeMap<&str, Vec<&Cell>> = BTreeMap::new();
    for cell in &meta.cells {
        by_mark.entry(&cell.mark).or_default().push(cell);
    }
    let corners = corners(book, &by_mark);
    let (mut items, mut problems, mut taken) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (mark, cells) in by_mark {
        let found = corner(mark, corners.get(mark).map_or(&[], Vec::as_slice));
        let found = found.and_then(|(sheet, corner)| match taken.insert(&sheet.name, mark) {
            None => Ok(Reading::begin(sheet, corner, cells, meta.period)),
            Some(other) => Err(format!("工作表“{}”中有“{other}”和“{mark}”，每个工作表只应有一处", sheet.name)),
        });
        match found {
            Err(problem) => problems.push(problem),
            Ok(reading) => match reading.problems() {
                none if none.is_empty() => items.extend(reading.items()),
                some => problems.extend(some),
            },
        }
    }
    if problems.is_empty() {
        return Ok(items);
    }
    let more = problems.len().saturating_sub(TOLD);
    problems.truncate(TOLD);
    problems.extend((more > 0).then(|| format!("另有{more}处")));
    Err(TemplateError::Changed(problems))
}

/// Where each mark stands on the visible sheets.
fn corners<'a>(book: &'a Workbook, marks: &BTreeMap<&str, Vec<&Cell>>) -> BTreeMap<&'a str, Vec<(&'a Sheet, At)>> {
    let mut corners: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for sheet in book.sheets.iter().filter(|sheet| sheet.closed.is_none()) {
        for (at, cell) in &sheet.cells {
            let text = cell.shown().trim();
            if marks.contains_key(text) {
                corners.entry(text).or_default().push((sheet, *at));
            }
        }
    }
    corners
}

/// The one place of a mark.
fn corner<'a>(mark: &str, found: &[(&'a Sheet, At)]) -> Result<(&'a Sheet, At), String> {
    match found {
        [] => Err(format!("没有左上角写有“{mark}”的工作表，它被删除、隐藏或改动")),
        [only] => Ok(*only),
        [(one, _), (other, _), ..] => Err(format!("“{mark}”在工作表“{}”和“{}”中各有一处，只应有一处", one.name, other.name)),
    }
}

/// One sheet being read.
struct Reading<'a> {
    sheet: &'a Sheet,
    corner: At,
    cells: Vec<&'a Cell>,
    period: Period,
    /// Rows by the code that stands in each.
    rows: BTreeMap<&'a str, Vec<u32>>,
    /// Columns by the code or word that stands above each.
    columns: BTreeMap<&'a str, Vec<u32>>,
}

impl<'a> Reading<'a> {
    fn begin(sheet: &'a Sheet, corner: At, cells: Vec<&'a Cell>, period: Period) -> Self {
        let mut reading = Self { sheet, corner, cells, period, rows: BTreeMap::new(), columns: BTreeMap::new() };
        for (at, cell) in &sheet.cells {
            if at.1 == corner.1 && at.0 > corner.0 {
                reading.rows.entry(cell.shown().trim()).or_default().push(at.0);
            }
            if at.0 == corner.0 && at.1 > corner.1 {
                reading.columns.entry(cell.shown().trim()).or_default().push(at.1);
            }
        }
        reading
    }

    fn place(&self, at: At) -> String {
        format!("{}!{}", self.sheet.name, cell_name(at))
    }

    fn text(&self, at: At) -> &str {
        self.sheet.cells.get(&at).map_or("", |cell| cell.shown())
    }

    /// Whatever would let a value be taken for another's.
    fn problems(&self) -> Vec<String> {
        let rows: BTreeSet<_> = self.cells.iter().map(|cell| cell.axes()[0]).collect();
        let columns: BTreeMap<_, _> = self.cells.iter().map(|cell| cell.axes()[1]).collect();
        let names = self.once(&self.columns, column::NAME, "名称", "列");
        let in_rows = rows.iter().filter_map(|(code, name)| {
            let row = match self.once(&self.rows, code, name, "行") {
                Err(problem) => return Some(problem),
                Ok(row) => row,
            };
            names.as_ref().ok().and_then(|names| self.torn((row, *names), code, name))
        });
        let in_columns = columns.iter().filter_map(|(code, name)| match self.once(&self.columns, code, name, "列") {
            Err(problem) => Some(problem),
            Ok(column) => self.misdated(column),
        });
        let indicators: BTreeMap<&str, &Cell> = self.cells.iter().map(|cell| (cell.indicator.as_str(), *cell)).collect();
        let units = indicators.into_values().filter_map(|cell| self.misnamed(cell));
        let ours = [column::NOTE, column::UNIT, column::PERIOD].into_iter().filter(|name| self.printed(name));
        let doubled = ours.filter_map(|name| self.once(&self.columns, name, "说明文字", "列").err());
        names.as_ref().err().cloned().into_iter().chain(doubled).chain(in_rows).chain(in_columns).chain(units).collect()
    }

    /// True for a word that the template puts over a column of this sheet.
    fn printed(&self, name: &str) -> bool {
        name == column::NOTE || self.cells.first().is_some_and(|cell| cell.rows == Rows::Questions)
    }

    /// The one row or column of a code.
    fn once(&self, found: &BTreeMap<&str, Vec<u32>>, code: &str, name: &str, what: &str) -> Result<u32, String> {
        let sheet = &self.sheet.name;
        match found.get(code).map_or(&[][..], Vec::as_slice) {
            [only] => Ok(*only),
            [] => Err(format!("工作表“{sheet}”缺少代码“{code}”（{name}）的{what}，它被删除或代码被改动")),
            several => Err(format!("工作表“{sheet}”中代码“{code}”（{name}）有{}{what}，只应有一{what}", several.len())),
        }
    }

    /// A row whose code stands beside another's name: its cells were sorted without it.
    fn torn(&self, at: At, code: &str, name: &str) -> Option<String> {
        let found = self.text(at);
        let problem = || format!("{}是“{found}”，同行的代码{code}是“{name}”；排序须整行一起", self.place(at));
        (normalise(found) != normalise(name)).then(problem)
    }

    /// A heading that was set to another period: the period is the template's.
    fn misdated(&self, column: u32) -> Option<String> {
        self.undated(self.above(column)?, column)
    }

    /// A text that names another period than the template's.
    fn undated(&self, (row, text): (u32, &str), column: u32) -> Option<String> {
        let stock = format!("{}年{}月末", self.period.year(), self.period.month());
        let dated = text.contains(&self.period.chinese()) || text.contains(&stock);
        let place = || self.place((row, column));
        (!dated).then(|| format!("{}是“{text}”，本模板的时期是{}；其他时期请另取模板", place(), self.period.chinese()))
    }

    /// The nearest text over a column's code.
    fn above(&self, column: u32) -> Option<(u32, &str)> {
        let rows = self.sheet.cells.range(..(self.corner.0, 0)).rev();
        rows.filter(|(at, _)| at.1 == column).map(|(at, cell)| (at.0, cell.shown())).next()
    }

    /// An indicator whose printed name, unit or period is another than asked.
    fn misnamed(&self, cell: &Cell) -> Option<String> {
        let [(row, _), (column, _)] = cell.axes();
        match cell.rows {
            Rows::Questions => {
                let row = self.only(&self.rows, row)?;
                let (unit, period) = ((row, self.only(&self.columns, column::UNIT)?), self.only(&self.columns, column::PERIOD)?);
                let found = self.text(unit);
                let problem = || format!("{}是“{found}”，应为“{}”", self.place(unit), cell.unit);
                let wrong = (normalise(found) != normalise(&cell.unit)).then(problem);
                wrong.or_else(|| self.undated((row, self.text((row, period))), period))
            }
            Rows::Places => {
                let column = self.only(&self.columns, column)?;
                let wanted = format!("{}（{}，", cell.indicator_name, cell.unit);
                let headed = self.headings(column).any(|text| normalise(text).starts_with(&normalise(&wanted)));
                let problem = || format!("{}的表头应为“{}（{}）”", self.place((self.corner.0, column)), cell.indicator_name, cell.unit);
                (!headed).then(problem)
            }
        }
    }

    /// Heading texts over a column; one that is merged over several columns stands in the first of them.
    fn headings(&self, column: u32) -> impl Iterator<Item = &str> {
        (0..self.corner.0).filter_map(move |row| {
            let mut left = self.sheet.cells.range((row, 0)..=(row, column)).rev();
            left.next().map(|(_, cell)| cell.shown())
        })
    }

    fn only(&self, found: &BTreeMap<&str, Vec<u32>>, code: &str) -> Option<u32> {
        found.get(code)?.first().copied()
    }

    fn items(&self) -> Vec<RawItem> {
        let mut items: BTreeMap<At, RawItem> = self.cells.iter().filter_map(|cell| self.value(cell)).collect();
        items.extend(self.notes());
        let mut used: BTreeSet<At> = items.keys().copied().collect();
        used.extend(self.labels());
        items.extend(self.outside(&used));
        items.into_values().collect()
    }

    fn value(&self, cell: &Cell) -> Option<(At, RawItem)> {
        let [(row, _), (column, _)] = cell.axes();
        let at = (self.only(&self.rows, row)?, self.only(&self.columns, column)?);
        let found = self.sheet.cells.get(&at);
        let value = RawValue {
            subject: Subject::Division(cell.division.clone()),
            indicator: cell.indicator.clone(),
            period: Ok(self.period),
            units: vec![cell.unit.clone()],
            unit_optional: false,
            number: RawNumber::of(found),
            rank: None,
            proxy: String::new(),
            note: self.sheet.remark(at),
        };
        let source_text = found.map(|cell| cell.shown().to_owned()).unwrap_or_default();
        Some((at, RawItem { place: self.place(at), source_text, content: RawContent::Value(value) }))
    }

    /// Words of explanation: of a row's division, or of a row's indicator where the sheet has one division.
    fn notes(&self) -> Vec<(At, RawItem)> {
        let Some(column) = self.only(&self.columns, column::NOTE) else { return Vec::new() };
        let rows: BTreeMap<&str, &Cell> = self.cells.iter().map(|cell| (cell.axes()[0].0, *cell)).collect();
        let note = |(code, cell): (&str, &Cell)| {
            let at = (self.only(&self.rows, code)?, column);
            let text = self.sheet.cells.get(&at)?.shown();
            let indicator = (cell.rows == Rows::Questions).then(|| cell.indicator.clone());
            let content =
                RawContent::Note(RawNote { subject: Subject::Division(cell.division.clone()), indicator, period: Ok(self.period) });
            Some((at, RawItem { place: self.place(at), source_text: text.to_owned(), content }))
        };
        rows.into_iter().filter_map(note).collect()
    }

    /// What the template itself printed: everything above the codes of its columns, and the locked cells of its rows.
    fn labels(&self) -> Vec<At> {
        let rows: BTreeSet<u32> = self.cells.iter().filter_map(|cell| self.only(&self.rows, cell.axes()[0].0)).collect();
        let asked: BTreeSet<u32> = self.cells.iter().filter_map(|cell| self.only(&self.columns, cell.axes()[1].0)).collect();
        let ours: BTreeSet<u32> = self.columns.values().flatten().copied().chain([self.corner.1]).collect();
        let printed = |at: &At| at.0 <= self.corner.0 || (rows.contains(&at.0) && !asked.contains(&at.1));
        self.sheet.cells.keys().copied().filter(|at| ours.contains(&at.1) && printed(at)).collect()
    }

    /// One item for each row and each column that holds something where nothing was asked.
    fn outside(&self, used: &BTreeSet<At>) -> Vec<(At, RawItem)> {
        let rows: BTreeSet<u32> = self.rows.values().flatten().copied().collect();
        let mut groups: BTreeMap<(bool, u32), Vec<At>> = BTreeMap::new();
        for at in self.sheet.cells.keys().filter(|at| !used.contains(at)) {
            let in_row = at.0 > self.corner.0 && !rows.contains(&at.0);
            groups.entry((in_row, if in_row { at.0 } else { at.1 })).or_default().push(*at);
        }
        let item = |((in_row, _), cells): ((bool, u32), Vec<At>)| {
            let first = *cells.first()?;
            let what = if in_row { "行" } else { "列" };
            let message = format!("本{what}有{}个单元格不在模板的填报范围内，未使用", cells.len());
            Some((
                first,
                RawItem { place: self.place(first), source_text: self.text(first).to_owned(), content: RawContent::Outside(message) },
            ))
        };
        groups.into_iter().filter_map(item).collect()
    }
}
