use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn rules() -> ProjectionRules {
    ProjectionRules { minimum_pool: 3, ..toml::from_str(&crate::testing::policy_section("projection")).unwrap() }
}

const MONTHS: [u8; 4] = [2, 3, 4, 5];

fn months(values: [f64; 4]) -> Vec<(u8, f64)> {
    MONTHS.into_iter().zip(values).collect()
}

fn with_december(values: [f64; 4], december: f64) -> Vec<(u8, f64)> {
    months(values).into_iter().chain([(12, december)]).collect()
}

type Year = Vec<(u8, f64)>;

fn history(kind: Kind, (this_year, last_year): &(Year, Year)) -> History<'_> {
    History { kind, this_year, last_year, base_share: None }
}

/// The first county's projection, with the pool of all.
fn first(kind: Kind, counties: &[(Year, Year)], threshold: f64) -> Result<Projection, NoProjection> {
    let pool = pool(counties.iter().map(|county| history(kind, county)), &rules());
    project(&history(kind, &counties[0]), &pool, threshold, &rules())
}

fn close(projection: Projection, expected: [f64; 4]) {
    let found = [projection.central, projection.low, projection.high, projection.probability];
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{projection:?} instead of {expected}");
    }
}

const BASE: [f64; 4] = [12.0, 20.0, 30.0, 41.0];

fn without_last_year(counties: &[[f64; 4]]) -> Vec<(Year, Year)> {
    counties.iter().map(|values| (months(*values), Vec::new())).collect()
}

// Expected: central, low, high and probability from an independent implementation in NumPy 2.4.6 and SciPy 1.17.1.
#[test]
fn growth_is_weighed_with_last_years_amounts() {
    let growths = [[6.1, 5.2, 5.9, 5.4], [3.0, 4.1, 3.2, 4.4], [8.0, 7.1, 7.7, 7.0], [5.0, 5.0, 4.0, 4.9]];
    let counties: Vec<_> = growths.map(|growth| (months(growth), with_december(BASE, 120.0))).into();
    let projection = first(Kind::Rate, &counties, 5.5).unwrap();
    close(projection, [5.4, 4.157131207, 6.642868793, 0.456279167]);
    assert_eq!((projection.method, projection.month, projection.sample), (Method::GrowthByProfile, 5, 4));
    assert_eq!(projection.base_share, Some(41.0 / 120.0));
}

#[test]
fn an_amount_grows_over_last_years_profile() {
    let counties = [([13.0, 21.5, 32.0, 44.0], 1.0), ([6.0, 10.0, 15.0, 20.0], 0.5), ([25.0, 41.0, 60.0, 84.0], 2.0)];
    let counties: Vec<_> =
        counties.map(|(values, size)| (months(values), with_december(BASE.map(|base| base * size), 120.0 * size))).into();
    let projection = first(Kind::Flow, &counties, 128.0).unwrap();
    close(projection, [129.72561047, 121.898249153, 137.552971787, 0.617911074]);
    assert_eq!(projection.method, Method::AmountByProfile);
}

#[test]
fn a_stock_grows_over_last_years_months() {
    let last_year = with_december([100.0, 101.0, 101.0, 103.0], 110.0);
    let stocks = [[105.0, 106.0, 108.0, 109.0], [50.0, 51.0, 50.5, 52.0], [70.0, 71.0, 71.0, 70.0]];
    let counties: Vec<_> = stocks.map(|stock| (months(stock), last_year.clone())).into();
    let projection = first(Kind::Level, &counties, 115.0).unwrap();
    close(projection, [116.24426848, 114.75190444, 117.73663252, 0.861673571]);
    assert_eq!(projection.method, Method::StockByProfile);
}

#[test]
fn a_stock_with_last_years_end_drifts() {
    let stocks = [([102.0, 104.0, 104.5, 106.0], 100.0), ([50.5, 51.0, 52.0, 52.0], 50.0), ([69.0, 70.0, 71.0, 73.0], 70.0)];
    let counties: Vec<_> = stocks.map(|(stock, end)| (months(stock), vec![(12, end)])).into();
    let projection = first(Kind::Level, &counties, 115.0).unwrap();
    close(projection, [114.591875292, 105.444001171, 123.739749412, 0.475715599]);
    assert_eq!(projection.method, Method::StockByDrift);
}

#[rstest]
#[case(Kind::Flow, &[[20.0, 31.0, 40.0, 52.0], [9.0, 13.0, 18.0, 22.0], [33.0, 52.0, 66.0, 84.0]], 120.0, Method::AmountByPace,
    [124.8, 116.459007497, 133.140992503, 0.778841169])]
#[case(Kind::Change, &[[0.1, 0.2, 0.1, 0.3], [0.0, -0.1, 0.1, 0.1], [0.3, 0.3, 0.5, 0.4]], 0.5, Method::ChangeByPace,
    [0.72, -0.122230835, 1.562230835, 0.638693617])]
#[case(Kind::Share, &[[30.0, 30.4, 30.1, 30.6], [20.0, 20.1, 20.3, 20.2], [41.0, 40.8, 40.1, 40.4]], 30.0, Method::ShareStays,
    [30.437613036, 29.547522701, 31.327703371, 0.745460794])]
fn without_last_year_the_year_goes_on(
    #[case] kind: Kind,
    #[case] counties: &[[f64; 4]],
    #[case] threshold: f64,
    #[case] method: Method,
    #[case] expected: [f64; 4],
) {
    let projection = first(kind, &without_last_year(counties), threshold).unwrap();
    close(projection, expected);
    assert_eq!(projection.method, method);
}

#[rstest]
#[case(5.0, 1.0)] // at the number is reached
#[case(5.1, 0.0)]
fn december_is_certain(#[case] threshold: f64, #[case] probability: f64) {
    let counties = [(vec![(11, 7.0), (12, 5.0)], Vec::new())];
    let projection = first(Kind::Rate, &counties, threshold).unwrap();
    close(projection, [5.0, 5.0, 5.0, probability]);
    assert_eq!((projection.method, projection.sample), (Method::YearOver, 0));
}

#[rstest]
#[case(&[], &[], NoProjection::TooFewPeriods)]
#[case(&[(2, 5.0)], &[], NoProjection::TooFewPeriods)]
#[case(&[(3, 5.0), (2, 5.0)], &[], NoProjection::NotInOrder)]
#[case(&[(2, 5.0), (2, 5.0)], &[], NoProjection::NotInOrder)]
#[case(&[(0, 5.0)], &[], NoProjection::NotInOrder)]
#[case(&[(2, f64::NAN)], &[], NoProjection::NotInOrder)]
#[case(&[(2, 5.0), (3, 5.0)], &[(2, 1.0), (3, 2.0), (12, 0.0)], NoProjection::NoBase)] // no total
#[case(&[(2, 5.0), (3, 5.0)], &[(2, 1.0), (3, 2.0), (12, 2.0)], NoProjection::NoBase)] // nothing was left after March
#[case(&[(2, 5.0), (3, 5.0)], &[(2, 2.0), (3, 1.0), (12, 9.0)], NoProjection::NoBase)] // a negative month
#[case(&[(2, 5.0), (3, 5.0)], &[], NoProjection::NoVolatility)] // an empty pool
fn says_why_nothing_can_be_said(#[case] this_year: &[(u8, f64)], #[case] last_year: &[(u8, f64)], #[case] reason: NoProjection) {
    let history = History { kind: Kind::Rate, this_year, last_year, base_share: None };
    assert_eq!(project(&history, &pool([].into_iter(), &rules()), 5.0, &rules()), Err(reason));
    assert!(!reason.chinese().is_empty());
}

#[test]
fn counties_that_all_stand_still_show_no_volatility() {
    let still = without_last_year(&[[5.0; 4], [5.0; 4], [7.0; 4]]);
    assert_eq!(first(Kind::Rate, &still, 5.0), Err(NoProjection::NoVolatility));
    // One of them moving is enough, and the still ones do not take its range to nothing.
    let moving = without_last_year(&[[5.0; 4], [5.0; 4], [7.0, 6.0, 8.0, 7.0]]);
    assert!(first(Kind::Rate, &moving, 5.0).is_ok_and(|projection| projection.high > projection.low));
}

#[test]
fn a_known_share_stands_in_for_last_years_amounts() {
    let growths = [[6.1, 5.2, 5.9, 5.4], [3.0, 4.1, 3.2, 4.4], [8.0, 7.1, 7.7, 7.0]].map(months);
    let history = |this_year, base_share| History { kind: Kind::Rate, this_year, last_year: &[], base_share };
    let pool = pool(growths.iter().map(|year| history(year, None)), &rules());
    let width =
        |share| project(&history(&growths[0], share), &pool, 5.0, &rules()).map(|said| (said.base_share, said.high - said.low)).unwrap();
    let (assumed, even) = width(None);
    let (known, late) = width(Some(0.3));
    assert_eq!((assumed, known), (Some(5.0 / 12.0), Some(0.3)));
    assert!(late > even, "the more of the year is left, the less is known");
}

#[rstest]
#[case("coverage_percent = 80", "coverage_percent = 100", "projection.coverage_percent")]
#[case("minimum_periods = 2", "minimum_periods = 12", "projection.minimum_periods")]
#[case("minimum_pool = 5", "minimum_pool = 1", "projection.minimum_pool")]
#[case("pool_weight = 4", "pool_weight = nan", "projection.pool_weight")]
#[case("示例值，方案未规定（共同波动的权重在两组公开月度数据的早年份上选定，见 docs/projection.md）", " ", "projection.origin")]
fn refuses_rules_out_of_bounds(#[case] from: &str, #[case] to: &str, #[case] field: &str) {
    let example = crate::testing::policy_section("projection");
    assert_eq!(toml::from_str::<ProjectionRules>(&example).unwrap().check(), Ok(()));
    let rules: ProjectionRules = toml::from_str(&example.replacen(from, to, 1)).unwrap();
    assert_eq!(rules.check().unwrap_err().0, field);
}

fn a_year() -> impl Strategy<Value = Vec<(u8, f64)>> {
    (proptest::collection::btree_set(1_u8..=12, 0..12), proptest::collection::vec(-200.0..200.0_f64, 12))
        .prop_map(|(months, values)| months.into_iter().zip(values).collect())
}

fn any_kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Rate), Just(Kind::Share), Just(Kind::Level), Just(Kind::Flow), Just(Kind::Change)]
}

proptest! {
    #[test]
    fn never_says_what_is_no_number(
        kind in any_kind(),
        years in proptest::collection::vec((a_year(), a_year()), 3..9),
        threshold in -100.0..100.0_f64,
        share in proptest::option::of(-0.5..1.5_f64),
    ) {
        let histories = years.iter().map(|(this_year, last_year)| History { kind, this_year, last_year, base_share: share });
        let pool = pool(histories.clone(), &rules());
        for history in histories {
            let Ok(said) = project(&history, &pool, threshold, &rules()) else { continue };
            prop_assert!(said.low <= said.central && said.central <= said.high && (said.high - said.low).is_finite());
            prop_assert!((0.0..=1.0).contains(&said.probability));
            prop_assert_eq!(said.probability >= 0.5, said.central >= threshold, "{:?}", said);
        }
    }

    #[test]
    fn a_higher_number_is_never_likelier(low in 0.0..10.0_f64, more in 0.0..10.0_f64) {
        let counties = without_last_year(&[[6.1, 5.2, 5.9, 5.4], [3.0, 4.1, 3.2, 4.4], [8.0, 7.1, 7.7, 7.0]]);
        let probability = |threshold| first(Kind::Rate, &counties, threshold).unwrap().probability;
        prop_assert!(probability(low) >= probability(low + more));
    }
}
