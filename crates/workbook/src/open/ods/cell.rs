//! One cell of an `.ods` table.

use std::io::BufRead;

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesEnd, BytesStart, Event},
};

use super::{Cell, Formula, Shown, WorkbookError, format};

/// Longest text gathered of a cell, bytes; more than is kept.
const MAX_GATHERED: usize = 16 << 10;

/// A filled cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) cell: Cell,
    pub(super) formula: Option<Formula>,
}

impl Held {
    /// What a cell holds, by its attributes and its text; `None` for a blank one.
    pub(super) fn of(tag: &BytesStart<'_>, text: &str) -> Option<Self> {
        let formula = attribute(tag, "table:formula").map(|formula| match formula.contains("'#$") || formula.contains("]#$") {
            true => Formula::OtherFile,
            false => Formula::Own,
        });
        let kind = attribute(tag, "office:value-type");
        let value = |name| attribute(tag, name).unwrap_or_default();
        let cell = match kind.as_deref() {
            Some("float" | "currency") => Some(number(&value("office:value"), Shown::Plain)),
            Some("percentage") => Some(number(&value("office:value"), Shown::Percent)),
            Some("date") => Some(Cell::date(&value("office:date-value"))),
            Some("time") => Some(Cell::date(&value("office:time-value"))),
            Some("boolean") => Some(Cell::truth(value("office:boolean-value") == "true")),
            Some(_) if text.is_empty() => Cell::text(&value("office:string-value")),
            None if formula.is_some() && text.is_empty() => Some(Cell::without_result()),
            _ => Cell::text(text),
        };
        cell.map(|cell| Self { cell, formula })
    }
}

/// A number by its stated value, never by its text, which is rounded.
fn number(value: &str, shown: Shown) -> Cell {
    value
        .trim()
        .parse::<f64>()
        .map_or_else(|_| Cell::Other(format!("“{value}”").chars().take(100).collect()), |value| format::number(value, shown))
}

/// An attribute by its name, unescaped.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().with_checks(false).flatten().find(|attribute| attribute.key.as_ref() == name)?;
    Some(found.normalized_value(XmlVersion::Explicit1_0).ok()?.into_owned())
}

/// How often a row or a cell stands; at least once.
pub(super) fn repeated(tag: &BytesStart<'_>, name: &str) -> u32 {
    attribute(tag, name).and_then(|times| times.trim().parse::<u32>().ok()).map_or(1, |times| times.max(1))
}

/// A cell's paragraphs up to its end, without what is drawn on it or remarked at it.
pub(super) fn text_of<R: BufRead>(xml: &mut Reader<R>, end: &BytesEnd<'_>) -> Result<String, WorkbookError> {
    let (mut buffer, mut text, mut paragraphs, mut inside) = (Vec::new(), String::new(), 0_usize, 0_usize);
    loop {
        buffer.clear();
        let event = xml.read_event_into(&mut buffer)?;
        let gathers = text.len() < MAX_GATHERED;
        match event {
            Event::Eof => return Err(WorkbookError::Damaged("a cell does not end")),
            Event::End(tag) if tag.name() == end.name() => return Ok(text),
            Event::End(tag) if tag.name().as_ref() == "text:p" => inside = inside.saturating_sub(1),
            Event::Start(tag) if tag.name().as_ref() == "text:p" => {
                text.push_str(if gathers && paragraphs > 0 { "\n" } else { "" });
                (paragraphs, inside) = (paragraphs + 1, inside + 1);
            }
            Event::Start(tag) if aside(tag.name().as_ref()) => {
                let end = tag.to_end().into_owned();
                xml.read_to_end_into(end.name(), &mut Vec::new())?;
            }
            Event::Start(tag) | Event::Empty(tag) if gathers => text.push_str(blank(tag.name().as_ref())),
            Event::Text(part) if gathers && inside > 0 => text.push_str(&part.xml10_content()),
            Event::CData(part) if gathers && inside > 0 => text.push_str(&part.xml10_content()),
            Event::GeneralRef(part) if gathers && inside > 0 => text.push_str(&entity(&part)),
            _ => {}
        }
    }
}

fn aside(name: &str) -> bool {
    name == "office:annotation" || name.starts_with("draw:") || name == "table:table" || name == "text:note" || name == "text:ruby-text"
}

/// Blanks that are elements: how many do not matter.
fn blank(name: &str) -> &'static str {
    match name {
        "text:s" | "text:tab" => " ",
        "text:line-break" => "\n",
        _ => "",
    }
}

fn entity(part: &quick_xml::events::BytesRef<'_>) -> String {
    let character = part.resolve_char_ref().ok().flatten().map(String::from);
    character.or_else(|| resolve_predefined_entity(&part.xml10_content()).map(str::to_owned)).unwrap_or_default()
}
