//! Which division a workbook is about: the one that most of its row names lie under.

use std::collections::{BTreeMap, BTreeSet};

use leitai_domain::division::{NameError, Registry};

use super::SuggestError;
use crate::{open::Workbook, text::normalise};

/// Fewer names than this say nothing.
const FEWEST: usize = 3;
/// Row names stand in one of the first columns.
pub const NAME_COLUMNS: u32 = 5;

/// The prefecture or province; a prefecture where four fifths of the province's names lie in it.
pub fn infer(book: &Workbook, registry: &Registry) -> Result<String, SuggestError> {
    let mut votes: BTreeMap<String, usize> = BTreeMap::new();
    for place in names(book).iter().flat_map(|name| places(registry, name)) {
        *votes.entry(place).or_default() += 1;
    }
    let best = |province: bool| {
        let mut found: Vec<_> = votes.iter().filter(|(code, _)| code.ends_with("0000") == province).collect();
        found.sort_by_key(|(code, count)| (std::cmp::Reverse(**count), (*code).clone()));
        match found.as_slice() {
            [(_, first), (_, second), ..] if first == second => None,
            [(code, count), ..] if **count >= FEWEST => Some(((*code).clone(), **count)),
            _ => None,
        }
    };
    let province = best(true).ok_or(SuggestError::NoPlace)?;
    let prefecture = best(false).filter(|(_, count)| count * 5 >= province.1 * 4);
    let (code, _) = prefecture.unwrap_or(province);
    registry.get(&code).map(|found| found.code.clone()).ok_or(SuggestError::NoPlace)
}

fn names(book: &Workbook) -> BTreeSet<String> {
    let open = book.sheets.iter().filter(|sheet| sheet.closed.is_none());
    let cells = open.flat_map(|sheet| sheet.cells.iter()).filter(|((_, column), _)| *column < NAME_COLUMNS);
    let texts = cells.map(|(_, cell)| normalise(cell.shown()));
    texts.filter(|text| (2..=15).contains(&text.chars().count()) && !text.starts_with(|c: char| c.is_ascii_digit())).collect()
}

/// Prefectures and provinces that a name may lie in.
fn places(registry: &Registry, name: &str) -> BTreeSet<String> {
    let codes: Vec<String> = match registry.resolve(name, None) {
        Ok(division) => vec![division.code.clone()],
        Err(NameError::Ambiguous { candidates, .. }) => candidates.into_iter().map(|one| one.code).collect(),
        Err(_) => Vec::new(),
    };
    let above = |code: &String| Some([format!("{}00", code.get(..4)?), format!("{}0000", code.get(..2)?)]);
    codes.iter().filter_map(above).flatten().collect()
}
