//! `.xlsx`: cells are read one by one, so a far-off cell costs no more than a near one.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Cursor,
};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxFormulaMetadata};

use super::{
    Cell, Formula, Sheet, Workbook, WorkbookError,
    format::{self, Shown},
    sheet::{Budget, HIDDEN, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, NO_WORKSHEET, check_sheets},
    unpack,
};
use crate::day;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;
/// By place: the formula, and whether it has a result.
type Formulas = BTreeMap<(u32, u32), (Formula, bool)>;

pub(super) fn read(content: &[u8]) -> Result<Workbook, WorkbookError> {
    unpack::check(content)?;
    let mut book: Book<'_> = Xlsx::new(Cursor::new(content))?;
    let tabs = book.sheets_metadata().to_vec();
    check_sheets(tabs.len())?;
    let mut budget = Budget::default();
    let sheets = tabs.into_iter().map(|tab| {
        let closed = match (tab.visible, tab.typ) {
            (SheetVisible::Hidden | SheetVisible::VeryHidden, _) => Some(HIDDEN),
            (_, SheetType::WorkSheet) => None,
            _ => Some(NO_WORKSHEET),
        };
        let mut sheet = Sheet { name: tab.name, closed, ..Sheet::default() };
        if sheet.is_read() {
            fill(&mut sheet, &mut book, &mut budget)?;
        }
        Ok(sheet)
    });
    Ok(Workbook { sheets: sheets.collect::<Result<_, WorkbookError>>()? })
}

fn fill(sheet: &mut Sheet, book: &mut Book<'_>, budget: &mut Budget) -> Result<(), WorkbookError> {
    let read = formulas(book, &sheet.name).and_then(|formulas| values(sheet, book, formulas, budget));
    match read {
        Err(WorkbookError::Workbook(error)) => {
            sheet.close_damaged(&error);
            Ok(())
        }
        read => read,
    }
}

/// The formulas of a sheet: a pass of its own, for the one that reads styles tells no formulas.
fn formulas(book: &mut Book<'_>, name: &str) -> Result<Formulas, WorkbookError> {
    let mut cells = book.worksheet_cells_reader(name)?;
    let (mut found, mut shared) = (BTreeMap::new(), BTreeSet::new());
    while let Some(record) = cells.next_cell_with_formula_metadata()? {
        let Some(formula) = record.formula else { continue };
        let formula = kind(&formula, &mut shared);
        if record.pos.0 < MAX_ROWS && record.pos.1 < MAX_COLUMNS {
            found.insert(record.pos, (formula, record.value != DataRef::Empty));
        }
        if found.len() > MAX_CELLS {
            return Err(WorkbookError::TooLarge(format!("more than {MAX_CELLS} formulas")));
        }
    }
    Ok(found)
}

/// `shared` holds the formulas shared by several cells that look into another file.
fn kind(formula: &XlsxFormulaMetadata, shared: &mut BTreeSet<usize>) -> Formula {
    let (text, index) = match formula {
        XlsxFormulaMetadata::Normal { formula } => (formula.as_str(), None),
        XlsxFormulaMetadata::Shared { formula, shared_index, .. } => (formula.as_str(), Some(*shared_index)),
        XlsxFormulaMetadata::SharedDerived { shared_index } => ("", Some(*shared_index)),
        _ => ("", None),
    };
    if looks_outside(text) {
        shared.extend(index);
        return Formula::OtherFile;
    }
    if index.is_some_and(|index| shared.contains(&index)) { Formula::OtherFile } else { Formula::Own }
}

/// True where a formula names another file: `[1]表1!A1`. A table's column (`表1[2024]`) has the table's name before it.
fn looks_outside(formula: &str) -> bool {
    let mut before = None;
    formula.match_indices('[').any(|(at, _)| {
        before = formula.get(..at).and_then(|head| head.chars().last());
        let number = formula
            .get(at + 1..)
            .and_then(|rest| rest.split_once(']'))
            .is_some_and(|(number, rest)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && rest.contains('!'));
        number && !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '[')
    })
}

fn values(sheet: &mut Sheet, book: &mut Book<'_>, formulas: Formulas, budget: &mut Budget) -> Result<(), WorkbookError> {
    let mut cells = book.worksheet_cells_reader(&sheet.name)?;
    while let Some((found, style)) = cells.next_cell_with_style_id()? {
        let format = cells.styles().get(style).and_then(|style| style.number_format.as_ref());
        let shown = format.map_or(Shown::Plain, |format| Shown::of_code(&format.format_code));
        let formula = formulas.get(&found.get_position());
        let missing = formula.filter(|(_, has_result)| !has_result).map(|_| Cell::without_result());
        let Some(cell) = missing.or_else(|| keep(found.get_value(), shown)) else { continue };
        sheet.put(found.get_position(), cell, formula.map(|(formula, _)| *formula), budget)?;
    }
    Ok(())
}

/// What is kept of a value; `None` for a blank one.
fn keep(value: &DataRef<'_>, shown: Shown) -> Option<Cell> {
    // Calamine tells a date by its type.
    let shown = if shown == Shown::Date { Shown::Plain } else { shown };
    match value {
        DataRef::Empty => None,
        DataRef::String(value) => Cell::text(value),
        DataRef::SharedString(value) => Cell::text(value),
        DataRef::Int(value) => Some(format::number(*value as f64, shown)),
        DataRef::Float(value) => Some(format::number(*value, shown)),
        DataRef::Bool(value) => Some(Cell::truth(*value)),
        DataRef::DateTime(value) => Some(Cell::date(&day::shown(value))),
        DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => Some(Cell::date(value)),
        DataRef::Error(value) => Some(Cell::Other(value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use rust_xlsxwriter::{Formula as Written, Workbook as Writer};

    use super::*;
    use crate::open::open;

    #[test]
    fn far_cells_cost_nothing_and_are_counted() {
        let mut book = Writer::new();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "近").unwrap().write(1_048_575, 16_383, "远").unwrap();
        let read = open(&book.save_to_buffer().unwrap()).unwrap();
        assert_eq!(read.sheets[0].cells, BTreeMap::from([((0, 0), Cell::Text("近".to_owned()))]));
        assert_eq!(read.sheets[0].beyond, 1);
    }

    #[rstest]
    #[case("[1]表1!A1", true)]
    #[case("SUM('[2]2024 年'!$A$1:$B$2)", true)]
    #[case("SUM(表1[2024])", false)]
    #[case("表1[[#All],[2024]]", false)]
    #[case("A1+表1!B2", false)]
    fn other_files_are_told(#[case] formula: &str, #[case] outside: bool) {
        assert_eq!(looks_outside(formula), outside);
    }

    #[test]
    fn formulas_are_told_with_their_results() {
        let mut book = Writer::new();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, Written::new("=1+1").set_result("2")).unwrap();
        sheet.write(1, 0, Written::new("=[1]Sheet1!A1").set_result("7.5")).unwrap();
        sheet.write(2, 0, Written::new("=A1").set_result("")).unwrap();
        let read = &open(&book.save_to_buffer().unwrap()).unwrap().sheets[0];
        assert_eq!(read.cells.get(&(1, 0)), Some(&Cell::Number("7.5".to_owned())));
        assert_eq!(read.formulas.get(&(0, 0)), Some(&Formula::Own));
        assert_eq!(read.formulas.get(&(1, 0)), Some(&Formula::OtherFile));
    }
}
