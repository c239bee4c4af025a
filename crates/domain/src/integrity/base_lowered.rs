//! A lowered base: the growth meets its target only against a last year's amount that is smaller than was reported then.
//!
//! The implied base is amount / (1 + growth). Its ratio to last year's report is compared over the counties: what is common to all, a
//! deflator or a revised method, moves the median and cancels.

use super::{IntegrityRules, Quantity, Signal, SignalKind, Subject, robust, text};

/// One county's growth and the amounts behind it, in 10⁻⁶ of their units, as published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base {
    /// Growth of the year to date, %.
    pub growth: i64,
    /// This year's amount.
    pub amount: i64,
    /// The amount of the same months as it was reported last year.
    pub last_year: i64,
}

/// Finds counties whose growth met the target through a lower base. `bases` holds one for each county; those without a positive amount,
/// last year's amount or 1 + growth are left out. `met_from` is the smallest published growth that meets the target, `subject` the growth
/// indicator, `amount` what it grows. Nothing for fewer than the minimum of counties.
#[must_use]
pub fn base_lowered(
    bases: &[Option<Base>],
    met_from: i64,
    subject: &Subject<'_>,
    amount: &Quantity<'_>,
    rules: &IntegrityRules,
) -> Vec<Signal> {
    let present = || bases.iter().enumerate().filter_map(|(county, base)| Some((county, base.as_ref()?)));
    let implied: Vec<Implied> = present().filter_map(|(county, base)| Implied::of(county, *base, subject, amount)).collect();
    let logs: Vec<f64> = implied.iter().map(|implied| implied.log_ratio).collect();
    let Some((centre, spread)) = robust::centre_and_spread(&logs).filter(|_| logs.len() >= rules.minimum_counties) else {
        return Vec::new();
    };
    let mut signals = Vec::new();
    for one in &implied {
        // Where most ratios agree but for rounding, rounding is the spread.
        let z = (one.log_ratio - centre) / spread.max(one.rounding);
        let without = one.growth_on_report(centre);
        let only_by_base = one.base.growth >= met_from && without + subject.quantity.step() as f64 / 2e6 < met_from as f64 / 1e6;
        if only_by_base && robust::is_outlier(-z, logs.len(), rules) {
            let mut signal = Signal::new(SignalKind::BaseLowered, logs.len(), z, subject.periods, rules);
            signal.counties = vec![one.county];
            signal.message = one.message(centre, without, met_from, subject, amount, z);
            signals.push(signal);
        }
    }
    signals
}

/// A county's implied base against last year's report.
struct Implied {
    county: usize,
    base: Base,
    log_ratio: f64,
    /// How far rounding alone can move `log_ratio`.
    rounding: f64,
}

impl Implied {
    fn of(county: usize, base: Base, subject: &Subject<'_>, amount: &Quantity<'_>) -> Option<Self> {
        let [factor, now, before] = [base.growth as f64 / 1e8 + 1.0, base.amount as f64, base.last_year as f64];
        let half = amount.step() as f64 / 2.0;
        let rounding = subject.quantity.step() as f64 / 2e8 / factor + half / now + half / before;
        let positive = factor > 0.0 && now > 0.0 && before > 0.0;
        positive.then(|| Self { county, base, log_ratio: (now / factor / before).ln(), rounding })
    }

    /// Growth in % against last year's report, moved as all counties' bases moved.
    fn growth_on_report(&self, centre: f64) -> f64 {
        (self.base.amount as f64 / self.base.last_year as f64 / centre.exp() - 1.0) * 100.0
    }

    fn message(&self, centre: f64, without: f64, met_from: i64, subject: &Subject<'_>, amount: &Quantity<'_>, z: f64) -> String {
        let (name, places) = (subject.county(self.county), subject.quantity.decimals as usize);
        let implied = self.base.last_year as f64 * self.log_ratio.exp();
        format!(
            "{name}{}报{}，据此推算上年同期数为{:.*}{}，为上年当时上报数{}的{:.1}%（各县中位数{:.1}%，稳健z值{z:.1}），按上年上报数并扣除各县共同因素，增速约为{without:.places$}%，低于目标要求的{}，请{name}数据提供单位对上年同期数进行核实。",
            subject.heading(),
            text::value(self.base.growth, &subject.quantity),
            amount.decimals as usize,
            implied / 1e6,
            amount.unit,
            text::value(self.base.last_year, amount),
            self.log_ratio.exp() * 100.0,
            centre.exp() * 100.0,
            text::value(met_from, &subject.quantity),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        integrity::testing::{asks_to_verify, rules},
        testing::month,
    };

    const GROWTH: Quantity<'_> = Quantity { name: "固定资产投资增速", unit: "%", decimals: 1 };
    const AMOUNT: Quantity<'_> = Quantity { name: "固定资产投资", unit: "亿元", decimals: 2 };

    /// Twenty-five counties with 100 亿元 last year and growth of 4.0 to 6.4 % on a base that all of them revised by `factor`.
    fn counties(factor: f64) -> Vec<Option<Base>> {
        let county = |tenths: i64| {
            let amount = 100.0 * factor * (1.0 + tenths as f64 / 1_000.0);
            Some(Base { growth: tenths * 100_000, amount: (amount * 100.0).round() as i64 * 10_000, last_year: 100_000_000 })
        };
        (40..65).map(county).collect()
    }

    fn noticed(bases: &[Option<Base>]) -> Vec<Signal> {
        let mut names = vec!["乙县"; bases.len()];
        names[0] = "甲县";
        base_lowered(bases, 5_500_000, &Subject { quantity: GROWTH, counties: &names, periods: &[month(6)] }, &AMOUNT, &rules())
    }

    #[test]
    fn a_target_met_on_a_lowered_base_is_noticed() {
        let mut bases = counties(1.0);
        // 102 / 1.062 = 96.05 of last year's 100; on the reported base growth is 2.0 %.
        bases[0] = Some(Base { growth: 6_200_000, amount: 102_000_000, last_year: 100_000_000 });
        let signals = noticed(&bases);
        let [signal] = signals.as_slice() else { panic!("{signals:?}") };
        assert_eq!((signal.sample_size, signal.counties.as_slice(), signal.p_value), (25, &[0][..], None));
        let start =
            "甲县固定资产投资增速2025年1—6月报6.2%，据此推算上年同期数为96.05亿元，为上年当时上报数100.00亿元的96.0%（各县中位数100.0%，";
        assert!(signal.message.starts_with(start), "{}", signal.message);
        assert!(signal.message.contains("增速约为2.0%，低于目标要求的5.5%"), "{}", signal.message);
        asks_to_verify(signal);
    }

    #[test]
    fn what_all_bases_share_cancels() {
        assert_eq!(noticed(&counties(1.0)), []);
        assert_eq!(noticed(&counties(0.95)), [], "everyone's base was revised");
        let mut bases = counties(0.95);
        // 97.0 / 1.062 = 91.3 where the others' are 95: on the common base 97 / 95 is 2.1 %.
        bases[0] = Some(Base { growth: 6_200_000, amount: 97_000_000, last_year: 100_000_000 });
        assert_eq!(noticed(&bases).len(), 1);
    }

    #[test]
    fn a_lower_base_that_decides_nothing_is_not_noticed() {
        let mut bases = counties(1.0);
        // Both growths meet the target: 106 on 100, and 10.4 % as reported.
        bases[0] = Some(Base { growth: 10_400_000, amount: 106_000_000, last_year: 100_000_000 });
        // Both miss it.
        bases[1] = Some(Base { growth: 5_400_000, amount: 101_000_000, last_year: 100_000_000 });
        // A higher base.
        bases[2] = Some(Base { growth: 5_500_000, amount: 120_000_000, last_year: 100_000_000 });
        assert_eq!(noticed(&bases), []);
    }

    #[test]
    fn what_has_no_base_is_left_out() {
        let mut bases = counties(1.0);
        let lowered = Base { growth: 6_200_000, amount: 102_000_000, last_year: 100_000_000 };
        bases[0] = Some(Base { last_year: 0, ..lowered });
        bases[1] = Some(Base { amount: -1, ..lowered });
        bases[2] = Some(Base { growth: -100_000_000, ..lowered });
        bases[3] = None;
        assert_eq!(noticed(&bases), []);
        bases[4] = Some(lowered);
        assert_eq!(noticed(&bases)[0].sample_size, 21);
        assert_eq!(noticed(&bases[..15]), [], "fewer than the minimum are left");
    }
}
