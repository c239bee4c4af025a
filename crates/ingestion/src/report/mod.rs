//! From a file's bytes to assessed items: pure, no database and no clock.
//!
//! [`workbook`] opens a file within bounds, [`layout`] says what its texts mean, [`table`] finds the tables, [`year`] dates labels that
//! print no year, [`read`] turns cells into raw items, [`rows`] does the same for CSV and rows, and [`assess`] judges each of them
//! ([`scope`]: whether its division can report its indicator).

pub mod assess;
pub mod layout;
pub mod outside;
pub mod raw;
pub mod read;
pub mod rows;
pub mod scope;
pub mod subject;
pub mod table;
pub mod text;
pub mod units;
pub mod workbook;
pub mod year;

#[cfg(test)]
mod tests;
