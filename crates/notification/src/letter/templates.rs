//! Templates: the shipped ones, or an agency's own from a directory, checked before any letter is made.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use leitai_domain::ladder::Tier;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

use super::{
    Told, correction, reminder, sample,
    words::{Worded, Words, forbidden},
};

/// Makes the paragraphs of each tier: the blocks `title`, `opening`, `request` and `closing`, a paragraph on each line.
const WORDS: &str = "words.txt";
/// What the pages of letters and reminders have in common: head, styles, letterhead, and the words around the figures.
const FRAME: &str = "frame.html";
/// The page as HTML; every value is escaped.
const HTML: &str = "letter.html";
/// Its plain-text twin.
const TEXT: &str = "letter.txt";
/// A reminder as HTML, with the words of its plain-text twin.
const REMINDER_HTML: &str = "reminder.html";
/// A reminder as text: the same blocks as in [`WORDS`] stand in it.
const REMINDER_TEXT: &str = "reminder.txt";

/// A correction as HTML, with the words of its plain-text twin.
const CORRECTION_HTML: &str = "correction.html";
/// A correction as text: the same blocks as in [`WORDS`] stand in it.
const CORRECTION_TEXT: &str = "correction.txt";

/// What reminders are called where a fault is told.
const REMINDER: &str = "催报";
/// What corrections are called there.
const CORRECTION: &str = "更正";

/// The shipped frame.
const FRAME_TEXT: &str = include_str!("../../templates/frame.html");

/// The shipped correction as HTML.
const CORRECTION_PAGE: &str = include_str!("../../templates/correction.html");
/// The shipped correction as text.
const CORRECTION_WORDS: &str = include_str!("../../templates/correction.txt");

/// The shipped templates: file name and text.
pub const SHIPPED: [(&str, &str); 8] = [
    (WORDS, include_str!("../../templates/words.txt")),
    (FRAME, FRAME_TEXT),
    (HTML, include_str!("../../templates/letter.html")),
    (TEXT, include_str!("../../templates/letter.txt")),
    (REMINDER_HTML, include_str!("../../templates/reminder.html")),
    (REMINDER_TEXT, include_str!("../../templates/reminder.txt")),
    (CORRECTION_HTML, CORRECTION_PAGE),
    (CORRECTION_TEXT, CORRECTION_WORDS),
];

/// Templates that were checked.
#[derive(Debug, Clone)]
pub struct Templates(Environment<'static>);

/// Why templates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A file that cannot be read.
    #[error("the template `{path}` cannot be read; `leitai letters templates -o DIR` writes a whole set", path = path.display())]
    File {
        /// Where it should be.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// A syntax fault, or something that the page does not have.
    #[error("the template `{path}` does not fit a {tier} letter, line {line}, at `{at}`", path = path.display())]
    Fault {
        /// The file.
        path: PathBuf,
        /// Counts from 1; 0 where it is about the whole file.
        line: usize,
        /// What stands there.
        at: String,
        /// The tier of the letter tried, 催报 or 更正.
        tier: &'static str,
        /// What is wrong.
        source: Box<Error>,
    },
    /// Words that a letter must not have.
    #[error("the templates in `{directory}` make a {tier} letter that {fault}", directory = directory.display())]
    Words {
        /// The directory.
        directory: PathBuf,
        /// The tier of the letter tried, 催报 or 更正.
        tier: &'static str,
        /// What is wrong.
        fault: String,
    },
}

impl Templates {
    /// The shipped templates.
    ///
    /// # Errors
    /// None that tests let pass.
    pub fn shipped() -> Result<Self, TemplateError> {
        Self::checked(Path::new("shipped"), SHIPPED.map(|(name, text)| (name, text.to_owned())))
    }

    /// The templates in a directory, which must hold every file of [`SHIPPED`] but the frame, which pages that are whole do not need, and the two
    /// of corrections, which came later: where one of these is left out the shipped one is used.
    ///
    /// # Errors
    /// [`TemplateError`] names the file and the line.
    pub fn from_dir(directory: &Path) -> Result<Self, TemplateError> {
        let read = |name: &'static str| {
            let path = directory.join(name);
            fs::read_to_string(&path).map(|text| (name, text)).map_err(|source| TemplateError::File { path, source })
        };
        let or_shipped = |name: &'static str, shipped: &str| match read(name) {
            Err(TemplateError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok((name, shipped.to_owned())),
            read => read,
        };
        let files = [
            read(WORDS)?,
            or_shipped(FRAME, FRAME_TEXT)?,
            read(HTML)?,
            read(TEXT)?,
            read(REMINDER_HTML)?,
            read(REMINDER_TEXT)?,
            or_shipped(CORRECTION_HTML, CORRECTION_PAGE)?,
            or_shipped(CORRECTION_TEXT, CORRECTION_WORDS)?,
        ];
        Self::checked(directory, files)
    }

    /// Compiles the files and renders sample letters of every tier, reminders and corrections.
    fn checked(directory: &Path, files: [(&'static str, String); 8]) -> Result<Self, TemplateError> {
        let mut templates = environment();
        for (name, text) in files {
            templates.add_template_owned(name, text).map_err(|error| fault(directory, Tier::Notice.chinese(), error))?;
        }
        let templates = Self(templates);
        for tier in [Tier::Notice, Tier::Warning, Tier::Supervision, Tier::Interview] {
            check(directory, tier.chinese(), sample::letters(&templates, tier))?;
        }
        check(directory, REMINDER, reminder::sample::letters(&templates))?;
        check(directory, CORRECTION, correction::sample::letters(&templates))?;
        Ok(templates)
    }

    /// A letter of a tier in words. The subject is made from the title.
    pub(super) fn letter(&self, page: &impl Serialize, subject: impl FnOnce(&str) -> String) -> Result<Told, Error> {
        let (_, words) = self.text_and_words(WORDS, page)?;
        let subject = subject(&words.title);
        let worded = Worded { subject: &subject, words: &words, page };
        let (html, text) = (self.rendered(HTML, &worded)?, self.rendered(TEXT, &worded)?);
        Ok(Told { subject, html, text })
    }

    /// A reminder in words, as [`Self::letter`].
    pub(super) fn reminder(&self, page: &impl Serialize, subject: impl FnOnce(&str) -> String) -> Result<Told, Error> {
        self.with_own_words(REMINDER_TEXT, REMINDER_HTML, page, subject)
    }

    /// A correction in words, as [`Self::letter`].
    pub(super) fn correction(&self, page: &impl Serialize, subject: impl FnOnce(&str) -> String) -> Result<Told, Error> {
        self.with_own_words(CORRECTION_TEXT, CORRECTION_HTML, page, subject)
    }

    /// Of a kind whose words stand in its plain text.
    fn with_own_words(&self, text: &str, html: &str, page: &impl Serialize, subject: impl FnOnce(&str) -> String) -> Result<Told, Error> {
        let (text, words) = self.text_and_words(text, page)?;
        let subject = subject(&words.title);
        let html = self.rendered(html, &Worded { subject: &subject, words: &words, page })?;
        Ok(Told { subject, html, text })
    }

    fn text_and_words(&self, name: &str, facts: &impl Serialize) -> Result<(String, Words), Error> {
        let template = self.0.get_template(name)?;
        let mut blocks = template.render_captured(Serde(facts))?;
        let mut lines = |block: &str| {
            let text = blocks.with_state_mut(|state| state.render_block(block))?;
            Ok::<Vec<String>, Error>(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
        };
        let title = lines("title")?.join("\n");
        let words = Words { title, opening: lines("opening")?, request: lines("request")?, closing: lines("closing")? };
        Ok((blocks.into_output(), words))
    }

    fn rendered(&self, name: &str, page: &impl Serialize) -> Result<String, Error> {
        self.0.get_template(name)?.render(Serde(page))
    }
}

/// Holds sample letters against what every letter must and must not say.
fn check(directory: &Path, tier: &'static str, letters: Vec<Result<Told, Error>>) -> Result<(), TemplateError> {
    let wrong = |fault| TemplateError::Words { directory: directory.to_owned(), tier, fault };
    for told in letters {
        let told = told.map_err(|error| fault(directory, tier, error))?;
        if told.subject.contains(char::is_control) {
            return Err(wrong("has a title of more than one line".to_owned()));
        }
        let bodies = [&told.html, &told.text];
        if let Some(word) = bodies.into_iter().find_map(|body| forbidden(body)) {
            return Err(wrong(format!("says `{word}`: no letter asks anyone to raise a number")));
        }
        // The workbook's name and the subject, which is the page's title, hold the number as well.
        let shown = |body: &String| body.replace(&sample::attachment(), "").replace(&told.subject, "").contains(sample::NUMBER);
        let head = |body: &String| shown(body) && body.contains(sample::ISSUER);
        if !bodies.into_iter().all(head) {
            return Err(wrong("leaves out its number or who issues it, as HTML or as text".to_owned()));
        }
    }
    Ok(())
}

fn environment() -> Environment<'static> {
    let mut templates = Environment::new();
    // Faults then say what stands where they are.
    templates.set_debug(true);
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    // Block tags stand on lines of their own and leave none behind. No delimiter is changed, so the builder has nothing to refuse.
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().unwrap_or_default());
    templates
}

fn fault(directory: &Path, tier: &'static str, error: Error) -> TemplateError {
    let path = directory.join(error.name().unwrap_or(WORDS));
    let at = error.template_source().zip(error.range()).and_then(|(source, range)| source.get(range)).unwrap_or_default().to_owned();
    TemplateError::Fault { path, line: error.line().unwrap_or_default(), at, tier, source: Box::new(error) }
}
