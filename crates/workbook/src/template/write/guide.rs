//! 填报说明: how to fill a template and what to do with it.

use leitai_domain::plan::{Frequency, Kind};
use rust_xlsxwriter::{Worksheet, XlsxError};

use super::{
    super::form::{Form, Question},
    look::Look,
};

/// Headings of the table of indicators with their widths.
const COLUMNS: [(&str, f64); 6] = [("指标", 44.0), ("单位", 12.0), ("小数位", 10.0), ("频次", 10.0), ("口径", 36.0), ("可填范围", 30.0)];

/// Writes the guide; nothing on it is filled.
pub fn write(sheet: &mut Worksheet, form: &Form, look: &Look) -> Result<(), XlsxError> {
    sheet.write_string_with_format(0, 0, "填报说明", &look.title)?.set_row_height(0, 26)?;
    let last = u16::try_from(COLUMNS.len() - 1).unwrap_or(0);
    let mut row = 1;
    for sentence in sentences(form) {
        sheet.merge_range(row, 0, row, last, &sentence, &look.sentence)?;
        sheet.set_row_height(row, if sentence.chars().count() > 68 { 33 } else { 18 })?;
        row += 1;
    }
    row += 1;
    for (column, (heading, width)) in (0..).zip(COLUMNS) {
        sheet.write_string_with_format(row, column, heading, &look.heading)?.set_column_width(column, width)?;
    }
    for (row, question) in (row + 1..).zip(&form.questions) {
        for (column, fact) in (0..).zip(facts(question)) {
            sheet.write_string_with_format(row, column, fact, &look.fact)?;
        }
    }
    sheet.protect().set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_footer("&C第&P页 共&N页");
    Ok(())
}

fn sentences(form: &Form) -> Vec<String> {
    let due = match (form.due.as_str(), form.due_origin.as_str()) {
        ("", _) => "方案未规定，请按调度通知的日期报送".to_owned(),
        (due, "") => due.to_owned(),
        (due, origin) => format!("{due}（{origin}）"),
    };
    let contact = if form.contact.is_empty() { String::new() } else { format!("有疑问请联系：{}。", form.contact) };
    let marked = "橙色格：上次报送的这个数待说明或未被采用，批注写明发现了什么、应当怎样。核对属实的，照填并在同一行的说明栏写明原因；有误的，填正确的数。";
    let sentences = [
        format!("报送单位：{}。时期：{}。报送截止：{due}。{contact}", form.agency, form.period.chinese()),
        "一、填什么：只填浅黄色格。数值为1月1日起的累计数，余额等存量为期末数；单位和小数位见表头，单元格内只填数字，不写单位。".to_owned(),
        "二、留空与“—”：留空表示本次不报，已报的数不变；“—”表示没有这个数（如当地无此项业务），不作为零；零请填0。".to_owned(),
        "三、说明栏：数值变动大、口径调整、迟报或缺数的原因写在同一行的说明栏，随数一并保存。".to_owned(),
        "四、上期数只供对照，改动它不起作用；要更正以前时期的数，请另取该时期的模板填报并写明原因。".to_owned(),
        "五、表格已加保护（无密码），不改动代码、名称、表头和工作表即可；如需排序，请先撤销保护，并选中整行一起排序。".to_owned(),
        "六、送回：用Excel、WPS或LibreOffice填好后存为.xlsx，将本文件原样送回，不必另附版式说明；收到后逐格答复采用与否和原因。".to_owned(),
        "七、请如实填报。任何人不得要求为达到目标而改数；对数值有疑问，请在说明栏写明。".to_owned(),
        "可填范围只用于防止错位和错单位；确有超出的真实数值，请在说明栏写明并与联系人商定。".to_owned(),
    ];
    sentences.into_iter().chain((!form.findings.is_empty()).then(|| marked.to_owned())).collect()
}

fn facts(question: &Question) -> [String; 6] {
    let due = match question.frequency {
        Frequency::Monthly => "月度",
        Frequency::Quarterly => "季度",
        Frequency::Yearly => "年度",
    };
    let means = match question.kind {
        Kind::Rate => "1月1日起累计，比上年同期增长",
        Kind::Share => "1月1日起累计数的占比",
        Kind::Level => "期末数",
        Kind::Flow => "1月1日起累计数",
        Kind::Change => "比上年末（或上年同期）增减",
    };
    let name = if question.optional { format!("{}（选报）", question.name) } else { question.name.clone() };
    [name, question.unit.clone(), question.places(), due.to_owned(), means.to_owned(), question.range.chinese()]
}
