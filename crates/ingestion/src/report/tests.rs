//! The importer on a real workbook, on a made one with every quirk of its siblings, and on anything at all.

mod anything;
mod september;
mod shaoyang;

use leitai_domain::division::Registry;
use leitai_workbook::{layout::Layout, open::open, read::read, shipped::SHAOYANG_LAYOUT};

use super::assess::{Item, Reason, assess};
use crate::testing;

/// Every item of a workbook under the shipped layout.
fn items(content: &[u8], year: Option<i32>) -> Vec<Item> {
    let layout = Layout::from_toml(SHAOYANG_LAYOUT).unwrap();
    let raw = read(&open(content).unwrap(), &layout, &Registry::shipped().unwrap(), year).unwrap();
    assess(raw, &testing::plan())
}

/// Micros of the accepted value.
fn value(items: &[Item], division: &str, indicator: &str) -> Option<i64> {
    let fits = |item: &&Item| item.division.as_deref() == Some(division) && item.indicator.as_deref() == Some(indicator);
    let mut found = items.iter().filter(|item| item.reason == Reason::Accepted).filter(fits);
    let value = found.next().and_then(|item| item.micros);
    assert!(found.next().is_none(), "{division} {indicator} was accepted twice");
    value
}

/// The item at a place.
fn at<'a>(items: &'a [Item], place: &str) -> &'a Item {
    items.iter().find(|item| item.place == place).unwrap_or_else(|| panic!("no item at {place}"))
}
