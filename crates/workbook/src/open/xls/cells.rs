//! The cells of one sheet.

use std::borrow::Cow;

use super::{
    Budget, Cell, Formula, Sheet, WorkbookError, format,
    globals::Globals,
    record::{BOF, Bytes, EOF, Record, Records},
    strings::long_text,
};

type At = (u32, u32);

/// First bytes of the parts of a formula that name a reference, MS-XLS 2.5.198: cells, areas and names of other sheets.
const REFERENCES: [u8; 5] = [0x39, 0x3a, 0x3b, 0x3c, 0x3d];

/// Reads a sheet's records.
pub(super) fn fill(sheet: &mut Sheet, records: &mut Records<'_>, globals: &Globals, budget: &mut Budget) -> Result<(), WorkbookError> {
    if records.next()?.kind != BOF {
        return Err(WorkbookError::Damaged("a sheet does not start where the workbook says"));
    }
    let mut reading = Reading { sheet, globals, budget, awaits: None };
    // A chart inside a sheet has records of cells of its own.
    let mut depth = 0_usize;
    loop {
        let record = records.next()?;
        match record.kind {
            EOF if depth == 0 => return Ok(()),
            EOF => depth -= 1,
            BOF => depth += 1,
            _ if depth > 0 => {}
            _ => reading.take(&record)?,
        }
    }
}

struct Reading<'a> {
    sheet: &'a mut Sheet,
    globals: &'a Globals,
    budget: &'a mut Budget,
    /// The formula whose text stands in the next record, and where.
    awaits: Option<(At, Formula)>,
}

impl Reading<'_> {
    fn take(&mut self, record: &Record<'_>) -> Result<(), WorkbookError> {
        let mut bytes = Bytes(record.data);
        match record.kind {
            0x0203 => self.number(&mut bytes, |bytes| bytes.float()),
            0x027e => self.number(&mut bytes, |bytes| bytes.long().map(small)),
            0x00bd => self.row_of_numbers(&mut bytes),
            0x00fd => {
                let (at, _) = place(&mut bytes)?;
                let text = usize::try_from(bytes.long()?).ok().and_then(|number| self.globals.texts.get(number));
                self.put(at, Cell::text(text.ok_or(WorkbookError::Damaged("a cell names a text that is not there"))?))
            }
            0x0204 | 0x00d6 => {
                let (at, _) = place(&mut bytes)?;
                let text = long_text(&mut bytes)?;
                self.put(at, Cell::text(&text))
            }
            0x0205 => {
                let (at, _) = place(&mut bytes)?;
                let (value, is_error) = (bytes.byte()?, bytes.byte()? != 0);
                self.put(at, Some(if is_error { error(value) } else { Cell::truth(value != 0) }))
            }
            0x0006 => self.formula(&mut bytes),
            0x0207 => {
                let joined: Cow<'_, [u8]> = if record.continued.is_empty() { record.data.into() } else { joined(record).into() };
                let text = long_text(&mut Bytes(&joined))?;
                self.awaits.take().map_or(Ok(()), |(at, formula)| self.computed(at, Cell::text(&text), formula))
            }
            _ => Ok(()),
        }
    }

    fn put(&mut self, at: At, cell: Option<Cell>) -> Result<(), WorkbookError> {
        cell.map_or(Ok(()), |cell| self.sheet.put(at, cell, None, self.budget))
    }

    fn computed(&mut self, at: At, cell: Option<Cell>, formula: Formula) -> Result<(), WorkbookError> {
        cell.map_or(Ok(()), |cell| self.sheet.put(at, cell, Some(formula), self.budget))
    }

    fn number(&mut self, bytes: &mut Bytes<'_>, value: fn(&mut Bytes<'_>) -> Result<f64, WorkbookError>) -> Result<(), WorkbookError> {
        let (at, style) = place(bytes)?;
        let cell = format::number(value(bytes)?, self.globals.shown(style));
        self.put(at, Some(cell))
    }

    fn row_of_numbers(&mut self, bytes: &mut Bytes<'_>) -> Result<(), WorkbookError> {
        let (row, first) = (u32::from(bytes.short()?), u32::from(bytes.short()?));
        // The last two bytes are the last column.
        for column in (first..).take(bytes.0.len().saturating_sub(2) / 6) {
            let (style, value) = (bytes.short()?, small(bytes.long()?));
            let cell = format::number(value, self.globals.shown(style));
            self.put((row, column), Some(cell))?;
        }
        Ok(())
    }

    /// MS-XLS 2.4.127: the last result stands before the formula itself.
    fn formula(&mut self, bytes: &mut Bytes<'_>) -> Result<(), WorkbookError> {
        let (at, style) = place(bytes)?;
        let result = bytes.take(8)?;
        let to_compute = bytes.short()? & 1 != 0;
        bytes.take(4)?;
        let formula = self.kind(bytes.0);
        let cell = match result {
            [0, _, _, _, _, _, 0xff, 0xff] => {
                self.awaits = Some((at, formula));
                None
            }
            [1, _, value, _, _, _, 0xff, 0xff] => Some(Cell::truth(*value != 0)),
            [2, _, code, _, _, _, 0xff, 0xff] => Some(error(*code)),
            // An empty text; a program that cannot compute writes it, too, and leaves the work to whoever opens the file.
            [3, _, _, _, _, _, 0xff, 0xff] => to_compute.then(Cell::without_result),
            number => Some(format::number(Bytes(number).float()?, self.globals.shown(style))),
        };
        self.computed(at, cell, formula)
    }

    /// A part that looks into another file is its first byte and the number of the reference. Bytes inside a text may look the same: the
    /// remark then stands at a cell that would not need it.
    fn kind(&self, formula: &[u8]) -> Formula {
        let outside = |window: &[u8]| match window {
            [part, low, high] => {
                REFERENCES.contains(&(part & 0x1f | 0x20)) && self.globals.outside.contains(&u16::from_le_bytes([*low, *high]))
            }
            _ => false,
        };
        if !self.globals.outside.is_empty() && formula.windows(3).any(outside) { Formula::OtherFile } else { Formula::Own }
    }
}

/// Row and column, and the number of the style.
fn place(bytes: &mut Bytes<'_>) -> Result<(At, u16), WorkbookError> {
    Ok(((u32::from(bytes.short()?), u32::from(bytes.short()?)), bytes.short()?))
}

/// A number in four bytes, MS-XLS 2.5.217: the high bits of a float or a whole number, either of them possibly times 100.
fn small(bits: u32) -> f64 {
    let value = if bits & 2 != 0 { f64::from((bits as i32) >> 2) } else { f64::from_bits(u64::from(bits & !3) << 32) };
    if bits & 1 != 0 { value / 100.0 } else { value }
}

/// MS-XLS 2.5.10.
fn error(code: u8) -> Cell {
    let name = match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0f => "#VALUE!",
        0x17 => "#REF!",
        0x1d => "#NAME?",
        0x24 => "#NUM!",
        0x2a => "#N/A",
        _ => "#ERROR",
    };
    Cell::Other(name.to_owned())
}

/// A text that goes on in the next record says again how wide its characters are; that byte is left out where the width stays.
fn joined(record: &Record<'_>) -> Vec<u8> {
    let rest = record.continued.iter().flat_map(|part| part.get(1..).unwrap_or_default());
    record.data.iter().chain(rest).copied().collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    // MS-XLS 2.5.217 and its examples.
    #[rstest]
    #[case(0x4093_4801, 12.34)]
    #[case(0x0000_0006, 1.0)]
    #[case((-500_i32 << 2) as u32 | 3, -5.0)]
    #[case(0x3ff0_0000, 1.0)]
    fn small_numbers_are_read(#[case] bits: u32, #[case] value: f64) {
        assert_eq!(small(bits), value);
    }
}
