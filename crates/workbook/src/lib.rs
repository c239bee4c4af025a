//! From a file's bytes to raw items: what stands in which cell, before anyone judges it. Pure, no database and no clock.
//!
//! [`open`] opens a file within bounds, [`layout`] says what its texts mean, [`table`] finds the tables, [`year`] dates labels that
//! print no year, and [`read`] turns cells into raw items. [`delimited`] does the same for CSV: [`rows`] of the plain long form, a filled
//! template, or [`sdmx`]. [`template`] writes what an agency is to fill, and reads it back; [`sdmx`] writes values in force. [`duties`] reads
//! and writes responsibility lists (责任清单), with the ranges that [`merged`] finds. [`suggest`] drafts a layout for a workbook that has none.
//!
//! It promises that every filled cell is read into an item or told of in one, that any content at all ends in items or one error within
//! bounded time and memory, and that nothing is guessed: what cannot be told is said in the item.

pub mod day;
pub mod delimited;
pub mod duties;
pub mod layout;
mod lines;
pub mod merged;
pub mod open;
pub mod outside;
pub mod raw;
pub mod read;
pub mod records;
pub mod rows;
pub mod sdmx;
pub mod shipped;
pub mod subject;
pub mod suggest;
pub mod table;
pub mod template;
pub mod text;
pub mod units;
pub mod year;
