//! What a file is by its content; its name must say the same.

use std::io::{Cursor, Read};

use super::{WorkbookError, container::Container, encoding};

/// A file that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Office Open XML, Excel 2007 and later.
    Xlsx,
    /// BIFF8 in a compound file, Excel 97 to 2003.
    Xls,
    /// OpenDocument.
    Ods,
    /// CSV.
    Text,
}

/// Endings of names, and what the content must be.
const ENDINGS: [(&str, Kind); 5] =
    [(".xlsx", Kind::Xlsx), (".xlsm", Kind::Xlsx), (".xls", Kind::Xls), (".ods", Kind::Ods), (".csv", Kind::Text)];
/// The endings, for messages.
pub const ENDINGS_LIST: &str = ".xlsx, .xlsm, .xls, .ods or .csv";

/// Why a file is of no kind that is read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KindError {
    /// Not a byte.
    #[error("the file is empty")]
    Empty,
    /// Something that is no spreadsheet, or one that is not read.
    #[error("the file is {what}: {advice}")]
    Foreign {
        /// Article and noun.
        what: &'static str,
        /// What would be right.
        advice: &'static str,
    },
    /// The name has none of the endings.
    #[error("`{name}` ends in none of {ENDINGS_LIST}")]
    Ending {
        /// The file's name.
        name: String,
    },
    /// Name and content disagree.
    #[error("`{name}` is {what} by its content: give it a name that ends in {ending}, or save it as what its name says")]
    Name {
        /// The file's name.
        name: String,
        /// Article and noun.
        what: &'static str,
        /// The ending that fits.
        ending: &'static str,
    },
}

impl Kind {
    /// What the name says.
    ///
    /// # Errors
    /// [`KindError::Ending`].
    pub fn of_name(name: &str) -> Result<Self, KindError> {
        let lower = name.to_lowercase();
        let found = ENDINGS.iter().find(|(ending, _)| lower.ends_with(ending));
        found.map(|(_, kind)| *kind).ok_or_else(|| KindError::Ending { name: name.to_owned() })
    }

    /// What the content says.
    ///
    /// # Errors
    /// [`KindError`] names what it is instead; an archive that cannot be opened has the errors of its reader.
    pub fn of(content: &[u8]) -> Result<Self, WorkbookError> {
        if content.is_empty() {
            return Err(KindError::Empty.into());
        }
        if content.starts_with(b"PK\x03\x04") || content.starts_with(b"PK\x05\x06") {
            return of_archive(content);
        }
        if content.starts_with(&super::container::MAGIC) {
            return of_container(&Container::open(content)?);
        }
        foreign(content).map_or(Ok(Self::Text), |(what, advice)| Err(KindError::Foreign { what, advice }.into()))
    }

    /// What the content says, which must be what the name says.
    ///
    /// # Errors
    /// [`KindError`], and the errors of [`Kind::of`].
    pub fn of_named(name: &str, content: &[u8]) -> Result<Self, WorkbookError> {
        let (named, kind) = (Self::of_name(name)?, Self::of(content)?);
        if named == kind {
            return Ok(kind);
        }
        let (what, ending) = kind.words();
        Err(KindError::Name { name: name.to_owned(), what, ending }.into())
    }

    /// The kind with its article, and the ending of its names.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Xlsx => ("an .xlsx workbook", ".xlsx"),
            Self::Xls => ("an .xls workbook", ".xls"),
            Self::Ods => ("an .ods workbook", ".ods"),
            Self::Text => ("a text", ".csv"),
        }
    }
}

/// One line for people: what the file is, and of a text its encoding.
#[must_use]
pub fn describe(content: &[u8]) -> Option<String> {
    match Kind::of(content).ok()? {
        Kind::Text => encoding::decode(content).ok().map(|text| format!("CSV in {}", text.encoding)),
        kind => Some(kind.words().1.trim_start_matches('.').to_owned()),
    }
}

pub(super) const SAVE_AS: &str = "open it in a spreadsheet program and save it as .xlsx";
const SEND_TABLE: &str = "send the workbook that it was made from";
const UNPACK: &str = "unpack it and send the workbook inside";
/// A workbook behind a password.
pub(super) const ENCRYPTED: KindError =
    KindError::Foreign { what: "an encrypted workbook", advice: "remove its password and send it again" };

fn of_archive(content: &[u8]) -> Result<Kind, WorkbookError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(content))?;
    let has = |archive: &zip::ZipArchive<_>, name: &str| archive.file_names().flatten().any(|one| one.eq_ignore_ascii_case(name));
    if let Ok(entry) = archive.by_name("mimetype") {
        let mut kind = String::new();
        if entry.take(100).read_to_string(&mut kind).is_ok() && kind.trim() == "application/vnd.oasis.opendocument.spreadsheet" {
            return Ok(Kind::Ods);
        }
    }
    let (what, advice) = match () {
        () if has(&archive, "xl/workbook.bin") => ("an Excel binary workbook (.xlsb)", SAVE_AS),
        () if has(&archive, "word/document.xml") => ("a Word document", SEND_TABLE),
        () if has(&archive, "ppt/presentation.xml") => ("a PowerPoint document", SEND_TABLE),
        () if has(&archive, "[Content_Types].xml") || has(&archive, "xl/workbook.xml") => return Ok(Kind::Xlsx),
        () if has(&archive, "mimetype") => ("an OpenDocument file that is no spreadsheet", SEND_TABLE),
        () => ("a ZIP archive", UNPACK),
    };
    Err(KindError::Foreign { what, advice }.into())
}

fn of_container(container: &Container<'_>) -> Result<Kind, WorkbookError> {
    let (what, advice) = match () {
        () if container.has("/EncryptedPackage") => return Err(ENCRYPTED.into()),
        () if container.has("/Workbook") || container.has("/Book") => return Ok(Kind::Xls),
        () if container.has("/WordDocument") => ("a Word document", SEND_TABLE),
        () if container.has("/PowerPoint Document") => ("a PowerPoint document", SEND_TABLE),
        () => ("an Office file that holds no workbook", SAVE_AS),
    };
    Err(KindError::Foreign { what, advice }.into())
}

/// First bytes of files that are sent for workbooks.
const MAGICS: [(&[u8], &str, &str); 14] = [
    (b"%PDF", "a PDF", SEND_TABLE),
    (b"{\\rtf", "a rich text document", SEND_TABLE),
    (b"\x89PNG", "a picture", SEND_TABLE),
    (b"\xff\xd8\xff", "a picture", SEND_TABLE),
    (b"GIF8", "a picture", SEND_TABLE),
    (b"\x1f\x8b", "a gzip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"\x09\x00", "an Excel workbook from before 1993", SAVE_AS),
    (b"\x09\x02", "an Excel workbook from before 1993", SAVE_AS),
    (b"\x09\x04", "an Excel workbook from before 1993", SAVE_AS),
    (b"\x09\x08", "an Excel workbook without its container", SAVE_AS),
    (b"ID;P", "a SYLK table", SAVE_AS),
    (b"MZ", "a program", SEND_TABLE),
];

/// What a file is that is no archive, no container and no plain text.
fn foreign(content: &[u8]) -> Option<(&'static str, &'static str)> {
    let magic = MAGICS.iter().find(|(magic, ..)| content.starts_with(magic));
    if let Some((_, what, advice)) = magic {
        return Some((what, advice));
    }
    let head = content.get(..2_048).unwrap_or(content);
    let head: String = String::from_utf8_lossy(head).chars().filter(|c| *c != '\0').collect::<String>().to_lowercase();
    let head = head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{fffd}');
    let has = |text: &str| head.contains(text);
    match () {
        () if head.starts_with("mime-version:") => Some(("a web archive (MHTML)", SAVE_AS)),
        () if !head.starts_with('<') => None,
        () if has("urn:schemas-microsoft-com:office:spreadsheet") => Some(("an XML spreadsheet of Excel 2003", SAVE_AS)),
        () if has("urn:oasis:names:tc:opendocument") => Some(("a flat OpenDocument file", SAVE_AS)),
        () if has("<html") || has("<!doctype html") || has("<table") || has("<head") || has("<body") => {
            Some(("a web page (HTML)", SAVE_AS))
        }
        () if has("<?xml") => Some(("an XML file", SAVE_AS)),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use rstest::rstest;

    use super::*;

    fn archive(names: &[&str]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn container(stream: &str) -> Vec<u8> {
        let mut file = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        file.create_stream(stream).unwrap().write_all(b"x").unwrap();
        file.flush().unwrap();
        file.into_inner().into_inner()
    }

    use cfb::CompoundFile;

    #[rstest]
    #[case(b"".to_vec(), "the file is empty")]
    #[case(b"%PDF-1.7".to_vec(), "a PDF")]
    #[case(b"\r\n <html><body><table>".to_vec(), "a web page (HTML)")]
    #[case(b"\xef\xbb\xbf<!DOCTYPE html>".to_vec(), "a web page (HTML)")]
    #[case(b"<\0h\0t\0m\0l\0>\0".to_vec(), "a web page (HTML)")]
    #[case(b"<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">".to_vec(), "an XML spreadsheet")]
    #[case(b"MIME-Version: 1.0\r\n".to_vec(), "a web archive")]
    #[case(b"\x09\x08\x10\0\0\x06".to_vec(), "without its container")]
    #[case(archive(&["word/document.xml", "[Content_Types].xml"]), "a Word document")]
    #[case(archive(&["xl/workbook.bin", "[Content_Types].xml"]), "an Excel binary workbook")]
    #[case(archive(&["a.csv"]), "a ZIP archive")]
    #[case(container("/EncryptedPackage"), "an encrypted workbook: remove its password")]
    #[case(container("/WordDocument"), "a Word document")]
    #[case(container("/x"), "holds no workbook")]
    fn what_is_not_read_is_named(#[case] content: Vec<u8>, #[case] words: &str) {
        let error = Kind::of(&content).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[rstest]
    #[case("a.xlsx", container("/Workbook"), "is an .xls workbook by its content: give it a name that ends in .xls,")]
    #[case("a.xls", archive(&["xl/workbook.xml"]), "is an .xlsx workbook by its content")]
    #[case("a.xls", b"a,b".to_vec(), "is a text by its content: give it a name that ends in .csv")]
    #[case("a.et", b"a,b".to_vec(), "`a.et` ends in none of .xlsx")]
    fn a_name_must_say_what_the_content_is(#[case] name: &str, #[case] content: Vec<u8>, #[case] words: &str) {
        let error = Kind::of_named(name, &content).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[rstest]
    #[case("A.XLSX", archive(&["xl/workbook.xml"]), Kind::Xlsx)]
    #[case("a.xlsm", archive(&["xl/workbook.xml"]), Kind::Xlsx)]
    #[case("a.xls", container("/Workbook"), Kind::Xls)]
    #[case("a.csv", b"a,b".to_vec(), Kind::Text)]
    fn name_and_content_agree(#[case] name: &str, #[case] content: Vec<u8>, #[case] kind: Kind) {
        assert_eq!(Kind::of_named(name, &content).unwrap(), kind);
    }
}
