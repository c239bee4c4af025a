//! How a form's cells are laid out: sheets, rows and columns.
//!
//! A clerk who reports for many counties runs down one column at a time, so counties are rows and indicators columns, few enough for a page;
//! who reports for one place has a list of indicators.

use leitai_domain::plan::Scope;

use super::form::{Form, Place, Question};

/// Most indicators beside each other: each takes two columns, and more would be too small on an A4 page.
const ABREAST: usize = 6;

/// What the rows of a grid are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// A division each.
    Places,
    /// An indicator each.
    Questions,
}

impl Rows {
    /// As the hidden sheet has it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Places => "divisions",
            Self::Questions => "indicators",
        }
    }

    /// From the hidden sheet.
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Places, Self::Questions].into_iter().find(|rows| rows.key() == key)
    }
}

/// One sheet of entry cells.
#[derive(Debug, Clone)]
pub struct Grid<'a> {
    /// Stands in the sheet's corner: the sheet is known by it, whatever its tab says.
    pub mark: String,
    /// The tab.
    pub name: String,
    /// What its rows are.
    pub rows: Rows,
    /// Its divisions.
    pub places: Vec<&'a Place>,
    /// Its indicators.
    pub questions: Vec<&'a Question>,
}

/// The sheets of a form: counties first, then the province.
pub fn grids(form: &Form) -> Vec<Grid<'_>> {
    let mut grids = Vec::new();
    for scope in [Scope::County, Scope::Province] {
        let questions: Vec<&Question> = form.questions.iter().filter(|question| question.scope == scope).collect();
        let asked = |place: &&Place| questions.iter().any(|question| form.asked(place, question).is_some());
        let places: Vec<&Place> = form.places.iter().filter(asked).collect();
        match places.as_slice() {
            [] => {}
            [only] => grids.push((only.name.clone(), Rows::Questions, places.clone(), questions)),
            _ => grids.extend(abreast(&questions).into_iter().map(|(name, part)| (name, Rows::Places, places.clone(), part))),
        }
    }
    let marked = (1..).zip(grids);
    marked.map(|(number, (name, rows, places, questions))| Grid { mark: mark(number), name, rows, places, questions }).collect()
}

/// Indicators in parts of a page's width, each with its tab.
fn abreast<'a>(questions: &[&'a Question]) -> Vec<(String, Vec<&'a Question>)> {
    let parts = questions.len().div_ceil(ABREAST);
    // Equal parts: seven are four and three, not six and one.
    let width = questions.len().div_ceil(parts.max(1)).max(1);
    let name = |number: usize| if parts > 1 { format!("各县指标{number}") } else { "各县指标".to_owned() };
    questions.chunks(width).enumerate().map(|(at, part)| (name(at + 1), part.to_vec())).collect()
}

/// The text in the corner of a grid.
fn mark(number: usize) -> String {
    format!("{MARK}{number}")
}

/// What every corner begins with.
pub const MARK: &str = "模板#";
