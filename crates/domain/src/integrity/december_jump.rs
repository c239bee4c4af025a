//! A December jump: December's part of the year grew against the county's own last year by far more than that of the other counties.
//!
//! Growth is the logarithm of the ratio of the two parts, so that counties with a large and with a small December are held to one scale.

use super::{IntegrityRules, Signal, SignalKind, Subject, robust};

/// One county's cumulative amounts, in 10⁻⁶ of their unit, as published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YearEnd {
    /// January to November.
    pub november: i64,
    /// The whole year.
    pub december: i64,
    /// January to November of last year.
    pub last_november: i64,
    /// The whole of last year.
    pub last_december: i64,
}

/// Finds counties whose December took an unusual part of the year. `years` holds one for each county; those whose amount of
/// December or of the whole year is not positive in either year are left out. Nothing for fewer than the minimum of counties.
#[must_use]
pub fn december_jump(years: &[Option<YearEnd>], subject: &Subject<'_>, rules: &IntegrityRules) -> Vec<Signal> {
    let present = years.iter().enumerate().filter_map(|(county, year)| Some((county, year.as_ref()?)));
    let shares: Vec<Shares> = present.filter_map(|(county, year)| Shares::of(county, *year, subject.quantity.step())).collect();
    let changes: Vec<f64> = shares.iter().map(Shares::change).collect();
    let Some((centre, spread)) = robust::centre_and_spread(&changes).filter(|_| changes.len() >= rules.minimum_counties) else {
        return Vec::new();
    };
    let mut signals = Vec::new();
    for one in &shares {
        let z = (one.change() - centre) / spread.max(one.rounding);
        if one.change() > 0.0 && robust::is_outlier(z, changes.len(), rules) {
            let mut signal = Signal::new(SignalKind::DecemberJump, changes.len(), z, subject.periods, rules);
            signal.counties = vec![one.county];
            signal.message = one.message(subject, centre, z);
            signals.push(signal);
        }
    }
    signals
}

/// December's part of a county's year, this year and last, 1 for all of it.
struct Shares {
    county: usize,
    this_year: f64,
    last_year: f64,
    /// How far rounding alone can move the change.
    rounding: f64,
}

impl Shares {
    fn of(county: usize, year: YearEnd, step: i64) -> Option<Self> {
        let of_year = |november: i64, december: i64| {
            let (whole, last) = (december as f64, december.saturating_sub(november) as f64);
            // Half a step in each of the two amounts moves December by a step.
            (whole > 0.0 && last > 0.0).then(|| (last / whole, step as f64 / last))
        };
        let (this_year, rounding) = of_year(year.november, year.december)?;
        let (last_year, last_rounding) = of_year(year.last_november, year.last_december)?;
        Some(Self { county, this_year, last_year, rounding: rounding + last_rounding })
    }

    fn change(&self) -> f64 {
        (self.this_year / self.last_year).ln()
    }

    fn message(&self, subject: &Subject<'_>, centre: f64, z: f64) -> String {
        let name = subject.county(self.county);
        format!(
            "{name}{}全年数中12月当月占{:.1}%，上年占{:.1}%，为上年的{:.2}倍，各县倍数的中位数为{:.2}（稳健z值{z:.1}），请{name}数据提供单位核实。",
            subject.heading(),
            self.this_year * 100.0,
            self.last_year * 100.0,
            self.this_year / self.last_year,
            centre.exp(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::{
        Quantity,
        testing::{asks_to_verify, rules},
    };

    const REVENUE: Quantity<'_> = Quantity { name: "一般公共预算收入", unit: "万元", decimals: 0 };

    /// December takes 10 % of 1,000 plus 0 to 4 % both this year and the other way round last year: small changes, median 0.
    fn counties() -> Vec<Option<YearEnd>> {
        let year = |place: i64| YearEnd {
            november: (90_000 - 100 * (place % 5)) * 1_000_000,
            december: 100_000_000_000,
            last_november: (90_000 - 100 * (place / 5 % 5)) * 1_000_000,
            last_december: 100_000_000_000,
        };
        (0..25).map(|place| Some(year(place))).collect()
    }

    fn noticed(years: &[Option<YearEnd>]) -> Vec<Signal> {
        let names: Vec<String> = (0..years.len()).map(|county| format!("第{county}县")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        december_jump(years, &Subject { quantity: REVENUE, counties: &names, periods: &[] }, &rules())
    }

    #[test]
    fn a_doubled_december_is_noticed() {
        let mut years = counties();
        years[7] = Some(YearEnd {
            november: 80_000_000_000,
            december: 100_000_000_000,
            last_november: 90_000_000_000,
            last_december: 100_000_000_000,
        });
        let signals = noticed(&years);
        let [signal] = signals.as_slice() else { panic!("{signals:?}") };
        assert_eq!(
            (signal.kind, signal.sample_size, signal.counties.as_slice(), signal.p_value),
            (SignalKind::DecemberJump, 25, &[7][..], None)
        );
        assert!(
            signal.message.starts_with("第7县一般公共预算收入全年数中12月当月占20.0%，上年占10.0%，为上年的2.00倍，各县倍数的中位数为1.00"),
            "{}",
            signal.message
        );
        asks_to_verify(signal);
    }

    #[test]
    fn what_all_counties_do_is_not_noticed() {
        let doubled = |year: YearEnd| YearEnd { november: year.december - 2 * (year.december - year.november), ..year };
        assert_eq!(noticed(&counties().into_iter().map(|year| year.map(doubled)).collect::<Vec<_>>()), []);
        assert_eq!(noticed(&counties()), []);
    }

    #[test]
    fn a_fall_and_an_undefined_share_are_left_out() {
        let mut years = counties();
        years[3] = years[3].map(|year| YearEnd { november: 99_000_000_000, ..year });
        years[4] = years[4].map(|year| YearEnd { last_november: 100_000_000_000, ..year });
        years[5] = None;
        assert_eq!(noticed(&years), []);
        assert_eq!(noticed(&counties()[..11]), [], "fewer than the minimum");
    }
}
