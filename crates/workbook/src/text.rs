//! Texts of cells as they are compared: without blanks, with half-width brackets.

use leitai_domain::period::{Period, PeriodError};

/// The text without any white space (full-width and no-break blanks too) and with half-width brackets and per-cent signs.
#[must_use]
pub fn normalise(text: &str) -> String {
    let blank = |c: &char| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{feff}');
    text.chars().filter(blank).map(half_width).collect()
}

fn half_width(c: char) -> char {
    match c {
        '（' => '(',
        '）' => ')',
        '％' => '%',
        '：' => ':',
        other => other,
    }
}

/// A normalised heading without its bracketed unit, and that unit: `绝对额(亿元)` is `绝对额` and `亿元`.
#[must_use]
pub fn split_unit(heading: &str) -> (String, Option<String>) {
    let parts = heading.split_once('(').and_then(|(before, rest)| rest.split_once(')').map(|(unit, after)| (before, unit, after)));
    match parts {
        Some((before, unit, after)) => (format!("{before}{after}"), Some(unit.to_owned())),
        None => (heading.to_owned(), None),
    }
}

/// True where a normalised text is meant as a period label, whether or not it can be read.
#[must_use]
pub fn is_label(text: &str) -> bool {
    match Period::from_label(text, Some(2000)) {
        Ok(_) | Err(PeriodError::NotCumulative(_) | PeriodError::OutOfRange(_)) => true,
        Err(_) => text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(['年', '月', '季']),
    }
}

/// True where a normalised text matches a pattern in which `*` stands for any characters.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            let starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            starts.into_iter().any(|at| rest.get(at..).is_some_and(|end| matches(tail, end)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("地  区", "地区")]
    #[case("地\u{3000}\u{a0}区 ", "地区")]
    #[case("增速\n（％）", "增速(%)")]
    fn blanks_and_widths_do_not_matter(#[case] text: &str, #[case] normal: &str) {
        assert_eq!(normalise(text), normal);
    }

    #[rstest]
    #[case("绝对额(亿元)", "绝对额", Some("亿元"))]
    #[case("(亿元)", "", Some("亿元"))]
    #[case("排名", "排名", None)]
    #[case("增速(%", "增速(%", None)]
    fn units_stand_in_brackets(#[case] heading: &str, #[case] name: &str, #[case] unit: Option<&str>) {
        assert_eq!(split_unit(heading), (name.to_owned(), unit.map(str::to_owned)));
    }

    #[rstest]
    #[case("2025年1-9月", true)]
    #[case("9月末", true)]
    #[case("4-6月", true)]
    #[case("2025年本月", true)]
    #[case("绝对额(亿元)", false)]
    #[case("比年初增减数", false)]
    fn labels_are_told_from_headings(#[case] text: &str, #[case] label: bool) {
        assert_eq!(is_label(text), label);
    }

    #[rstest]
    #[case("*经开区", "邵阳经开区", true)]
    #[case("*经开区", "经开区", true)]
    #[case("市辖区", "市辖区", true)]
    #[case("*地区", "长株潭地区等", false)]
    #[case("长*地*", "长株潭地区", true)]
    fn a_star_stands_for_anything(#[case] pattern: &str, #[case] text: &str, #[case] fits: bool) {
        assert_eq!(matches(pattern, text), fits);
    }
}
