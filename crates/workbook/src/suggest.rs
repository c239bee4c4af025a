//! Drafts a layout for a workbook that has none.
//!
//! What is clear is written as a table; what is not stands in comments with the reason, for a person to decide. Clear is a column whose
//! title or heading is an indicator's own name, in a unit that converts, under a period; a rank is clear where its numbers are the order
//! of one clear column. A name that is only like an indicator's is never taken.

mod judge;
mod place;
mod print;
mod sheet;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use leitai_domain::{division::Registry, plan::Plan};

use crate::{
    layout::{ColumnSpec, Layout, LayoutError},
    open::Workbook,
    table,
};

/// Why no layout can be drafted.
#[derive(Debug, thiserror::Error)]
pub enum SuggestError {
    /// The names do not say where the workbook is from.
    #[error("the row names lie under no single prefecture or province: give --under CODE")]
    NoPlace,
    /// The code is no division's.
    #[error("`{0}` is no code of a division")]
    UnknownPlace(String),
    /// No visible sheet has three counties under a heading.
    #[error("no visible sheet has a table by county under {0}: a title, a heading and at least three names of its divisions in one column")]
    NoTable(String),
    /// The draft does not read back.
    #[error("the draft is no valid layout")]
    Unsound(#[from] LayoutError),
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// Values of this indicator.
    Indicator(String),
    /// Printed ranks of this indicator.
    RankOf(String),
}

impl Content {
    fn entry(&self) -> String {
        match self {
            Self::Indicator(id) => format!("indicator = {}", print::quote(id)),
            Self::RankOf(id) => format!("rank_of = {}", print::quote(id)),
        }
    }
}

/// How sure it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Written as a column.
    Clear(Content),
    /// Commented out, with the reason in Chinese.
    Unsure(Content, String),
    /// Nothing fits: why, Chinese.
    None(String),
}

/// A column of a drafted table.
#[derive(Debug, Clone)]
pub struct Column {
    /// From 0.
    pub index: u32,
    /// Its heading without the unit.
    pub text: String,
    /// The heading's name in the layout.
    pub heading: String,
    /// What it holds.
    pub claim: Claim,
}

impl Column {
    /// The indicator whose values clearly stand here.
    fn clear(&self) -> Option<&str> {
        if let Claim::Clear(Content::Indicator(id)) = &self.claim { Some(id) } else { None }
    }
}

/// A table by county of the workbook.
#[derive(Debug, Clone)]
pub struct Drafted {
    /// Name of the sheet.
    pub sheet: String,
    /// Normalised title.
    pub title: String,
    /// Every column with a heading.
    pub columns: Vec<Column>,
    first_heading: String,
    other_rows: Vec<String>,
}

impl Drafted {
    /// True where at least one column is clear.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.columns.iter().any(|column| matches!(column.claim, Claim::Clear(_)))
    }

    fn clear(&self) -> BTreeSet<(u32, Content)> {
        let clear = |column: &Column| if let Claim::Clear(content) = &column.claim { Some((column.index, content.clone())) } else { None };
        self.columns.iter().filter_map(clear).collect()
    }

    fn withdraw(&mut self, why: &str) {
        for column in &mut self.columns {
            if let Claim::Clear(content) = &column.claim {
                column.claim = Claim::Unsure(content.clone(), why.to_owned());
            }
        }
    }
}

/// A drafted layout.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The file; [`Layout::from_toml`] reads it.
    pub toml: String,
    /// Row names are divisions under this code.
    pub under: String,
    /// Tables by county, in the order of the sheets.
    pub tables: Vec<Drafted>,
}

struct Place {
    under: String,
    name: String,
    whole: Option<String>,
    other_levels: Vec<String>,
}

/// Drafts the layout of a workbook for a plan; without `under` the row names say where it is from.
///
/// # Errors
/// [`SuggestError`] says what the workbook lacks.
pub fn suggest(book: &Workbook, registry: &Registry, plan: &Plan, under: Option<&str>) -> Result<Draft, SuggestError> {
    let under = under.map_or_else(|| place::infer(book, registry), |code| Ok(code.to_owned()))?;
    let place = place_of(registry, under)?;
    let (mut tables, mut unread) = (Vec::new(), Vec::new());
    for sheet in &book.sheets {
        match sheet::find(sheet, registry, &place.under) {
            Ok(found) => tables.push(drafted(found, plan)),
            Err(why) => unread.push((sheet.name.clone(), why)),
        }
    }
    if tables.is_empty() {
        return Err(SuggestError::NoTable(place.name));
    }
    settle(&mut tables);
    let first = Layout::from_toml(&print::print(&place, &tables, &unread))?;
    hold(book, &mut tables, &first);
    let toml = print::print(&place, &tables, &unread);
    Layout::from_toml(&toml)?;
    Ok(Draft { toml, under: place.under, tables })
}

fn place_of(registry: &Registry, under: String) -> Result<Place, SuggestError> {
    let unknown = || SuggestError::UnknownPlace(under.clone());
    let name = registry.full_name(&under).ok_or_else(unknown)?;
    let province = under.get(..2).map(|code| format!("{code}0000")).filter(|code| *code != under);
    let other_levels = province.and_then(|code| registry.get(&code)).map(|found| found.name.clone());
    let other_levels = other_levels.map_or_else(Vec::new, |name| vec!["全国".to_owned(), "全省".to_owned(), name]);
    let whole = registry.get(&under).and_then(|found| found.name.chars().last()).map(|kind| format!("全{kind}"));
    Ok(Place { under, name, whole, other_levels })
}

fn drafted(found: sheet::Found<'_>, plan: &Plan) -> Drafted {
    let columns = judge::columns(&found, plan);
    let sheet = found.sheet.name.clone();
    Drafted { sheet, title: found.title, columns, first_heading: found.first_heading, other_rows: found.other_rows }
}

/// Two columns that claim the same, or share a heading, and two tables of one title are for a person to tell apart.
fn settle(tables: &mut [Drafted]) {
    let (mut titles, mut claims): (BTreeMap<String, usize>, BTreeMap<String, usize>) = (BTreeMap::new(), BTreeMap::new());
    for table in tables.iter() {
        *titles.entry(table.title.clone()).or_default() += 1;
        for id in table.columns.iter().filter_map(Column::clear) {
            *claims.entry(id.to_owned()).or_default() += 1;
        }
    }
    for table in tables {
        let mut headings: BTreeMap<&str, usize> = BTreeMap::new();
        table.columns.iter().for_each(|column| *headings.entry(&column.heading).or_default() += 1);
        let twice = headings.values().any(|count| *count > 1);
        let rival = table.columns.iter().filter_map(Column::clear).any(|id| claims.get(id).is_some_and(|count| *count > 1));
        if titles.get(&table.title).is_some_and(|count| *count > 1) {
            table.withdraw("有几张县市区表是这个标题");
        } else if rival {
            table.withdraw("有几栏都是这个指标");
        } else if twice {
            table.withdraw("表中有几栏的表头相同");
        }
    }
}

/// Reads the workbook with the draft: a title under which something else would be read than was judged is for a person.
fn hold(book: &Workbook, tables: &mut [Drafted], layout: &Layout) {
    for sheet in book.sheets.iter().filter(|sheet| sheet.closed.is_none()) {
        let read: BTreeSet<(u32, Content)> = table::find(sheet, layout).map(|found| contents(&found)).unwrap_or_default();
        let judged = tables.iter().find(|table| table.sheet == sheet.name).map(Drafted::clear).unwrap_or_default();
        let Some((_, title)) = table::title(sheet).filter(|_| read != judged) else { continue };
        let same = tables.iter_mut().filter(|table| table.title == title);
        same.for_each(|table| table.withdraw(&format!("工作表“{}”用这个布局会读成别的", sheet.name)));
    }
}

fn contents(found: &table::Table<'_>) -> BTreeSet<(u32, Content)> {
    let content = |spec: &ColumnSpec| {
        let value = spec.indicator.clone().map(Content::Indicator);
        value.or_else(|| spec.rank_of.clone().map(Content::RankOf))
    };
    found.columns.iter().filter_map(|column| Some((column.index, content(column.spec)?))).collect()
}

#[cfg(test)]
mod tests;
