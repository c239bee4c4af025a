//! Digit tests, where the sample allows: last digits of genuine figures are uniform, first digits of figures that span several powers of
//! ten follow Benford. Invented figures often do neither. Both are Pearson's chi-square tests on the digits as published.

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::{IntegrityRules, Signal, SignalKind, Subject, text};

/// Tests the last published digit for uniformity (Mosimann et al., 1995; Beber & Scacco, 2012) on values of three digits or more: a shorter
/// one's last digit is also its first or second, which is not uniform. `None` for fewer than the minimum of such values.
#[must_use]
pub fn last_digit(values: &[i64], subject: &Subject<'_>, rules: &IntegrityRules) -> Option<Signal> {
    let mut counts = [0_u32; 10];
    for steps in in_steps(values, subject).filter(|steps| *steps >= 100) {
        count(&mut counts, steps % 10);
    }
    signal(SignalKind::LastDigit, &counts, &[0.1; 10], 0, subject, rules)
}

/// Tests the first digit against Benford's log₁₀(1 + 1/d). Values that are not positive are left out. `None` for fewer than the minimum of
/// values or where the middle 90 % of them span less than the policy's powers of ten: a narrow distribution has its own first digits.
#[must_use]
pub fn first_digit(values: &[i64], subject: &Subject<'_>, rules: &IntegrityRules) -> Option<Signal> {
    let positive: Vec<i64> = values.iter().copied().filter(|value| *value > 0).collect();
    if middle_span(positive.clone())? < rules.orders_of_magnitude {
        return None;
    }
    let mut counts = [0_u32; 9];
    for value in positive {
        // The first digit is at least 1.
        count(&mut counts, value.unsigned_abs() / 10_u64.pow(value.ilog10()) - 1);
    }
    let expected = [1.0_f64, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0].map(|digit| (1.0 + 1.0 / digit).log10());
    signal(SignalKind::FirstDigit, &counts, &expected, 1, subject, rules)
}

/// Sizes of the values in published steps.
fn in_steps<'a>(values: &'a [i64], subject: &Subject<'_>) -> impl Iterator<Item = u64> + use<'a> {
    let step = subject.quantity.step().unsigned_abs().max(1);
    values.iter().map(move |value| value.unsigned_abs() / step)
}

fn count(counts: &mut [u32], digit: u64) {
    if let Some(slot) = usize::try_from(digit).ok().and_then(|digit| counts.get_mut(digit)) {
        *slot += 1;
    }
}

/// Powers of ten between the 5th and the 95th percentile (nearest rank) of positive values; `None` without any.
fn middle_span(mut positive: Vec<i64>) -> Option<f64> {
    positive.sort_unstable();
    let tail = positive.len() / 20;
    let (low, high) = (*positive.get(tail)?, *positive.iter().rev().nth(tail)?);
    Some((high as f64 / low as f64).log10())
}

fn signal(
    kind: SignalKind,
    counts: &[u32],
    expected: &[f64],
    first: usize,
    subject: &Subject<'_>,
    rules: &IntegrityRules,
) -> Option<Signal> {
    let sample = usize::try_from(counts.iter().sum::<u32>()).ok()?;
    if sample < rules.minimum_values {
        return None;
    }
    let expected: Vec<f64> = expected.iter().map(|part| part * sample as f64).collect();
    let statistic = chi_square(counts, &expected);
    let p_value = ChiSquared::new(counts.len() as f64 - 1.0).ok()?.sf(statistic);
    (p_value < rules.significance).then(|| {
        let mut signal = Signal::new(kind, sample, statistic, subject.periods, rules);
        signal.p_value = Some(p_value);
        signal.message = message(kind, counts, &expected, first, subject, (sample, statistic, p_value));
        signal
    })
}

fn chi_square(counts: &[u32], expected: &[f64]) -> f64 {
    counts.iter().zip(expected).map(|(count, expected)| (f64::from(*count) - expected).powi(2) / expected).sum()
}

fn message(
    kind: SignalKind,
    counts: &[u32],
    expected: &[f64],
    first: usize,
    subject: &Subject<'_>,
    (sample, statistic, p_value): (usize, f64, f64),
) -> String {
    let place = if kind == SignalKind::LastDigit { "末位数字" } else { "首位数字" };
    let excess = |(_, (count, expected)): &(usize, (&u32, &f64))| (f64::from(**count) - **expected) / expected.sqrt();
    let most = (first..).zip(counts.iter().zip(expected)).max_by(|one, other| excess(one).total_cmp(&excess(other)));
    let most =
        most.map_or_else(String::new, |(digit, (count, expected))| format!("{place}为{digit}的有{count}个（预期约{expected:.0}个），"));
    format!(
        "{}的{sample}个数中，{most}各数字的分布与预期不符的卡方值为{statistic:.1}，出现这样或更大偏离的概率{}，请数据提供单位核实。",
        subject.heading(),
        text::chance(p_value),
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::integrity::{
        Quantity,
        testing::{asks_to_verify, rules},
    };

    const WHOLE: Quantity<'_> = Quantity { name: "一般公共预算收入", unit: "万元", decimals: 0 };

    fn subject(quantity: Quantity<'_>) -> Subject<'_> {
        Subject { quantity, counties: &[], periods: &[] }
    }

    /// So many values of the form 12·d for each last digit d.
    fn with_last_digits(counts: [usize; 10], decimals: u32) -> Vec<i64> {
        let step = Quantity { decimals, ..WHOLE }.step();
        counts.iter().zip(120..).flat_map(|(count, value)| vec![-value * step; *count]).collect()
    }

    #[rstest]
    // scipy 1.17.1: chi2.sf(25.3846, 9) = 0.002574, chi2.sf(40, 9) = 7.6e-6
    #[case([30, 10, 10, 10, 10, 12, 12, 12, 12, 12], Some((25.384_615, 0.002_573_916)))]
    #[case([40, 20, 20, 20, 20, 20, 20, 20, 20, 0], Some((40.0, 7.598_525e-6)))]
    #[case([13, 10, 10, 10, 10, 12, 12, 12, 12, 12], None)]
    #[case([90, 0, 0, 0, 0, 0, 0, 0, 0, 0], None)] // too few
    fn last_digits_are_held_against_uniformity(#[case] counts: [usize; 10], #[case] expected: Option<(f64, f64)>) {
        for decimals in [0, 1] {
            let found = last_digit(&with_last_digits(counts, decimals), &subject(Quantity { decimals, ..WHOLE }), &rules());
            let found = found.map(|signal| (signal.statistic, signal.p_value.unwrap()));
            assert_eq!(found.is_some(), expected.is_some());
            assert!(
                found.zip(expected).is_none_or(|(found, by)| (found.0 / by.0 - 1.0).abs() < 1e-6 && (found.1 / by.1 - 1.0).abs() < 1e-6)
            );
        }
    }

    #[test]
    fn the_most_frequent_digit_is_named() {
        let values = with_last_digits([40, 20, 20, 20, 20, 20, 20, 20, 20, 0], 0);
        let signal = last_digit(&values, &subject(WHOLE), &rules()).unwrap();
        assert_eq!(
            signal.message,
            "一般公共预算收入的200个数中，末位数字为0的有40个（预期约20个），各数字的分布与预期不符的卡方值为40.0，出现这样或更大偏离的概率不到0.001%，请数据提供单位核实。"
        );
        asks_to_verify(&signal);
    }

    #[test]
    fn short_values_are_left_out() {
        let values: Vec<i64> = vec![99_000_000; 1_000];
        assert_eq!(last_digit(&values, &subject(WHOLE), &rules()), None);
    }

    /// Real figures, counted with Python: of the 804 values of 100 or more of the 2020 yearbook and census 88 end in 0, 71 in 1, …: χ² = 6.846.
    #[test]
    fn real_yearbook_figures_pass() {
        let text = include_str!("../../data/heilongjiang_county_2020.csv");
        let rows = csv::Reader::from_reader(text.as_bytes()).into_records();
        let values: Vec<i64> = rows.map(|row| row.unwrap()[4].parse::<f64>().unwrap() as i64 * 1_000_000).collect();
        assert_eq!(last_digit(&values, &subject(WHOLE), &rules()), None);
        let strict = IntegrityRules { significance: 0.9, ..rules() };
        let signal = last_digit(&values, &subject(WHOLE), &strict).unwrap();
        assert_eq!((signal.sample_size, (signal.statistic * 1e3).round(), signal.false_alarm_rate), (804, 6_846.0, None));
    }

    #[test]
    fn first_digits_are_held_against_benford() {
        // Twenty of each first digit over four powers of ten: χ² = 72.31 by scipy.
        let values: Vec<i64> = (0..180).map(|place| (place % 9 + 1) * 10_i64.pow(6 + (place / 9 % 4) as u32)).collect();
        let signal = first_digit(&values, &subject(WHOLE), &rules()).unwrap();
        assert!((signal.statistic - 72.305_692_7).abs() < 1e-6, "{signal:?}");
        assert!(signal.message.contains("首位数字为9的有20个（预期约8个）"), "{}", signal.message);
        asks_to_verify(&signal);
        // Powers of two follow Benford.
        let powers: Vec<i64> = (0..240).map(|place| 1_i64 << (place % 60)).collect();
        assert_eq!(first_digit(&powers, &subject(WHOLE), &rules()), None);
    }

    #[test]
    fn a_narrow_span_has_its_own_first_digits() {
        let values: Vec<i64> = (0..1_000).map(|place| (100 + place % 50) * 1_000_000).collect();
        assert_eq!(first_digit(&values, &subject(WHOLE), &rules()), None);
        assert_eq!(first_digit(&[], &subject(WHOLE), &rules()), None);
    }
}
