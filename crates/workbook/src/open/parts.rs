//! Each sheet of an `.xlsx` has a part of its own: a small file could else name one large part two hundred times, and have it read as often.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Cursor},
};

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use zip::ZipArchive;

use super::WorkbookError;

/// The end of a relationship's type that leads to a sheet.
const TO_A_SHEET: &str = "/worksheet";

/// Looks at every list of relationships in the archive, and at the part that it belongs to.
///
/// # Errors
/// [`WorkbookError::SharedPart`] names the part, or the relationship, that two sheets have.
pub(super) fn check(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<(), WorkbookError> {
    let lists: Vec<String> = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).filter(|name| is_list(name)).collect();
    for list in lists {
        let Some((folder, book)) = owner(&list) else { continue };
        let targets = of_each(BufReader::new(archive.by_name(&list)?), "Relationship", target);
        if targets.is_empty() {
            continue;
        }
        once(targets.iter().map(|target| place(folder, target)))?;
        if let Ok(book) = archive.by_name(&format!("{folder}{book}")) {
            once(of_each(BufReader::new(book), "sheet", |tag| attribute(tag, "id")))?;
        }
    }
    Ok(())
}

fn is_list(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".rels")
}

/// `xl/_rels/workbook.xml.rels` belongs to `workbook.xml` in `xl/`.
fn owner(list: &str) -> Option<(&str, &str)> {
    let (folder, name) = list.rsplit_once("_rels/")?;
    Some((folder, name.get(..name.len().checked_sub(".rels".len())?)?))
}

/// Readers take names in any case.
fn place(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    target.strip_prefix('/').map_or_else(|| format!("{folder}{target}"), str::to_owned).to_ascii_lowercase()
}

fn target(tag: &BytesStart<'_>) -> Option<String> {
    attribute(tag, "Type").filter(|kind| kind.ends_with(TO_A_SHEET)).and_then(|_| attribute(tag, "Target"))
}

/// By its name without a prefix.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().with_checks(false).flatten().filter(|attribute| attribute.key.local_name().as_ref() == name).last()?;
    Some(found.value.into_owned())
}

/// What is asked of each tag of a name; what is broken is the reader's to name.
fn of_each(xml: impl BufRead, name: &str, ask: impl Fn(&BytesStart<'_>) -> Option<String>) -> Vec<String> {
    let (mut reader, mut buffer, mut found) = (Reader::from_reader(xml), Vec::new(), Vec::new());
    reader.config_mut().check_end_names = false;
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(tag) | Event::Empty(tag)) if tag.local_name().as_ref() == name => found.extend(ask(&tag)),
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

fn once(names: impl IntoIterator<Item = String>) -> Result<(), WorkbookError> {
    let mut seen = HashSet::new();
    match names.into_iter().find(|name| !seen.insert(name.clone())) {
        Some(shared) => Err(WorkbookError::SharedPart(shared.chars().take(100).collect())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use rstest::rstest;

    use super::*;
    use crate::open::open;

    const ROOT: &str = r#"<Relationships><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    const SHEET: &str = r#"<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>甲</v></c></row></sheetData></worksheet>"#;

    /// Two sheets that lead by these ids to these targets.
    fn book(ids: [&str; 2], targets: [&str; 2]) -> Vec<u8> {
        let relation = |id: &str, target: &str| format!(r#"<Relationship Id="{id}" Type="http://x/worksheet" Target="{target}"/>"#);
        let relations = format!("<Relationships>{}{}</Relationships>", relation("r1", targets[0]), relation("r2", targets[1]));
        let tabs = format!(r#"<sheet name="一" sheetId="1" r:id="{}"/><sheet name="二" sheetId="2" r:id="{}"/>"#, ids[0], ids[1]);
        let book = format!("<workbook><sheets>{tabs}</sheets></workbook>");
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in [
            ("[Content_Types].xml", "<Types/>"),
            ("_rels/.rels", ROOT),
            ("xl/workbook.xml", &book),
            ("xl/_rels/workbook.xml.rels", &relations),
            ("xl/worksheets/sheet1.xml", SHEET),
            ("xl/worksheets/sheet2.xml", SHEET),
        ] {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn sheets_with_parts_of_their_own_are_read() {
        let read = open(&book(["r1", "r2"], ["worksheets/sheet1.xml", "/xl/worksheets/sheet2.xml"])).unwrap();
        assert_eq!(read.sheets.iter().map(|sheet| sheet.cells.len()).collect::<Vec<_>>(), [1, 1]);
    }

    #[rstest]
    #[case::one_relationship(["r1", "r1"], ["worksheets/sheet1.xml", "worksheets/sheet2.xml"], "r1")]
    #[case::one_target(["r1", "r2"], ["worksheets/sheet1.xml", "worksheets/sheet1.xml"], "xl/worksheets/sheet1.xml")]
    #[case::one_target_in_other_words(["r1", "r2"], ["worksheets/sheet1.xml", "/XL/worksheets\\Sheet1.xml"], "xl/worksheets/sheet1.xml")]
    fn sheets_that_share_a_part_are_refused(#[case] ids: [&str; 2], #[case] targets: [&str; 2], #[case] shared: &str) {
        assert!(matches!(open(&book(ids, targets)), Err(WorkbookError::SharedPart(found)) if found == shared));
    }
}
