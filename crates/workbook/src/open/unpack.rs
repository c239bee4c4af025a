//! Holds an archive to its bounds before anyone trusts the sizes that it states.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use quick_xml::{Reader, events::Event};

use super::{WorkbookError, parts};

/// Most bytes that all entries of an archive may unpack to.
pub const MAX_UNPACKED: u64 = 64 << 20;
/// Most entries of an archive.
const MAX_ENTRIES: usize = 10_000;
/// Most texts that a workbook may share between its cells.
const MAX_SHARED: usize = 1_000_000;

/// Unpacks every entry into nothing and counts its bytes. A small file can unpack to gigabytes.
pub(super) fn check(content: &[u8]) -> Result<(), WorkbookError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(content))?;
    if archive.len() > MAX_ENTRIES {
        return Err(WorkbookError::TooLarge(format!("{} entries, at most {MAX_ENTRIES}", archive.len())));
    }
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        let shared = entry.name()?.to_ascii_lowercase().ends_with("sharedstrings.xml");
        let bytes = io::copy(&mut entry.take(left + 1), &mut io::sink())?;
        left = left.checked_sub(bytes).ok_or_else(|| WorkbookError::TooLarge(format!("it unpacks to more than {MAX_UNPACKED} bytes")))?;
        if shared {
            check_shared(BufReader::new(archive.by_index(index)?))?;
        }
    }
    parts::check(&mut archive)
}

/// A reader makes room for as many texts as the file states, and each text that is there costs more memory than it has bytes.
fn check_shared(xml: impl BufRead) -> Result<(), WorkbookError> {
    let mut reader = Reader::from_reader(xml);
    let (mut buffer, mut texts) = (Vec::new(), 0_usize);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(tag) | Event::Empty(tag)) => match tag.local_name().as_ref() {
                "sst" => check_stated(&tag)?,
                "si" => texts += 1,
                _ => {}
            },
            // What is broken is the reader's to name.
            Ok(Event::Eof) | Err(_) => return Ok(()),
            Ok(_) => {}
        }
        if texts > MAX_SHARED {
            return Err(WorkbookError::TooLarge(format!("more than {MAX_SHARED} shared texts")));
        }
    }
}

/// Every number in the tag counts: readers differ in which attributes they see.
fn check_stated(tag: &quick_xml::events::BytesStart<'_>) -> Result<(), WorkbookError> {
    let numbers = tag.attributes_raw().split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    match numbers.into_iter().find(|digits| !digits.parse::<usize>().is_ok_and(|stated| stated <= MAX_SHARED)) {
        Some(stated) => Err(WorkbookError::TooLarge(format!(
            "it states {} shared texts, at most {MAX_SHARED}",
            stated.chars().take(20).collect::<String>()
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::open::open;

    fn archive(name: &str, fill: impl FnOnce(&mut zip::ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).unwrap();
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        fill(&mut writer);
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_bomb_is_refused_by_what_it_unpacks_to() {
        let bomb = archive("xl/worksheets/sheet1.xml", |writer| {
            io::copy(&mut io::repeat(b' ').take(MAX_UNPACKED + 1), writer).unwrap();
        });
        assert!(bomb.len() < 1 << 20);
        assert!(matches!(open(&bomb), Err(WorkbookError::TooLarge(message)) if message.contains("unpacks")));
    }

    #[test]
    fn a_stated_number_of_texts_is_not_believed() {
        for stated in ["99999999999999", "1000001", "99999999999999999999999999"] {
            let xml = format!("<?xml version=\"1.0\"?><x:sst\n uniqueCount = '{stated}'><si/></x:sst>");
            let liar = archive("xl/SharedStrings.xml", |writer| writer.write_all(xml.as_bytes()).unwrap());
            assert!(matches!(open(&liar), Err(WorkbookError::TooLarge(message)) if message.contains("states")), "{stated}");
        }
    }

    #[test]
    fn too_many_texts_are_refused() {
        let texts = archive("xl/sharedStrings.xml", |writer| {
            writer.write_all(b"<sst>").unwrap();
            writer.write_all(&b"<si/>".repeat(MAX_SHARED + 1)).unwrap();
        });
        assert!(matches!(open(&texts), Err(WorkbookError::TooLarge(message)) if message.contains("more than")));
    }
}
