//! Period labels as workbooks print them.
//!
//! Two questions are kept apart: whether a text is a label at all, and whether it is of a period that starts in January. `二季度` is a label, of
//! April to June alone, so it is refused with that reason and never taken for the half-year.

use super::{Period, PeriodError};

/// How far a label goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Span {
    /// From January, or on the last day of the month.
    To(u8),
    /// From a later month, or one month's or quarter's own figure.
    Part,
}

/// Reads a label; `year` stands in where it prints none.
pub(super) fn read(label: &str, year: Option<i32>) -> Result<Period, PeriodError> {
    let text = plain(label);
    if let Ok(period) = text.parse() {
        return Ok(period);
    }
    let (printed, rest) = split_year(&text);
    let span = span(rest, printed.is_some()).ok_or_else(|| PeriodError::Unknown(label.to_owned()))?;
    let Span::To(month) = span else { return Err(PeriodError::NotCumulative(label.to_owned())) };
    let year = printed.or(year).ok_or_else(|| PeriodError::NoYear(label.to_owned()))?;
    Period::new(year, month).map_err(|_| PeriodError::OutOfRange(label.to_owned()))
}

/// Without blanks, in half width, and with one kind of dash.
fn plain(label: &str) -> String {
    // 截至 (as of) has the character that also joins a range.
    let label = label.replace("截至", "").replace("截止", "");
    let seen = label.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{feff}'));
    seen.map(|c| match c {
        '０'..='９' | 'Ａ'..='Ｚ' | '（' | '）' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '—' | '–' | '－' | '~' | '～' | '〜' | '至' | '到' | '─' | '―' | '‐' | '‑' | '−' => '-',
        other => other,
    })
    .collect()
}

/// The year before the first 年, where digits stand there, and the rest.
fn split_year(text: &str) -> (Option<i32>, &str) {
    let printed = text.split_once('年').and_then(|(digits, rest)| Some((year(digits)?, rest)));
    printed.map_or((None, text), |(year, rest)| (Some(year), rest))
}

fn year(digits: &str) -> Option<i32> {
    let figures = digits.chars().map(|c| match c {
        '0'..='9' => Some(c),
        '〇' | '○' | '零' => Some('0'),
        _ => "一二三四五六七八九".chars().position(|figure| figure == c).and_then(|at| char::from_digit(u32::try_from(at).ok()? + 1, 10)),
    });
    figures.collect::<Option<String>>()?.parse().ok()
}

/// What stands behind the year.
fn span(rest: &str, has_year: bool) -> Option<Span> {
    let bare = rest.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(rest);
    let (bare, summed) = cumulative(bare);
    match bare {
        "" | "度" | "末" | "底" if has_year => return Some(Span::To(12)),
        "全年" | "年末" | "年底" => return Some(Span::To(12)),
        "上半年" => return Some(Span::To(6)),
        "下半年" => return Some(Span::Part),
        _ => {}
    }
    if let Some(quarters) = bare.strip_suffix("季度") {
        return quarter(quarters, summed);
    }
    let stock = bare.strip_suffix("月末").or_else(|| bare.strip_suffix("月底"));
    let months = stock.or_else(|| bare.strip_suffix("月份")).or_else(|| bare.strip_suffix('月'))?;
    ends(months, stock.is_some() || summed)
}

/// The text without a remark that the figures are summed up from January, and whether there was one.
fn cumulative(text: &str) -> (&str, bool) {
    let found = ["(累计)", "累计数", "累计"].iter().find_map(|remark| text.strip_suffix(remark));
    let found = found.or_else(|| text.strip_prefix("累计"));
    found.map_or((text, false), |rest| (rest, true))
}

fn quarter(text: &str, summed: bool) -> Option<Span> {
    let (text, summed) = match text.strip_prefix('前') {
        Some(rest) => (rest, true),
        None => (text.strip_prefix('第').unwrap_or(text), summed),
    };
    let text = if text == "两" { "二" } else { text };
    match ends(text, summed)? {
        Span::To(quarters) => Some(Span::To(quarters.checked_mul(3)?)),
        Span::Part => Some(Span::Part),
    }
}

/// The last month or quarter of `6`, `1-6` or `1月-6`. One by itself is its own figure unless it is summed up, or the first.
fn ends(text: &str, summed: bool) -> Option<Span> {
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (Some(number(first.trim_end_matches('月'))?), number(last)?),
        None => (None, number(text)?),
    };
    Some(if first == Some(1) || (first.is_none() && (summed || last == 1)) { Span::To(last) } else { Span::Part })
}

/// 1 to 99 in figures, 1 to 12 in Chinese.
fn number(text: &str) -> Option<u8> {
    const CHINESE: [&str; 12] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];
    if text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    CHINESE.iter().position(|known| *known == text).and_then(|at| u8::try_from(at + 1).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1-6月", "2025-M06")]
    #[case("1—6月", "2025-M06")]
    #[case("1～6月", "2025-M06")]
    #[case("1至6月", "2025-M06")]
    #[case("1月到6月", "2025-M06")]
    #[case("１－６月份", "2025-M06")]
    #[case("一至六月", "2025-M06")]
    #[case("(1-6月)", "2025-M06")]
    #[case("1-6月累计", "2025-M06")]
    #[case("6月累计数", "2025-M06")]
    #[case("2024年1至6月", "2024-M06")]
    #[case("２０２４年１—６月", "2024-M06")]
    #[case("二〇二四年一至十一月", "2024-M11")]
    #[case("2024年1-12月（累计）", "2024-M12")]
    #[case("一季度", "2025-M03")]
    #[case("第一季度", "2025-M03")]
    #[case("1季度", "2025-M03")]
    #[case("前两季度", "2025-M06")]
    #[case("上半年", "2025-M06")]
    #[case("2024年上半年", "2024-M06")]
    #[case("前三季度", "2025-M09")]
    #[case("前3季度", "2025-M09")]
    #[case("1-3季度", "2025-M09")]
    #[case("一至三季度", "2025-M09")]
    #[case("一—四季度", "2025-M12")]
    #[case("全年", "2025-M12")]
    #[case("2024年", "2024-M12")]
    #[case("２０２４年", "2024-M12")]
    #[case("2024年度", "2024-M12")]
    #[case("2024年全年", "2024-M12")]
    #[case("2024年末", "2024-M12")]
    #[case("年底", "2025-M12")]
    #[case("6月末", "2025-M06")]
    #[case("2024年6月末", "2024-M06")]
    #[case("截至6月底", "2025-M06")]
    #[case("2024-M06", "2024-M06")]
    #[case("2024-Q2", "2024-M06")]
    #[case("２０２４－Ｑ２", "2024-M06")]
    #[case("1月", "2025-M01")]
    #[case("2024年1月份", "2024-M01")]
    fn labels_are_read(#[case] label: &str, #[case] period: &str) {
        assert_eq!(read(label, Some(2025)).map(|period| period.to_string()), Ok(period.to_owned()));
    }

    #[rstest]
    #[case("4-6月")]
    #[case("7月-12月")]
    #[case("6月")]
    #[case("2025年6月份")]
    #[case("二季度")]
    #[case("第三季度")]
    #[case("2025年4季度")]
    #[case("2-3季度")]
    #[case("下半年")]
    #[case("4-6月累计")]
    fn what_does_not_start_in_january_is_refused(#[case] label: &str) {
        assert_eq!(read(label, Some(2025)), Err(PeriodError::NotCumulative(label.to_owned())));
    }

    #[rstest]
    #[case("")]
    #[case("累计")]
    #[case("度")]
    #[case("本月")]
    #[case("去年同期")]
    #[case("1-本月")]
    #[case("1-6-9月")]
    #[case("2025年1月-2026年6月")]
    #[case("2025.6")]
    #[case("6月30日")]
    #[case("一二季度")]
    #[case("年")]
    fn what_is_no_label_is_unknown(#[case] label: &str) {
        assert_eq!(read(label, Some(2025)), Err(PeriodError::Unknown(label.to_owned())));
    }

    #[rstest]
    #[case("1-13月")]
    #[case("前五季度")]
    #[case("0月末")]
    #[case("25年1-6月")]
    fn what_is_out_of_range_is_said(#[case] label: &str) {
        assert_eq!(read(label, Some(2025)), Err(PeriodError::OutOfRange(label.to_owned())));
    }

    #[rstest]
    #[case("上半年")]
    #[case("全年")]
    #[case("1-6月")]
    #[case("年末")]
    fn a_year_is_never_made_up(#[case] label: &str) {
        assert_eq!(read(label, None), Err(PeriodError::NoYear(label.to_owned())));
    }

    proptest! {
        /// However it is printed, a cumulative label is of its last month, and one that starts later is refused.
        #[test]
        fn ranges_go_by_their_ends(
            first in 1_u8..=12, last in 1_u8..=12, year in 1949..=2199,
            dash in "[-—–－~～至到]", inner in "月?", end in "月|月份", blank in "[ \u{3000}\u{a0}]?",
        ) {
            let label = format!("{year}年{blank}{first}{inner}{dash}{last}{blank}{end}");
            let read = read(&label, None);
            match first {
                1 => prop_assert_eq!(read, Period::new(year, last)),
                _ => prop_assert_eq!(read, Err(PeriodError::NotCumulative(label))),
            }
        }

        #[test]
        fn never_panics(label in "[0-9０-９一二三四十年月季度末至前第半上累计()（）\\- ]{0,12}") {
            let _ = read(&label, Some(2025));
        }
    }
}
