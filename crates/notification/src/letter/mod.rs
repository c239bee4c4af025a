//! Letters: numbered, rendered once from a round's findings, built as one message. Pure: the same input gives the same bytes.

mod chart;
mod correction;
mod draft;
pub mod figures;
mod history;
mod mime;
mod number;
mod overdue;
mod page;
mod reminder;
mod sample;
mod sections;
mod templates;
mod words;
mod workbook;

#[cfg(test)]
mod tests;

pub use leitai_domain::calendar::BEIJING;

pub use chart::{ChartError, Pictures};
pub use correction::{Correction, Entry, Original};
pub use draft::{Draft, RenderError, Rendered, SampleError, Told};
pub use history::{Earlier, Histories, History, Reply};
pub use mime::{BuildError, Mail, build};
pub use number::{Number, hex, stable_id};
pub use reminder::{First, Reminder};
pub use sample::messages as samples;
pub use templates::{SHIPPED, TemplateError, Templates};
pub use words::form;
pub use workbook::Attachment;
