//! Figures as letters print them.

use leitai_domain::{
    decimal::{SCALE, fixed, from_micros, round, round_up, to_micros},
    period::Period,
};
use time::Date;

use crate::round::{Finding, StillNeeded};

/// A reported or expected value with these decimals; `—` where there is none.
pub fn amount(micros: Option<i64>, decimals: u32) -> String {
    micros.map_or_else(|| "—".to_owned(), |micros| fixed(from_micros(micros), decimals))
}

/// Decimals that a finding is printed with: as published, more where what is expected or the gap would else read otherwise (half an enterprise).
pub fn decimals(finding: &Finding) -> u32 {
    let exact = |micros: Option<i64>, places: u32| micros.map(from_micros).is_none_or(|value| round(value, places) == value);
    (finding.decimals..=SCALE).find(|places| exact(finding.expected, *places) && exact(finding.gap, *places)).unwrap_or(SCALE)
}

/// The gap with its sign and unit: `-1.4个百分点`, `-0.5项`. A difference of percentages is in percentage points.
pub fn gap(finding: &Finding, decimals: u32) -> String {
    let Some(micros) = finding.gap else { return "—".to_owned() };
    let sign = if micros > 0 { "+" } else { "" };
    let unit = if finding.unit == "%" { "个百分点" } else { &finding.unit };
    format!("{sign}{}{unit}", fixed(from_micros(micros), decimals))
}

/// `第11位/共12个`; `—` where not ranked.
pub fn rank(finding: &Finding) -> String {
    finding.rank.map_or_else(|| "—".to_owned(), |rank| format!("第{rank}位/共{}个", finding.ranked_count))
}

/// First period of the unbroken run behind: `2025年1—3月起`.
pub fn since(finding: &Finding) -> String {
    finding.behind_since.map_or_else(|| "—".to_owned(), |since| format!("{}起", since.chinese()))
}

/// How many due periods that run has: `连续2期`; nothing where it is not known or one.
pub fn run(periods: u32) -> String {
    if periods > 1 { format!("连续{periods}期") } else { String::new() }
}

/// `2025年4月19日`.
pub fn day(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), u8::from(date.month()), date.day())
}

/// What was measured instead, and anything else that a reader must know; each is one sentence.
pub fn remarks(finding: &Finding) -> impl Iterator<Item = String> {
    proxy(finding).into_iter().chain((!finding.note.is_empty()).then(|| finding.note.clone()))
}

/// What the rest of the year has to bring, rounded up to the decimals it is printed with: what is printed must be enough. `None` where nothing
/// can be said.
pub fn needed(finding: &Finding, period: Period) -> Option<(i64, u32, &StillNeeded)> {
    let needed = finding.still_needed.as_ref().filter(|_| period.month() < 12)?;
    let places = finding.decimals.max(1);
    let value = to_micros(round_up(from_micros(needed.value), places)).ok()?;
    Some((value, places, needed))
}

/// `后三季度需增长6.0%`, `后9个月每月需0.2项`; an asterisk where last year's share is assumed; `—` where nothing can be said.
pub fn still_needed(finding: &Finding, period: Period) -> String {
    let Some((value, places, needed)) = needed(finding, period) else { return "—".to_owned() };
    let value = fixed(from_micros(value), places);
    let mark = if needed.share_assumed { "*" } else { "" };
    let rest = rest_of_year(period);
    match needed.unit.strip_suffix("/月") {
        Some(unit) => format!("{rest}每月需{value}{unit}{mark}"),
        None => format!("{rest}需增长{value}{}{mark}", needed.unit),
    }
}

fn rest_of_year(period: Period) -> String {
    match period.month() {
        3 => "后三季度".to_owned(),
        6 => "下半年".to_owned(),
        9 => "四季度".to_owned(),
        11 => "12月".to_owned(),
        month => format!("后{}个月", 12 - month),
    }
}

/// `地区生产总值增速（%）`.
pub fn indicator(finding: &Finding) -> String {
    format!("{}（{}）", finding.indicator_name, finding.unit)
}

/// `以规模以上工业增加值增速代替工业增加值增速`; `None` where the indicator itself was measured.
pub fn proxy(finding: &Finding) -> Option<String> {
    match finding.proxy.as_str() {
        "" => None,
        sentence if sentence.contains("代替") => Some(sentence.to_owned()),
        measure => Some(format!("以{measure}代替{}", finding.indicator_name)),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::round::testing::finding;

    fn with(gap: i64, decimals: u32, unit: &str) -> Finding {
        Finding { expected: None, gap: Some(gap), decimals, unit: unit.to_owned(), ..finding("gdp", "430582", "邵东市") }
    }

    #[rstest]
    #[case::percentage_points(-1_400_000, 1, "%", "-1.4个百分点")]
    #[case::points_stay(-300_000, 1, "个百分点", "-0.3个百分点")]
    #[case::count(-1_000_000, 0, "项", "-1项")]
    #[case::ahead(200_000, 1, "%", "+0.2个百分点")]
    #[case::never_nothing(-40_000, 1, "%", "-0.04个百分点")]
    #[case::half_of_a_count_stays_half(-500_000, 0, "项", "-0.5项")]
    #[case::on_pace(0, 1, "%", "0.0个百分点")]
    fn gaps(#[case] micros: i64, #[case] places: u32, #[case] unit: &str, #[case] shown: &str) {
        let finding = with(micros, places, unit);
        assert_eq!(gap(&finding, decimals(&finding)), shown);
    }

    #[rstest]
    #[case(3, "后三季度需增长6.0%*")]
    #[case(6, "下半年需增长6.0%*")]
    #[case(9, "四季度需增长6.0%*")]
    #[case(7, "后5个月需增长6.0%*")]
    #[case(11, "12月需增长6.0%*")]
    #[case(12, "—")]
    fn growth_still_needed(#[case] month: u8, #[case] shown: &str) {
        assert_eq!(still_needed(&finding("gdp", "430582", "邵东市"), Period::new(2025, month).unwrap()), shown);
    }

    #[test]
    fn amounts_still_needed() {
        let needed = StillNeeded { value: 222_222, unit: "项/月".to_owned(), share_assumed: false };
        let finding = Finding { still_needed: Some(needed), decimals: 0, ..finding("results", "430582", "邵东市") };
        assert_eq!(still_needed(&finding, Period::new(2025, 3).unwrap()), "后三季度每月需0.3项");
        let nothing = Finding { still_needed: None, ..finding };
        assert_eq!(still_needed(&nothing, Period::new(2025, 3).unwrap()), "—");
    }

    #[rstest]
    #[case("", None)]
    #[case("规模以上工业增加值增速", Some("以规模以上工业增加值增速代替地区生产总值增速"))]
    #[case("以甲代替乙", Some("以甲代替乙"))]
    fn proxies(#[case] proxy_text: &str, #[case] shown: Option<&str>) {
        let finding = Finding { proxy: proxy_text.to_owned(), ..finding("gdp", "430582", "邵东市") };
        assert_eq!(proxy(&finding).as_deref(), shown);
    }

    #[rstest]
    #[case(0, "")]
    #[case(1, "")]
    #[case(3, "连续3期")]
    fn how_long(#[case] periods: u32, #[case] shown: &str) {
        assert_eq!((since(&finding("gdp", "430582", "邵东市")).as_str(), run(periods).as_str()), ("2025年1—3月起", shown));
    }

    #[test]
    fn absent_figures_are_a_dash() {
        let finding = Finding { gap: None, rank: None, behind_since: None, ..finding("gdp", "430582", "邵东市") };
        assert_eq!([gap(&finding, 1), rank(&finding), since(&finding), amount(None, 1)], ["—"; 4].map(str::to_owned));
    }
}
