//! What each fuzz target does with its input. The corpus is replayed through the same functions by `crates/workbook/tests/corpus.rs`.
//!
//! An archive or a container hides what is inside from a fuzzer: a changed byte breaks a checksum and nothing else. So the targets of the formats
//! take what is inside, and pack it themselves; `open` takes files as they are.

use std::io::{Cursor, Write};

use leitai_domain::{division::Registry, period::Period, plan::Plan, target};
use leitai_workbook::{layout::Layout, open, read, rows, text, year::Years};

/// Stands between the parts of an input that has several.
pub const PART: &[u8] = b"\n--part--\n";

/// A panic inside a reader that we rely on is caught where files are opened; only one that gets out is a finding.
pub fn let_readers_panic() {
    std::panic::set_hook(Box::new(|_| {}));
}

/// A file as it is.
pub fn open(input: &[u8]) {
    let _ = open::open(input);
}

/// Parts of an `.xlsx`: workbook, sheet, shared texts, styles.
pub fn xlsx(input: &[u8]) {
    let _ = open::open_named("a.xlsx", &xlsx_of(input));
}

/// The stream of an `.xls`.
pub fn xls(input: &[u8]) {
    let opened = open::open_named("a.xls", &xls_of(input));
    assert!(!matches!(opened, Err(open::WorkbookError::Broke)), "our own reader panicked");
}

/// The content of an `.ods`.
pub fn ods(input: &[u8]) {
    let opened = open::open_named("a.ods", &ods_of(input));
    assert!(!matches!(opened, Err(open::WorkbookError::Broke)), "our own reader panicked");
}

/// A CSV file, as a sheet and as rows.
pub fn csv(input: &[u8]) {
    let opened = open::open_named("a.csv", input);
    assert!(!matches!(opened, Err(open::WorkbookError::Broke)), "our own reader panicked");
    if let Ok(rows) = rows::from_csv(input) {
        let _ = rows::read(rows, registry(), Some("430000"));
    }
}

/// A layout, and a sheet as CSV that is read through it.
pub fn layout(input: &[u8]) {
    let (layout, sheet) = halves(input);
    let layout = std::str::from_utf8(layout).ok().and_then(|text| Layout::from_toml(text).ok());
    if let (Some(layout), Ok(book)) = (layout, open::open_named("a.csv", sheet)) {
        let items = read::read(&book, &layout, registry(), None);
        assert!(items.is_ok_and(|items| !items.is_empty()), "a sheet was dropped in silence");
    }
}

/// A period label, with and without a year from elsewhere.
pub fn label(input: &[u8]) {
    let Ok(label) = std::str::from_utf8(input) else { return };
    let _ = text::is_label(&text::normalise(label));
    let stated = Period::from_label(label, Some(2025));
    if let Ok(period) = &stated {
        assert_eq!(Period::from_label(&period.to_string(), None).as_ref(), Ok(period));
    }
    if let Ok(printed) = Period::from_label(label, None) {
        assert_eq!(stated, Ok(printed), "a label that prints its year needs no other");
        let _ = Years::weigh(&[printed].into(), None).map(|years| years.period(label));
    }
}

/// A plan, and each of its lines as a target.
pub fn plan(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let _ = Plan::from_toml(text);
    for line in text.lines().take(20) {
        let _ = target::parse(line);
    }
}

fn halves(input: &[u8]) -> (&[u8], &[u8]) {
    let at = input.windows(PART.len()).position(|window| window == PART);
    at.map_or((input, &[]), |at| (&input[..at], &input[at + PART.len()..]))
}

fn registry() -> &'static Registry {
    static REGISTRY: std::sync::OnceLock<Registry> = std::sync::OnceLock::new();
    REGISTRY.get_or_init(|| Registry::shipped().unwrap())
}

/// An `.xlsx` of the parts.
pub fn xlsx_of(input: &[u8]) -> Vec<u8> {
    let (book, rest) = halves(input);
    let (sheet, rest) = halves(rest);
    let (shared, styles) = halves(rest);
    const ROOT: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    const SHEET: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet";
    let part = |id: u8| format!("worksheets/sheet{id}.xml");
    let relation = |id| format!(r#"<Relationship Id="rId{id}" Type="{SHEET}" Target="{}"/>"#, part(id));
    // However a seed numbers its sheets, all of them are alike.
    let relations = format!("<Relationships>{}</Relationships>", (1..10).map(relation).collect::<String>());
    let entries = [
        ("[Content_Types].xml", b"<Types/>".as_slice()),
        ("_rels/.rels", ROOT.as_bytes()),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/sharedStrings.xml", shared),
        ("xl/styles.xml", styles),
    ];
    let sheets: Vec<String> = (1..10).map(|id| format!("xl/{}", part(id))).collect();
    let sheets = sheets.iter().map(|name| (name.as_str(), sheet));
    archive(&entries.into_iter().chain(sheets).filter(|(_, content)| !content.is_empty()).collect::<Vec<_>>())
}

/// An `.ods` of its content.
pub fn ods_of(input: &[u8]) -> Vec<u8> {
    archive(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", input)])
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, stored).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An `.xls` of its stream.
pub fn xls_of(input: &[u8]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream("/Workbook").unwrap().write_all(input).unwrap();
    file.flush().unwrap();
    file.into_inner().into_inner()
}
