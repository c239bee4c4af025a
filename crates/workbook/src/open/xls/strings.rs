//! Texts of records, MS-XLS 2.5.293 and 2.5.294: UTF-16, or its low bytes alone.

use super::{
    MAX_CELLS, WorkbookError,
    record::{Bytes, Record},
};

/// Two bytes a character.
const WIDE: u8 = 1;
/// Phonetic data follow.
const EXTENDED: u8 = 4;
/// Formatting runs follow.
const RICH: u8 = 8;

/// A text with a length of two bytes before it.
pub(super) fn long_text(bytes: &mut Bytes<'_>) -> Result<String, WorkbookError> {
    let characters = usize::from(bytes.short()?);
    text(bytes, characters)
}

/// A text with a length of one byte before it: the name of a sheet.
pub(super) fn short_text(bytes: &mut Bytes<'_>) -> Result<String, WorkbookError> {
    let characters = usize::from(bytes.byte()?);
    text(bytes, characters)
}

fn text(bytes: &mut Bytes<'_>, characters: usize) -> Result<String, WorkbookError> {
    let wide = bytes.byte()? & WIDE != 0;
    let mut units = Vec::new();
    take_units(bytes, characters, wide, &mut units)?;
    Ok(String::from_utf16_lossy(&units))
}

/// Takes up to `characters` from the bytes; answers how many are wanted yet.
fn take_units(bytes: &mut Bytes<'_>, characters: usize, wide: bool, units: &mut Vec<u16>) -> Result<usize, WorkbookError> {
    let size = if wide { 2 } else { 1 };
    let here = characters.min(bytes.0.len() / size);
    let taken = bytes.take(here * size)?;
    match wide {
        true => units.extend(taken.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(u16::from_le_bytes))),
        false => units.extend(taken.iter().map(|byte| u16::from(*byte))),
    }
    Ok(characters - here)
}

/// The texts that cells share, MS-XLS 2.4.265.
pub(super) fn shared(record: &Record<'_>) -> Result<Vec<String>, WorkbookError> {
    let mut parts = Parts { bytes: Bytes(record.data), rest: record.continued.iter() };
    parts.skip(4)?;
    let stated = parts.bytes.long()? as usize;
    if stated > MAX_CELLS {
        return Err(WorkbookError::TooLarge(format!("it states {stated} shared texts, at most {MAX_CELLS}")));
    }
    // The stated number is believed only as far as bytes are there.
    let mut texts = Vec::new();
    while texts.len() < stated {
        texts.push(parts.text()?);
    }
    Ok(texts)
}

/// The bytes of a record and of those that continue it.
struct Parts<'a, 'b> {
    bytes: Bytes<'a>,
    rest: std::slice::Iter<'b, &'a [u8]>,
}

impl<'a> Parts<'a, '_> {
    fn text(&mut self) -> Result<String, WorkbookError> {
        self.fill()?;
        let (mut wanted, flags) = (usize::from(self.bytes.short()?), self.bytes.byte()?);
        let runs = if flags & RICH != 0 { usize::from(self.bytes.short()?) } else { 0 };
        let extended = if flags & EXTENDED != 0 { self.bytes.long()? as usize } else { 0 };
        let (mut wide, mut units) = (flags & WIDE != 0, Vec::new());
        loop {
            wanted = take_units(&mut self.bytes, wanted, wide, &mut units)?;
            if wanted == 0 {
                break;
            }
            // A text that goes on in the next record says again how wide its characters are.
            self.bytes = self.next()?;
            wide = self.bytes.byte()? & WIDE != 0;
        }
        self.skip(runs.saturating_mul(4).saturating_add(extended))?;
        Ok(String::from_utf16_lossy(&units))
    }

    /// Goes on to the next record where this one is used up.
    fn fill(&mut self) -> Result<(), WorkbookError> {
        while self.bytes.0.is_empty() {
            self.bytes = self.next()?;
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Bytes<'a>, WorkbookError> {
        self.rest.next().map(|data| Bytes(data)).ok_or(WorkbookError::Damaged("its shared texts break off"))
    }

    fn skip(&mut self, mut count: usize) -> Result<(), WorkbookError> {
        while count > 0 {
            self.fill()?;
            let here = count.min(self.bytes.0.len());
            self.bytes.take(here)?;
            count -= here;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn record<'a>(data: &'a [u8], continued: &[&'a [u8]]) -> Record<'a> {
        Record { kind: 0x00fc, data, continued: continued.to_vec() }
    }

    // MS-XLS 2.5.293: count, flags, runs, extension, characters, runs' bytes, extension's bytes.
    #[rstest]
    #[case(&[2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, b'a', 1, 0, 1, 0x86, 0x96], &[], &["a", "隆"])]
    #[case(&[1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0x86, 0x96], &[1, 0xde, 0x56], &["隆回"])]
    #[case(&[1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0x86, 0x96], &[0, b'a'], &["隆a"])]
    #[case(&[1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0x0c, 1, 0, 2, 0, 0, 0, b'a', 9, 9], &[9, 9, 7, 7, 1, 0, 0, b'b'], &["a", "b"])]
    fn shared_texts_go_over_records(#[case] data: &[u8], #[case] continued: &[u8], #[case] texts: &[&str]) {
        assert_eq!(shared(&record(data, &[continued])).unwrap(), texts);
    }

    #[rstest]
    #[case(&[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])]
    #[case(&[0, 0, 0, 0, 9, 0, 0, 0])]
    #[case(&[0, 0, 0, 0, 1, 0, 0, 0, 9, 0, 1, b'a'])]
    fn lies_are_refused(#[case] data: &[u8]) {
        assert!(shared(&record(data, &[])).is_err());
    }
}
