//! The draft as TOML, with what is not sure as comments.

use std::collections::{BTreeMap, BTreeSet};

use super::{Claim, Column, Drafted, Place};

/// Rows of these words are no division, whatever stands before.
const AGGREGATES: [(&str, &str); 5] = [
    ("市辖区", "各区合计，不单独使用"),
    ("经开区", "开发区，不是行政区划"),
    ("开发区", "开发区，不是行政区划"),
    ("高新区", "开发区，不是行政区划"),
    ("市本级", "市本级，不是县市区"),
];

/// The whole file. Texts are normalised: they hold no line break.
pub fn print(place: &Place, tables: &[Drafted], unread: &[(String, String)]) -> String {
    let firsts: BTreeSet<&str> = tables.iter().map(|table| table.first_heading.as_str()).collect();
    let mut lines = vec![
        "# 由 leitai layout suggest 起草，使用前请逐表核对。“# 不确定：”之后注释掉的内容须由人决定。".to_owned(),
        format!("id = \"draft\"\ntitle = \"起草的布局\"\nunder = {}", quote(&place.under)),
        format!("first_headings = [{}]", list(firsts.into_iter())),
        format!("other_level_rows = [{}]", list(place.other_levels.iter().map(String::as_str))),
    ];
    if !tables.iter().any(Drafted::is_clear) {
        lines.push("# 没有一张表能够确定：以下都须由人决定。\ntable = []".to_owned());
    }
    lines.push("\n[headings]".to_owned());
    lines.extend(headings(tables));
    lines.extend(rows(place, tables));
    lines.extend(tables.iter().map(table));
    lines.push(String::new());
    lines.extend(unread.iter().map(|(sheet, why)| format!("# 未起草：工作表“{}”：{}", plain(sheet), plain(why))));
    lines.join("\n") + "\n"
}

fn headings(tables: &[Drafted]) -> Vec<String> {
    let mut texts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for column in tables.iter().flat_map(|table| &table.columns).filter(|column| !matches!(column.claim, Claim::None(_))) {
        texts.entry(&column.heading).or_default().insert(&column.text);
    }
    texts.iter().map(|(name, texts)| format!("{}.texts = [{}]", quote(name), list(texts.iter().copied()))).collect()
}

fn rows(place: &Place, tables: &[Drafted]) -> Vec<String> {
    let names: BTreeSet<&str> = tables.iter().flat_map(|table| &table.other_rows).map(String::as_str).collect();
    names.into_iter().map(|name| row(place, name)).collect()
}

fn row(place: &Place, name: &str) -> String {
    let known = AGGREGATES.iter().find(|(word, _)| name.ends_with(word));
    match known {
        _ if place.whole.as_deref() == Some(name) => format!("\n[[row]]\nnames = [{}]\ndivision = {}", quote(name), quote(&place.under)),
        Some((_, meaning)) => format!("\n[[aggregate]]\nnames = [{}]\nmeaning = {}", quote(name), quote(meaning)),
        None => format!(
            "\n# 不确定：行名“{0}”不是{1}范围内的行政区划\n# [[aggregate]]\n# names = [{2}]\n# meaning = \"\"",
            plain(name),
            place.name,
            quote(name)
        ),
    }
}

fn table(table: &Drafted) -> String {
    let mut lines = vec![String::new(), format!("# 工作表“{}”", plain(&table.sheet))];
    let mark = if table.is_clear() { "" } else { "# " };
    lines.extend([format!("{mark}[[table]]"), format!("{mark}titles = [{}]", quote(&table.title)), format!("{mark}columns = [")]);
    lines.extend(table.columns.iter().map(column));
    lines.push(format!("{mark}]"));
    lines.join("\n")
}

fn column(column: &Column) -> String {
    let heading = quote(&column.heading);
    match &column.claim {
        Claim::Clear(content) => format!("  {{ heading = {heading}, {} }},", content.entry()),
        Claim::Unsure(content, why) => format!("# 不确定：{}\n#   {{ heading = {heading}, {} }},", plain(why), content.entry()),
        Claim::None(why) => format!("# 未识别：栏目“{}”：{}", plain(&column.text), plain(why)),
    }
}

fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.map(quote).collect::<Vec<_>>().join(", ")
}

/// A basic string of TOML.
pub fn quote(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

/// Without the characters that a comment of TOML may not hold.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
