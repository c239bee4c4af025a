//! Templates (报送模板): the workbook that an agency owes for a period, written to be filled, and read back without a layout.
//!
//! [`Form`] says what is asked, [`write`] makes the workbook and [`table`] the CSV; [`read`] and [`table`] take them back.
//! A hidden sheet ([`Meta`]) holds which cells were asked for. On the visible sheets codes stand beside rows and above columns, so that sorted
//! rows, inserted columns and renamed tabs do no harm; where a code was edited or torn from its name the file is refused.

mod asking;
mod form;
mod grid;
mod meta;
mod range;
pub mod read;
pub mod table;
pub mod write;

#[cfg(test)]
mod tests;

pub use self::{
    asking::Asking,
    form::{Asked, Form, Key, Known, Place, Question},
    meta::{Expected, Meta, SHEET, TemplateError},
};
