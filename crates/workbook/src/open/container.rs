//! The compound file (MS-CFB) that an `.xls` workbook, and every encrypted one, is packed in.

use std::{
    collections::HashSet,
    io::{self, Cursor, Read},
};

use cfb::CompoundFile;

use super::{MAX_FILE, WorkbookError};

/// First bytes of a compound file.
pub(super) const MAGIC: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
/// Bytes of the header.
const HEADER: usize = 512;
/// Most sectors that list the sectors of the allocation table: 16 MiB need two.
const MAX_LISTS: usize = 8;
/// Where a list of sectors ends.
const END: u32 = 0xffff_fffe;
const FREE: u32 = 0xffff_ffff;

/// A compound file.
pub(super) struct Container<'a>(CompoundFile<Cursor<&'a [u8]>>);

impl<'a> Container<'a> {
    pub(super) fn open(content: &'a [u8]) -> Result<Self, WorkbookError> {
        check_lists(content)?;
        CompoundFile::open(Cursor::new(content)).map(Self).map_err(WorkbookError::Container)
    }

    pub(super) fn has(&self, stream: &str) -> bool {
        self.0.is_stream(stream)
    }

    /// The bytes of a stream.
    pub(super) fn stream(&mut self, name: &str) -> Result<Vec<u8>, WorkbookError> {
        let read = |stream: cfb::Stream<Cursor<&[u8]>>| {
            let mut bytes = Vec::new();
            stream.take(MAX_FILE as u64).read_to_end(&mut bytes).map(|_| bytes)
        };
        self.0.open_stream(name).and_then(read).map_err(WorkbookError::Container)
    }
}

/// The reader takes in the allocation table as often as the lists name it, so a file of lists alone would fill the memory.
fn check_lists(content: &[u8]) -> Result<(), WorkbookError> {
    let long = |at: usize| Some(u32::from_le_bytes(content.get(at..at.checked_add(4)?)?.try_into().ok()?));
    let truncated = || WorkbookError::Container(io::ErrorKind::UnexpectedEof.into());
    let shift = content.get(30..32).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]])).ok_or_else(truncated)?;
    let sector = if shift == 12 { 4_096 } else { HEADER };
    let mut next = long(68).ok_or_else(truncated)?;
    let mut seen = HashSet::new();
    while next != END && next != FREE {
        if !seen.insert(next) || seen.len() > MAX_LISTS {
            return Err(WorkbookError::Damaged("its allocation table is longer than the file"));
        }
        let start = (next as usize).checked_add(1).and_then(|number| number.checked_mul(sector)).ok_or_else(truncated)?;
        next = start.checked_add(sector - 4).and_then(long).ok_or_else(truncated)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_lists_is_refused() {
        let mut content = MAGIC.to_vec();
        content.resize(HEADER * 12, 0);
        content[30] = 9;
        content[68..72].copy_from_slice(&0_u32.to_le_bytes());
        for sector in 0..11_u32 {
            let end = (sector as usize + 2) * HEADER;
            content[end - 4..end].copy_from_slice(&(sector + 1).to_le_bytes());
        }
        assert!(matches!(Container::open(&content), Err(WorkbookError::Damaged(_))));
        content[68..72].copy_from_slice(&99_u32.to_le_bytes());
        assert!(matches!(Container::open(&content), Err(WorkbookError::Container(_))));
    }
}
