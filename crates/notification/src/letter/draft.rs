//! Everything that a letter is made from, and the letter that it becomes.

use leitai_domain::{
    calendar::Calendar,
    ladder::{Recipient, Tier},
};
use time::OffsetDateTime;

use super::{
    BEIJING, BuildError, Histories, Number, Templates,
    chart::{self, Chart, ChartError, Pictures},
    page::Page,
    words::subject,
    workbook::{self, Attachment},
};
use crate::{config::ConfigError, policy::Policy, round::Round, routing::Parcel};

/// Everything that a letter is made from.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Its number.
    pub number: &'a Number,
    /// Its place on the ladder: decides form and words.
    pub tier: Tier,
    /// The round it reports.
    pub round: &'a Round,
    /// Who it goes to and what it holds.
    pub parcel: &'a Parcel<'a>,
    /// What was written before about what it holds.
    pub histories: &'a Histories,
    /// The policy it follows.
    pub policy: &'a Policy,
    /// Which days are worked.
    pub calendar: &'a Calendar,
    /// The agency that issues it.
    pub issuer: &'a str,
    /// When it is issued.
    pub issued: OffsetDateTime,
    /// Pictures drawn ahead; `None` where charts are off.
    pub charts: Option<&'a Pictures>,
}

/// A letter's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The subject line.
    pub subject: String,
    /// HTML, values escaped.
    pub html: String,
    /// The plain-text twin.
    pub text: String,
}

/// A letter, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Its words.
    pub told: Told,
    /// The picture in its HTML body; absent where charts are off or no path is long enough to be drawn.
    pub chart: Option<Chart>,
    /// Every row of it.
    pub workbook: Attachment,
}

/// Why a letter cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template that does not fit; those that passed the check do.
    #[error("the letter cannot be put into words")]
    Template(#[from] minijinja::Error),
    /// A text that no cell holds.
    #[error("the letter's workbook cannot be written")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The drawing library's own.
    #[error("the letter's chart cannot be drawn")]
    Chart(#[from] ChartError),
}

/// Why a sample letter cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// It cannot be put into words or pictures.
    #[error("a sample letter cannot be made")]
    Render(#[from] RenderError),
    /// It is no message.
    #[error("a sample letter cannot be built")]
    Build(#[from] BuildError),
    /// The configuration cannot be used.
    #[error("the configuration of notification cannot be used")]
    Config(#[from] ConfigError),
}

impl Draft<'_> {
    /// True where any figure in it was simulated.
    #[must_use]
    pub fn simulated(&self) -> bool {
        self.round.simulated || self.parcel.findings.iter().any(|finding| finding.simulated)
    }

    /// Makes the letter.
    ///
    /// # Errors
    /// [`RenderError`]; none happens with templates that passed the check and findings that did.
    pub fn render(&self, templates: &Templates) -> Result<Rendered, RenderError> {
        let workbook = workbook::write(self, self.issued.to_offset(BEIJING).date())?;
        Ok(Rendered { told: self.told(templates)?, chart: chart::draw(self)?, workbook })
    }

    /// True where it goes to the county that is behind.
    #[must_use]
    pub fn by_county(&self) -> bool {
        self.parcel.addressee.role == Recipient::CountyTaskForce
    }

    /// Puts the letter into words.
    ///
    /// # Errors
    /// A template that does not fit the page.
    pub fn told(&self, templates: &Templates) -> Result<Told, minijinja::Error> {
        let items = self.parcel.findings.len();
        templates.letter(&Page::new(self), |title| subject(self.simulated(), self.number, title, items))
    }
}
