//! The target grammar: what `4以上`, `5.5左右` and `4.5—5` mean, as exact decimals. The source text always stays beside the parsed target.

use rust_decimal::Decimal;

use crate::decimal;

/// What a target asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    /// `4以上`, `不少于15家`, `达到100%`, `稳定在99%以上`, or a bare number: at least, the number included.
    AtLeast(Decimal),
    /// `超过110家`, `突破800亿元`: more than, the number not included.
    MoreThan(Decimal),
    /// `5.5左右`: the number, with a band below it that the plan or policy sets.
    About(Decimal),
    /// `4.5—5`: from, to, both included.
    Range(Decimal, Decimal),
    /// `—`: no value; not applicable.
    NotApplicable,
}

impl Comparator {
    /// The number that a value is held against; a range's lower end; `None` where not applicable.
    #[must_use]
    pub fn bound(self) -> Option<Decimal> {
        match self {
            Self::AtLeast(value) | Self::MoreThan(value) | Self::About(value) | Self::Range(value, _) => Some(value),
            Self::NotApplicable => None,
        }
    }
}

/// A target text that the grammar does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("target `{0}` cannot be read: expected a number with 以上, 左右, 超过, 突破, 不少于, 达到 or 稳定在, a range a—b, or —")]
pub struct TargetError(pub String);

/// Units that may stand behind the number. Longest first, so that `个百分点` is not read as `个`.
const UNITS: [&str; 20] = [
    "个百分点",
    "亿元人民币",
    "万元",
    "亿元",
    "万亩",
    "个(次)",
    "%",
    "％",
    "个",
    "家",
    "户",
    "项",
    "人",
    "名",
    "次",
    "场",
    "倍",
    "台",
    "亩",
    "级",
];

/// Reads a target text.
///
/// # Errors
/// [`TargetError`] names a text that the grammar does not know; it is never guessed at.
pub fn parse(text: &str) -> Result<Comparator, TargetError> {
    let error = || TargetError(text.to_owned());
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if matches!(plain.as_str(), "—" | "——" | "-" | "–") {
        return Ok(Comparator::NotApplicable);
    }
    // `力争` says how hard to try, not how much: the number is the same.
    let (_, rest) = strip_any(&plain, &["力争"]);
    let (above, rest) = strip_any(rest, &["超过", "突破", "超"]);
    let (at_least, rest) = strip_any(rest, &["不少于", "不低于", "达到", "稳定在"]);
    let (about, rest) = strip_suffix_any(rest, &["左右"]);
    let (or_more, rest) = strip_suffix_any(rest, &["以上"]);
    let number = strip_unit(rest);
    if let Some((low, high)) = range(number) {
        let plain_range = !(above || at_least || about || or_more) && low <= high;
        return plain_range.then_some(Comparator::Range(low, high)).ok_or_else(error);
    }
    let value = unsigned_decimal(number.strip_prefix('-').unwrap_or(number)).ok_or_else(error)?;
    let value = if number.starts_with('-') { -value } else { value };
    match (above, about, at_least || or_more) {
        // `超过X以上` is said in plans; the number itself is then included by 以上, so it is no clear order.
        (true, false, false) => Ok(Comparator::MoreThan(value)),
        (false, true, false) => Ok(Comparator::About(value)),
        (false, false, _) => Ok(Comparator::AtLeast(value)),
        _ => Err(error()),
    }
}

fn strip_any<'a>(text: &'a str, prefixes: &[&str]) -> (bool, &'a str) {
    prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)).map_or((false, text), |rest| (true, rest))
}

fn strip_suffix_any<'a>(text: &'a str, suffixes: &[&str]) -> (bool, &'a str) {
    suffixes.iter().find_map(|suffix| text.strip_suffix(suffix)).map_or((false, text), |rest| (true, rest))
}

fn strip_unit(text: &str) -> &str {
    UNITS.iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(text)
}

/// Both ends of `4.5—5` or `4.5%-5%`.
fn range(text: &str) -> Option<(Decimal, Decimal)> {
    let (low, high) = text.split_once(['—', '–', '-', '~', '～', '至'])?;
    Some((unsigned_decimal(strip_unit(low))?, unsigned_decimal(high)?))
}

fn unsigned_decimal(text: &str) -> Option<Decimal> {
    let digits = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let framed = text.bytes().next()?.is_ascii_digit() && text.bytes().last()?.is_ascii_digit();
    (digits && framed).then(|| decimal::parse(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[rstest]
    #[case("4以上", Comparator::AtLeast(dec("4")))]
    #[case("5.5左右", Comparator::About(dec("5.5")))]
    #[case("35以上", Comparator::AtLeast(dec("35")))]
    #[case("超过110家", Comparator::MoreThan(dec("110")))]
    #[case("不少于15家", Comparator::AtLeast(dec("15")))]
    #[case("达到100%", Comparator::AtLeast(dec("100")))]
    #[case("达到6%以上", Comparator::AtLeast(dec("6")))]
    #[case("稳定在99%以上", Comparator::AtLeast(dec("99")))]
    #[case("4.5—5", Comparator::Range(dec("4.5"), dec("5")))]
    #[case("4.5%-5%", Comparator::Range(dec("4.5"), dec("5")))]
    #[case("-2以上", Comparator::AtLeast(dec("-2")))]
    #[case("突破800亿元", Comparator::MoreThan(dec("800")))]
    #[case("0.5个百分点以上", Comparator::AtLeast(dec("0.5")))]
    #[case("200项", Comparator::AtLeast(dec("200")))]
    #[case("达到7%", Comparator::AtLeast(dec("7")))]
    #[case("力争达到135个以上", Comparator::AtLeast(dec("135")))]
    #[case("力争突破800亿元", Comparator::MoreThan(dec("800")))]
    #[case("超4亿元", Comparator::MoreThan(dec("4")))]
    #[case("超过1100亿元人民币", Comparator::MoreThan(dec("1100")))]
    #[case("700个(次)以上", Comparator::AtLeast(dec("700")))]
    #[case("6700万亩以上", Comparator::AtLeast(dec("6700")))]
    #[case("—", Comparator::NotApplicable)]
    fn reads(#[case] text: &str, #[case] comparator: Comparator) {
        assert_eq!(parse(text), Ok(comparator));
    }

    #[rstest]
    #[case("")]
    #[case("明显提高")]
    #[case("以上")]
    #[case("5.5左右以上")]
    #[case("超过5左右")]
    #[case("5—4")]
    #[case("4.5—5以上")]
    #[case("1.")]
    #[case("5斤以上")]
    #[case("突破千亿级")]
    #[case("力争")]
    fn refuses(#[case] text: &str) {
        assert_eq!(parse(text), Err(TargetError(text.to_owned())));
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,20}") {
            let _ = parse(&text);
        }

        #[test]
        fn number_is_exact(whole in 0_u32..1_000_000, cents in 0_u32..100) {
            let text = format!("{whole}.{cents:02}");
            prop_assert_eq!(parse(&format!("{text}以上")), Ok(Comparator::AtLeast(dec(&text))));
            prop_assert_eq!(parse(&format!("{text}左右")), Ok(Comparator::About(dec(&text))));
        }
    }
}
