//! What a workbook says before its sheets: their names, the texts and formats that cells share, and which other files it looks into.

use std::collections::{BTreeSet, HashMap};

use super::{
    Shown, WorkbookError,
    record::{BOF, Bytes, EOF, Record, Records},
    strings::{long_text, shared, short_text},
};
use crate::open::{
    kind::{ENCRYPTED, KindError, SAVE_AS},
    sheet::{HIDDEN, NO_WORKSHEET},
};

/// MS-XLS 2.4.21: the version of Excel 97 and later.
const BIFF8: u16 = 0x0600;
/// MS-XLS 2.4.271: a book of this file, and one of add-ins.
const OWN_BOOKS: [u16; 2] = [0x0401, 0x3a01];

/// A sheet as the workbook lists it.
#[derive(Debug)]
pub(super) struct Tab {
    pub(super) name: String,
    pub(super) closed: Option<&'static str>,
    /// Where its records start in the stream.
    pub(super) start: usize,
}

/// What all sheets share.
#[derive(Debug, Default)]
pub(super) struct Globals {
    pub(super) tabs: Vec<Tab>,
    pub(super) texts: Vec<String>,
    /// Numbers of the references that look into other files.
    pub(super) outside: BTreeSet<u16>,
    formats: HashMap<u16, Shown>,
    styles: Vec<u16>,
    books: Vec<bool>,
    since_1904: bool,
}

impl Globals {
    pub(super) fn read(stream: &[u8]) -> Result<Self, WorkbookError> {
        let mut records = Records::of(stream);
        check_version(&records.next()?)?;
        let mut globals = Self::default();
        loop {
            let record = records.next()?;
            if record.kind == EOF {
                return Ok(globals);
            }
            globals.take(&record)?;
        }
    }

    fn take(&mut self, record: &Record<'_>) -> Result<(), WorkbookError> {
        let mut bytes = Bytes(record.data);
        match record.kind {
            0x002f => return Err(ENCRYPTED.into()),
            0x0085 => self.tabs.push(tab(&mut bytes)?),
            0x00fc => self.texts = shared(record)?,
            0x0022 => self.since_1904 = bytes.short()? == 1,
            0x041e => {
                let id = bytes.short()?;
                self.formats.insert(id, Shown::of_code(&long_text(&mut bytes)?));
            }
            0x00e0 => {
                bytes.short()?;
                self.styles.push(bytes.short()?);
            }
            0x01ae => {
                bytes.short()?;
                self.books.push(!OWN_BOOKS.contains(&bytes.short()?));
            }
            0x0017 => self.references(record)?,
            _ => {}
        }
        Ok(())
    }

    fn references(&mut self, record: &Record<'_>) -> Result<(), WorkbookError> {
        let joined = [&[record.data], record.continued.as_slice()].concat().concat();
        let mut bytes = Bytes(&joined);
        for number in 0..bytes.short()? {
            let (book, _, _) = (bytes.short()?, bytes.short()?, bytes.short()?);
            if self.books.get(usize::from(book)) == Some(&true) {
                self.outside.insert(number);
            }
        }
        Ok(())
    }

    /// What the format of a cell's style makes of a number.
    pub(super) fn shown(&self, style: u16) -> Shown {
        let format = self.styles.get(usize::from(style)).copied().unwrap_or_default();
        match self.formats.get(&format).copied().unwrap_or_else(|| Shown::of_builtin(format)) {
            Shown::Date if self.since_1904 => Shown::Date1904,
            shown => shown,
        }
    }
}

fn check_version(first: &Record<'_>) -> Result<(), WorkbookError> {
    if first.kind != BOF {
        return Err(WorkbookError::Damaged("its records do not start as those of a workbook"));
    }
    if Bytes(first.data).short()? == BIFF8 {
        return Ok(());
    }
    Err(KindError::Foreign { what: "an Excel 5.0 or 95 workbook", advice: SAVE_AS }.into())
}

fn tab(bytes: &mut Bytes<'_>) -> Result<Tab, WorkbookError> {
    let start = bytes.long()? as usize;
    let (state, kind) = (bytes.byte()? & 3, bytes.byte()?);
    let closed = match (state, kind) {
        (1 | 2, _) => Some(HIDDEN),
        (_, 0) => None,
        _ => Some(NO_WORKSHEET),
    };
    Ok(Tab { name: short_text(bytes)?, closed, start })
}
