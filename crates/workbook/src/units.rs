//! Units of measurement and their exact conversion.

use rust_decimal::Decimal;

use crate::text::normalise;

/// What a unit measures. Only units of one dimension convert into each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// Renminbi.
    Yuan,
    /// US dollars.
    Dollar,
    /// Things.
    Count,
    /// %.
    Percent,
    /// Percentage points.
    Point,
}

/// Powers of ten by their words.
const MULTIPLES: [(&str, i32); 7] = [("", 0), ("百", 2), ("千", 3), ("万", 4), ("百万", 6), ("千万", 7), ("亿", 8)];

/// The value in the unit `to`; `None` where a unit is unknown, or the two measure different things.
/// Every factor is a power of ten, so the result is exact.
#[must_use]
pub fn convert(value: Decimal, from: &str, to: &str) -> Option<Decimal> {
    let (from, to) = (normalise(from), normalise(to));
    if from == to {
        return Some(value);
    }
    let ((dimension, power), (wanted, wanted_power)) = (read(&from)?, read(&to)?);
    if dimension != wanted {
        return None;
    }
    let places = wanted_power - power;
    let factor = Decimal::new(10_i64.checked_pow(places.unsigned_abs())?, 0);
    if places < 0 { value.checked_mul(factor) } else { value.checked_div(factor) }
}

/// True where a value in `from` can be told in `to`.
#[must_use]
pub fn convertible(from: &str, to: &str) -> bool {
    convert(Decimal::ONE, from, to).is_some()
}

/// True for units that count things: 项, 户, 家, 个.
#[must_use]
pub fn is_count(unit: &str) -> bool {
    measures(unit, Dimension::Count)
}

/// True for %.
#[must_use]
pub fn is_percent(unit: &str) -> bool {
    measures(unit, Dimension::Percent)
}

/// True for percentage points.
#[must_use]
pub fn is_point(unit: &str) -> bool {
    measures(unit, Dimension::Point)
}

/// What a unit measures, and the power of ten it stands for; `None` where it is unknown.
#[must_use]
pub fn measure(unit: &str) -> Option<(Dimension, i32)> {
    read(&normalise(unit))
}

/// The word for a power of ten before a unit; `None` where there is none.
#[must_use]
pub fn multiple(power: i32) -> Option<&'static str> {
    MULTIPLES.iter().find(|(_, known)| *known == power).map(|(word, _)| *word)
}

fn measures(unit: &str, wanted: Dimension) -> bool {
    measure(unit).is_some_and(|(dimension, _)| dimension == wanted)
}

/// What the unit measures, and the power of ten it stands for.
fn read(unit: &str) -> Option<(Dimension, i32)> {
    let plain = unit.trim_end_matches("人民币").trim_end_matches("(次)");
    match plain {
        "%" => return Some((Dimension::Percent, 0)),
        "个百分点" | "百分点" => return Some((Dimension::Point, 0)),
        _ => {}
    }
    let (dimension, size) = [("美元", Dimension::Dollar), ("元", Dimension::Yuan)]
        .into_iter()
        .chain(["个", "户", "家", "项"].map(|count| (count, Dimension::Count)))
        .find_map(|(base, dimension)| Some((dimension, plain.strip_suffix(base)?)))?;
    let (_, power) = MULTIPLES.iter().find(|(word, _)| *word == size)?;
    Some((dimension, *power))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("485745.614399879", "万元", "亿元", "48.5745614399879")]
    #[case("3275.7908", "亿元", "亿元", "3275.7908")]
    #[case("2", "亿元", "万元", "20000")]
    #[case("326.8", "万美元", "美元", "3268000")]
    #[case("6.5", "％", "%", "6.5")]
    #[case("0.5", "百分点", "个百分点", "0.5")]
    #[case("3", "家", "户", "3")]
    #[case("3", "万吨", " 万吨", "3")]
    fn converts_exactly(#[case] value: &str, #[case] from: &str, #[case] to: &str, #[case] converted: &str) {
        assert_eq!(convert(value.parse().unwrap(), from, to), Some(converted.parse().unwrap()));
    }

    #[rstest]
    #[case("万元", "万美元")]
    #[case("%", "个百分点")]
    #[case("万元", "%")]
    #[case("斤", "元")]
    #[case("兆元", "元")]
    fn refuses_what_does_not_convert(#[case] from: &str, #[case] to: &str) {
        assert_eq!(convert(Decimal::ONE, from, to), None);
    }
}
