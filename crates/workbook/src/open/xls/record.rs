//! The records of a stream: type, length, bytes.

use super::WorkbookError;

pub(super) const BOF: u16 = 0x0809;
pub(super) const EOF: u16 = 0x000a;
pub(super) const CONTINUE: u16 = 0x003c;

/// What a record that ends too early is called.
const SHORT: WorkbookError = WorkbookError::Damaged("a record is cut short");

/// A record with the records that continue it.
#[derive(Debug, Clone)]
pub(super) struct Record<'a> {
    pub(super) kind: u16,
    pub(super) data: &'a [u8],
    pub(super) continued: Vec<&'a [u8]>,
}

/// Records up to the end of the bytes.
pub(super) struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Records<'a> {
    pub(super) fn of(stream: &'a [u8]) -> Self {
        Self { rest: stream }
    }

    /// Bytes that were not read.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// The next record; the end of the bytes before the end of the records means that the file was cut off.
    pub(super) fn next(&mut self) -> Result<Record<'a>, WorkbookError> {
        let (kind, data) = self.one()?;
        let mut continued = Vec::new();
        while self.rest.starts_with(&CONTINUE.to_le_bytes()) {
            continued.push(self.one()?.1);
        }
        Ok(Record { kind, data, continued })
    }

    fn one(&mut self) -> Result<(u16, &'a [u8]), WorkbookError> {
        let mut bytes = Bytes(self.rest);
        let cut = |_| WorkbookError::Damaged("its records break off");
        let (kind, length) = (bytes.short().map_err(cut)?, bytes.short().map_err(cut)?);
        let data = bytes.take(usize::from(length)).map_err(cut)?;
        self.rest = bytes.0;
        Ok((kind, data))
    }
}

/// Bytes that are read from the front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], WorkbookError> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(SHORT)?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WorkbookError> {
        self.take(N)?.try_into().map_err(|_| SHORT)
    }

    pub(super) fn byte(&mut self) -> Result<u8, WorkbookError> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn short(&mut self) -> Result<u16, WorkbookError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn long(&mut self) -> Result<u32, WorkbookError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn float(&mut self) -> Result<f64, WorkbookError> {
        self.array().map(f64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_its_continuations() {
        let stream = [0x0a, 0, 1, 0, 7, 0x3c, 0, 1, 0, 8, 0x3c, 0, 0, 0, 0x0a, 0, 9, 0];
        let mut records = Records::of(&stream);
        let record = records.next().unwrap();
        assert_eq!((record.kind, record.data, record.continued), (EOF, [7].as_slice(), vec![[8].as_slice(), &[]]));
        assert!(matches!(records.next(), Err(WorkbookError::Damaged(_))), "the last record is cut off");
    }
}
