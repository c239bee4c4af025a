//! `.ods`: the stream of `content.xml`, with each repeated cell counted before it is kept.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Cursor, Read},
};

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{
    Cell, Formula, Sheet, Workbook, WorkbookError,
    format::{self, Shown},
    kind::ENCRYPTED,
    sheet::{Budget, HIDDEN, MAX_COLUMNS, MAX_ROWS, check_sheets},
    unpack,
};

mod cell;

use self::cell::{Held, attribute, repeated, text_of};

/// Elements whose content is not the table's: remarks, shapes, deleted cells, cached tables of other files.
const ASIDE: [&str; 8] = [
    "office:annotation",
    "table:shapes",
    "table:tracked-changes",
    "table:table-source",
    "table:dde-links",
    "office:forms",
    "table:detective",
    "office:event-listeners",
];

pub(super) fn read(content: &[u8]) -> Result<Workbook, WorkbookError> {
    unpack::check(content)?;
    let mut archive = zip::ZipArchive::new(Cursor::new(content))?;
    if archive.by_name("META-INF/manifest.xml").is_ok_and(is_encrypted) {
        return Err(ENCRYPTED.into());
    }
    let xml = archive.by_name("content.xml")?;
    let mut reading = Reading { xml: Reader::from_reader(BufReader::new(xml)), hidden: HashSet::new(), budget: Budget::default() };
    let sheets = reading.sheets()?;
    Ok(Workbook { sheets })
}

fn is_encrypted(manifest: impl Read) -> bool {
    let mut text = String::new();
    manifest.take(unpack::MAX_UNPACKED).read_to_string(&mut text).is_ok() && text.contains("encryption-data")
}

struct Reading<R: BufRead> {
    xml: Reader<R>,
    /// Names of table styles that hide a sheet.
    hidden: HashSet<String>,
    budget: Budget,
}

impl<R: BufRead> Reading<R> {
    fn sheets(&mut self) -> Result<Vec<Sheet>, WorkbookError> {
        let (mut buffer, mut sheets, mut style) = (Vec::new(), Vec::new(), String::new());
        loop {
            buffer.clear();
            let event = self.xml.read_event_into(&mut buffer)?;
            let ends = matches!(event, Event::Empty(_));
            match event {
                Event::Eof => return Ok(sheets),
                Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                    "style:style" => style = attribute(&tag, "style:name").unwrap_or_default(),
                    "style:table-properties" if attribute(&tag, "table:display").as_deref() == Some("false") => {
                        self.hidden.insert(style.clone());
                    }
                    name if !ends && ASIDE.contains(&name) => self.pass(&tag.to_end().into_owned())?,
                    "table:table" => {
                        check_sheets(sheets.len() + 1)?;
                        let sheet = self.start(&tag);
                        sheets.push(if ends { sheet } else { self.fill(sheet)? });
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn start(&self, tag: &BytesStart<'_>) -> Sheet {
        let hides = attribute(tag, "table:style-name").is_some_and(|style| self.hidden.contains(&style));
        let closed = hides.then_some(HIDDEN);
        Sheet { name: attribute(tag, "table:name").unwrap_or_default(), closed, ..Sheet::default() }
    }

    /// Passes over everything up to an element's end.
    fn pass(&mut self, end: &quick_xml::events::BytesEnd<'_>) -> Result<(), WorkbookError> {
        self.xml.read_to_end_into(end.name(), &mut Vec::new())?;
        Ok(())
    }

    /// The rows of a table, up to its end.
    fn fill(&mut self, mut sheet: Sheet) -> Result<Sheet, WorkbookError> {
        let (mut buffer, mut row) = (Vec::new(), 0_u32);
        loop {
            buffer.clear();
            let event = self.xml.read_event_into(&mut buffer)?;
            let ends = matches!(event, Event::Empty(_));
            match event {
                Event::Eof => return Err(WorkbookError::Damaged("a table does not end")),
                Event::End(tag) if tag.name().as_ref() == "table:table" => return Ok(sheet),
                Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                    "table:table-row" => {
                        let times = repeated(&tag, "table:number-rows-repeated");
                        if !ends {
                            let cells = self.row()?;
                            self.put(&mut sheet, (row, times), &cells)?;
                        }
                        row = row.saturating_add(times);
                    }
                    // A table inside a table would end it early.
                    "table:table" if !ends => self.pass(&tag.to_end().into_owned())?,
                    name if !ends && ASIDE.contains(&name) => self.pass(&tag.to_end().into_owned())?,
                    _ => {}
                },
                _ => {}
            }
        }
    }

    /// The filled cells of a row with their columns, each once: from, how many, what.
    fn row(&mut self) -> Result<Vec<(u32, u32, Held)>, WorkbookError> {
        let (mut buffer, mut cells, mut column) = (Vec::new(), Vec::new(), 0_u32);
        loop {
            buffer.clear();
            let event = self.xml.read_event_into(&mut buffer)?;
            let ends = matches!(event, Event::Empty(_));
            match event {
                Event::Eof => return Err(WorkbookError::Damaged("a row does not end")),
                Event::End(tag) if tag.name().as_ref() == "table:table-row" => return Ok(cells),
                Event::Start(tag) | Event::Empty(tag) if matches!(tag.name().as_ref(), "table:table-cell" | "table:covered-table-cell") => {
                    let times = repeated(&tag, "table:number-columns-repeated");
                    let tag = tag.into_owned();
                    let text = if ends { String::new() } else { text_of(&mut self.xml, &tag.to_end())? };
                    cells.extend(Held::of(&tag, &text).map(|held| (column, times, held)));
                    column = column.saturating_add(times);
                }
                _ => {}
            }
        }
    }

    /// Keeps a row's cells in each of the rows that it stands for.
    fn put(&mut self, sheet: &mut Sheet, (first, times): (u32, u32), cells: &[(u32, u32, Held)]) -> Result<(), WorkbookError> {
        if !sheet.is_read() || cells.is_empty() {
            return Ok(());
        }
        let rows = first..first.saturating_add(times);
        for (from, wide, held) in cells {
            let columns = *from..from.saturating_add(*wide);
            let near = (rows.start.min(MAX_ROWS)..rows.end.min(MAX_ROWS), columns.start.min(MAX_COLUMNS)..columns.end.min(MAX_COLUMNS));
            let all = (times as usize).saturating_mul(*wide as usize);
            sheet.beyond = sheet.beyond.saturating_add(all - near.0.len() * near.1.len());
            for at in near.0.flat_map(|row| near.1.clone().map(move |column| (row, column))) {
                sheet.put(at, held.cell.clone(), held.formula, &mut self.budget)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
