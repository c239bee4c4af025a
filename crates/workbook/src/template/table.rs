//! The CSV of a form: one line a cell, with Chinese headings, and a byte-order mark so that Excel opens it as UTF-8.

use leitai_domain::{
    decimal::{Decimal, fixed},
    division::Registry,
    period::Period,
};

use super::form::{Form, Place, Question};
use crate::{
    raw::{RawContent, RawItem, RawNote, RawNumber, RawValue},
    records::{CsvError, Records, place},
    subject::{Subject, resolve_at_home, year_of},
    text::normalise,
};

/// The columns, in the order in which they are written.
pub const COLUMNS: [&str; 9] = ["行政区划代码", "行政区划", "指标代码", "指标", "单位", "时期", "上期数值", "数值", "说明"];

/// Behind them in a form that has findings: what was found at the cell as it was last reported. Passed over when it is read.
const FOUND: &str = "待说明";

/// Writes the lines: by county, then by indicator.
///
/// # Errors
/// The writer's own, which writing into memory does not have.
pub fn write(form: &Form) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    let marked = !form.findings.is_empty();
    writer.write_record(COLUMNS.iter().chain(marked.then_some(&FOUND)))?;
    for place in &form.places {
        for question in &form.questions {
            if let Some(line) = line(form, place, question) {
                let found = form.finding(place, question).unwrap_or_default().replace('\n', "；");
                writer.write_record(line.iter().chain(marked.then_some(&found)))?;
            }
        }
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn line(form: &Form, place: &Place, question: &Question) -> Option<[String; 9]> {
    let asked = form.asked(place, question)?;
    let number =
        |value: Option<Decimal>| value.map(|value| fixed(value, value.normalize().scale().max(question.decimals))).unwrap_or_default();
    let (name, unit) = (question.name.clone(), question.unit.clone());
    let (previous, current) = (number(asked.previous), number(asked.current));
    Some([
        place.code.clone(),
        place.name.clone(),
        question.id.clone(),
        name,
        unit,
        form.period.to_string(),
        previous,
        current,
        String::new(),
    ])
}

/// True for a header that is a template's.
#[must_use]
pub fn is_header(header: &csv::StringRecord) -> bool {
    [COLUMNS[0], COLUMNS[2]].iter().all(|column| header.iter().any(|name| name == *column))
}

/// Reads a filled file: a value of each line, and its words of explanation. What was printed for reference is passed over.
///
/// # Errors
/// [`CsvError::Column`] where a column is missing or stands twice.
pub fn read(records: &Records, registry: &Registry, home: Option<&str>) -> Result<Vec<RawItem>, CsvError> {
    let [code, name, indicator, _, unit, period, _, value, note] = COLUMNS;
    let required = |column| records.required("a template", column);
    let columns = [required(code)?, required(name)?, required(indicator)?, required(unit)?, required(period)?, required(value)?];
    let note = records.column(note);
    let items = records.rows.iter().flat_map(|(line, record)| {
        let field = |at: usize| record.get(at).unwrap_or_default();
        let note = note.map(field).filter(|note| !note.is_empty());
        items(place(*line), columns.map(field), note, registry, home)
    });
    Ok(items.collect())
}

fn items(place: String, fields: [&str; 6], note: Option<&str>, registry: &Registry, home: Option<&str>) -> Vec<RawItem> {
    let [code, name, indicator, unit, period, value] = fields;
    let period = Period::from_label(period, None).map_err(|_| format!("时期“{period}”无法识别，应写作“2025-M03”或“2025年1-3月”"));
    let subject = subject(code, name, registry, home, year_of(&period));
    let noted = note.map(|note| {
        let about = RawNote { subject: subject.clone(), indicator: Some(indicator.to_owned()), period: period.clone() };
        RawItem { place: place.clone(), source_text: note.to_owned(), content: RawContent::Note(about) }
    });
    let content = RawValue {
        subject,
        indicator: indicator.to_owned(),
        period,
        units: vec![unit.to_owned()],
        unit_optional: false,
        number: RawNumber::from_text(value),
        rank: None,
        proxy: String::new(),
        note: "",
    };
    let item = RawItem { place, source_text: value.to_owned(), content: RawContent::Value(content) };
    std::iter::once(item).chain(noted).collect()
}

/// A code that stands beside another division's name belongs to nobody: lines were sorted by some of their columns.
fn subject(code: &str, name: &str, registry: &Registry, home: Option<&str>, year: Option<i32>) -> Subject {
    let found = resolve_at_home(registry, code, home, year);
    let Subject::Division(known) = &found else { return found };
    let same = name.is_empty() || resolve_at_home(registry, name, home, year) == found || fits(registry, known, name);
    let own = registry.get(known).map_or("", |division| division.name.as_str());
    if same { found } else { Subject::Unknown(format!("代码“{code}”是{own}，名称写作“{name}”，两者应一致")) }
}

/// True for a division's own name where others have it too.
fn fits(registry: &Registry, code: &str, name: &str) -> bool {
    registry.get(code).is_some_and(|division| normalise(&division.name) == normalise(name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use leitai_domain::{plan::Plan, shipped, simulate};
    use rstest::rstest;

    use super::*;
    use crate::template::{Asking, Known};

    const HEADER: &str = "行政区划代码,行政区划,指标代码,指标,单位,时期,上期数值,数值,说明";

    fn read_text(text: &str) -> Result<Vec<RawItem>, String> {
        let records = Records::read(text.as_bytes()).unwrap();
        read(&records, &Registry::shipped().unwrap(), Some("230000")).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read_back() {
        let (plan, period) = (Plan::from_toml(shipped::plan(simulate::PLAN).unwrap()).unwrap(), "2025-M03".parse().unwrap());
        let asking = Asking::by_plan(&plan, period, "省财政厅", &["230123".to_owned()]);
        let known = |id: &str, period: &str, value: i64| {
            let key = ("230123".to_owned(), id.to_owned());
            Known { key, period: period.parse().unwrap(), value: Decimal::new(value, 1) }
        };
        let form = Form::new(&plan, 1, period, "省财政厅", &asking, &Registry::shipped().unwrap());
        let known = [known("budget_revenue_growth", "2025-M02", 52), known("budget_revenue_growth", "2025-M03", 61)];
        let text = String::from_utf8(write(&form.with_known(&known, true)).unwrap()).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[0], format!("\u{feff}{HEADER}"));
        assert_eq!(lines[1], "230000,黑龙江省,province_budget_revenue,县域一般公共预算收入,亿元,2025-M03,,,");
        assert_eq!(lines[2], "230123,依兰县,budget_revenue_growth,一般公共预算收入增速,%,2025-M03,5.2,6.1,");
        assert_eq!(lines[3], "230123,依兰县,budget_revenue,一般公共预算收入,万元,2025-M03,,,");
        let items = read_text(&text).unwrap();
        let RawContent::Value(value) = &items[1].content else { panic!("{items:?}") };
        assert_eq!((items[1].place.as_str(), &value.subject), ("line 3", &Subject::Division("230123".to_owned())));
        assert_eq!((value.period.clone(), &value.number), (Ok(period), &RawNumber::Text("6.1".to_owned())));
    }

    #[test]
    fn what_was_found_stands_behind_its_line_and_is_no_note() {
        let (plan, period) = (Plan::from_toml(shipped::plan(simulate::PLAN).unwrap()).unwrap(), "2025-M03".parse().unwrap());
        let asking = Asking::by_plan(&plan, period, "省财政厅", &["230123".to_owned()]);
        let found = BTreeMap::from([(("230123".to_owned(), "budget_revenue_growth".to_owned()), "上次报“130”\n待说明".to_owned())]);
        let form = Form::new(&plan, 1, period, "省财政厅", &asking, &Registry::shipped().unwrap()).with_findings(found);
        let text = String::from_utf8(write(&form).unwrap()).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[0], format!("\u{feff}{HEADER},待说明"));
        assert_eq!(lines[1], "230000,黑龙江省,province_budget_revenue,县域一般公共预算收入,亿元,2025-M03,,,,");
        assert_eq!(lines[2], "230123,依兰县,budget_revenue_growth,一般公共预算收入增速,%,2025-M03,,,,上次报“130”；待说明");
        assert!(read_text(&text).unwrap().iter().all(|item| matches!(item.content, RawContent::Value(_))));
    }

    #[rstest]
    #[case("230123,方正县", "代码“230123”是依兰县，名称写作“方正县”，两者应一致")]
    #[case("239999,依兰县", "没有名为“239999”的行政区划")]
    fn a_code_beside_another_name_is_nobodys(#[case] start: &str, #[case] message: &str) {
        let items = read_text(&format!("{HEADER}\n{start},gdp,x,亿元,2025-M03,,1,搬迁\n")).unwrap();
        let [RawItem { content: RawContent::Value(value), .. }, RawItem { content: RawContent::Note(note), .. }] = items.as_slice() else {
            panic!("{items:?}")
        };
        assert!(matches!(&value.subject, Subject::Unknown(found) if found.contains(message)), "{value:?}");
        assert_eq!(note.subject, value.subject);
    }

    #[test]
    fn a_missing_column_is_named() {
        let error = read_text(&format!("{}\n", HEADER.replace(",数值", ""))).unwrap_err();
        assert!(error.contains("a template, must have the column `数值` once, found 0 times"), "{error}");
    }
}
