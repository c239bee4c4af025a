//! The formulas: each gathers its counties, computes with their rounding, and says what it did.

use rust_decimal::Decimal;

use super::{
    Input, RollUpReason, Values,
    estimate::{Estimate, Estimated, fits, half_unit},
    gather::{At, Gathered, Scene, total},
    input,
};
use crate::plan::{Indicator, Kind, Rollup, factor};

/// A formula applied, before it is known whether any county is in.
pub(super) struct Draft {
    pub(super) estimate: Estimated,
    pub(super) missing: Vec<usize>,
    pub(super) weight_coverage: Option<Decimal>,
    pub(super) is_ceiling: bool,
    pub(super) inputs: Vec<Input>,
    pub(super) formula: String,
}

/// Applies the formula; `None` only where the plan was not checked.
pub(super) fn draft<V: Values>(scene: &Scene<'_, V>, indicator: &Indicator, rollup: &Rollup) -> Option<Draft> {
    match rollup {
        Rollup::None { .. } => None,
        Rollup::Sum { of } => sum(scene, indicator, scene.at(of)?),
        Rollup::CountOver { of, threshold } => Some(count_over(scene, scene.at(of)?, *threshold)),
        Rollup::GrowthOfSum { of } => Some(growth_of_sum(scene, scene.at(of)?)),
        Rollup::WeightedGrowth { growth, weight } => Some(weighted_growth(scene, scene.at(growth)?, scene.at(weight)?.last_year())),
        Rollup::ShareOfSums { part, whole } => share_of_sums(scene, scene.at(part)?, scene.at(whole)?),
        Rollup::RatioToProvince { part, whole } => ratio_to_province(scene, scene.at(part)?, scene.at(whole)?),
        Rollup::BaselinePlusSum { of } => baseline_plus_sum(scene, indicator, scene.at(of)?),
    }
}

fn sum<V: Values>(scene: &Scene<'_, V>, indicator: &Indicator, of: At<'_>) -> Option<Draft> {
    let factor = factor(&of.indicator.unit, &indicator.unit)?;
    let gathered = scene.gather([of], |_| true);
    let sum = of.sum(gathered.column(0));
    let (name, from, to) = (&of.indicator.name, &of.indicator.unit, &indicator.unit);
    Some(Draft {
        estimate: sum.and_then(|sum| sum.times(factor)),
        inputs: shown(&sum, &gathered, of, ""),
        formula: if factor == Decimal::ONE {
            format!("各县{name}相加")
        } else {
            format!("各县{name}相加，由{from}折算为{to}")
        },
        weight_coverage: scene.covered(&gathered.missing, of.last_year()),
        missing: gathered.missing,
        is_ceiling: false,
    })
}

fn count_over<V: Values>(scene: &Scene<'_, V>, of: At<'_>, threshold: Decimal) -> Draft {
    let gathered = scene.gather([of], |_| true);
    let (name, unit) = (&of.indicator.name, &of.indicator.unit);
    let over = counted(&gathered, of.indicator, threshold);
    let inputs = vec![
        input("计数的界限".to_owned(), threshold, unit),
        input(format!("{}个县中全年{name}超过界限的", gathered.rows.len()), over.value, "个"),
    ];
    Draft {
        estimate: Ok(over),
        inputs,
        formula: format!("全年{name}超过{}{unit}的县数（等于{0}{unit}的不算）；按全年数计，12月之前不计", threshold.normalize()),
        weight_coverage: scene.covered(&gathered.missing, of.whole_last_year()),
        missing: gathered.missing,
        is_ceiling: false,
    }
}

/// Counties above the threshold as published, and with the rounding of each against and for it.
fn counted(gathered: &Gathered<1>, indicator: &Indicator, threshold: Decimal) -> Estimate {
    let half = half_unit(indicator);
    let above = |moved: Decimal| Decimal::from(gathered.column(0).filter(|value| value.saturating_add(moved) > threshold).count());
    Estimate { value: above(Decimal::ZERO), low: above(-half), high: above(half) }
}

/// For a count of whole years, last year's, to stand beside a year that is not over.
pub(super) fn before_the_year_ends<V: Values>(scene: &Scene<'_, V>, rollup: &Rollup) -> Option<Input> {
    let Rollup::CountOver { of, threshold } = rollup else { return None };
    let of = scene.at(of)?.whole_last_year();
    let gathered = scene.gather([of], |_| true);
    let over = counted(&gathered, of.indicator, *threshold);
    let name = format!("{}年{}个县中全年{}超过界限的", of.period.year(), gathered.rows.len(), of.indicator.name);
    (!gathered.rows.is_empty()).then(|| input(name, over.value, "个"))
}

fn growth_of_sum<V: Values>(scene: &Scene<'_, V>, of: At<'_>) -> Draft {
    let gathered = scene.gather([of, of.last_year()], |_| true);
    let (now, base) = (of.sum(gathered.column(0)), of.sum(gathered.column(1)));
    let growth = |now: Estimate, base: Estimate| now.over(base)?.as_growth();
    let before = if of.indicator.kind == Kind::Level { "上年同月末" } else { "上年同期" };
    let name = &of.indicator.name;
    Draft {
        estimate: now.and_then(|now| growth(now, base?)),
        inputs: [shown(&now, &gathered, of, ""), shown(&base, &gathered, of, before)].concat(),
        formula: format!("（各县{name}合计÷{before}合计－1）×100"),
        weight_coverage: scene.covered(&gathered.missing, of.last_year()),
        missing: gathered.missing,
        is_ceiling: false,
    }
}

/// A county whose weight is negative is left out: a negative amount weighs nothing.
fn weighted_growth<V: Values>(scene: &Scene<'_, V>, growth: At<'_>, weight: At<'_>) -> Draft {
    let gathered = scene.gather([growth, weight], |[_, weight]| *weight >= Decimal::ZERO);
    let (rate, amount) = (&growth.indicator.name, &weight.indicator.name);
    let weights = total(gathered.column(1));
    let products = gathered.rows.iter().map(|[growth, weight]| fits(growth.checked_mul(*weight)));
    let products = products.collect::<Result<Vec<_>, _>>().and_then(total);
    let (count, unit) = (gathered.rows.len(), &weight.indicator.unit);
    let inputs = [
        (format!("{count}个县{rate}乘以上年同期{amount}的合计"), products, format!("%·{unit}")),
        (format!("{count}个县上年同期{amount}合计"), weights, unit.clone()),
    ];
    Draft {
        estimate: products.and_then(|products| mean(&gathered, products, weights?, growth.indicator, weight.indicator)),
        inputs: inputs.into_iter().filter_map(|(name, value, unit)| Some(input(name, value.ok()?, &unit))).collect(),
        formula: format!("各县{rate}以上年同期{amount}为权数加权平均（权数按现价，与不变价权数略有出入）"),
        weight_coverage: scene.covered(&gathered.missing, weight),
        missing: gathered.missing,
        is_ceiling: false,
    }
}

/// The weighted mean. With every growth off by at most h and every weight by at most k, the mean m of n counties is off by at most
/// h + k Σ|g − m| / (Σw − n k): write the true mean's distance from m as Σw′(g′ − g)/Σw′ + Σ(w′ − w)(g − m)/Σw′.
fn mean(gathered: &Gathered<2>, products: Decimal, weights: Decimal, growth: &Indicator, weight: &Indicator) -> Estimated {
    let half = half_unit(weight);
    let least = fits(half.checked_mul(Decimal::from(gathered.rows.len())).and_then(|hidden| weights.checked_sub(hidden)))?;
    if least <= Decimal::ZERO {
        return Err(RollUpReason::ZeroBase);
    }
    let mean = fits(products.checked_div(weights))?;
    let spread = total(gathered.column(0).map(|growth| growth.saturating_sub(mean).abs()))?;
    let by_weights = fits(half.checked_mul(spread).and_then(|moved| moved.checked_div(least)))?;
    Estimate::around(mean, fits(half_unit(growth).checked_add(by_weights))?)
}

fn share_of_sums<V: Values>(scene: &Scene<'_, V>, part: At<'_>, whole: At<'_>) -> Option<Draft> {
    let factor = factor(&part.indicator.unit, &whole.indicator.unit)?;
    let gathered = scene.gather([part, whole], |_| true);
    let (part_sum, whole_sum) = (part.sum(gathered.column(0)), whole.sum(gathered.column(1)));
    Some(Draft {
        estimate: part_sum.and_then(|part| percent_of(part, factor, whole_sum?)),
        inputs: [shown(&part_sum, &gathered, part, ""), shown(&whole_sum, &gathered, whole, "")].concat(),
        formula: format!("各县{}合计÷各县{}合计×100", part.indicator.name, whole.indicator.name),
        weight_coverage: scene.covered(&gathered.missing, whole.last_year()),
        missing: gathered.missing,
        is_ceiling: false,
    })
}

fn ratio_to_province<V: Values>(scene: &Scene<'_, V>, part: At<'_>, whole: At<'_>) -> Option<Draft> {
    let factor = factor(&part.indicator.unit, &whole.indicator.unit)?;
    let gathered = scene.gather([part], |_| true);
    let part_sum = part.sum(gathered.column(0));
    let reported = scene.values.province(&whole.indicator.id, whole.period).ok_or(RollUpReason::WholeNotReported);
    let mut inputs = shown(&part_sum, &gathered, part, "");
    inputs.extend(reported.ok().map(|value| input(whole.indicator.name.clone(), value, &whole.indicator.unit)));
    let whole_figure = reported.and_then(|value| Estimate::around(value, half_unit(whole.indicator)));
    Some(Draft {
        estimate: part_sum.and_then(|part| percent_of(part, factor, whole_figure?)),
        inputs,
        formula: format!("各县{}合计÷{}×100", part.indicator.name, whole.indicator.name),
        weight_coverage: scene.covered(&gathered.missing, part.last_year()),
        missing: gathered.missing,
        is_ceiling: false,
    })
}

fn baseline_plus_sum<V: Values>(scene: &Scene<'_, V>, indicator: &Indicator, of: At<'_>) -> Option<Draft> {
    let factor = factor(&of.indicator.unit, &indicator.unit)?;
    let baseline = indicator.target.as_ref()?.baseline_value()?;
    let gathered = scene.gather([of], |_| true);
    let sum = of.sum(gathered.column(0));
    let before = Estimate::around(baseline, half_unit(indicator));
    let mut inputs = vec![input(format!("上年末{}", indicator.name), baseline, &indicator.unit)];
    inputs.extend(shown(&sum, &gathered, of, ""));
    Some(Draft {
        estimate: sum.and_then(|sum| sum.times(factor)?.plus(before?)),
        inputs,
        formula: format!("上年末{}加各县{}合计；退出的未报送、未扣除，因此是上限", indicator.name, of.indicator.name),
        weight_coverage: None,
        missing: gathered.missing,
        is_ceiling: true,
    })
}

fn percent_of(part: Estimate, factor: Decimal, whole: Estimate) -> Estimated {
    part.times(factor)?.over(whole)?.times(Decimal::ONE_HUNDRED)
}

/// A sum as an input; nothing where it is out of range.
fn shown<const N: usize>(sum: &Estimated, gathered: &Gathered<N>, of: At<'_>, when: &str) -> Vec<Input> {
    let name = format!("{}个县{when}{}合计", gathered.rows.len(), of.indicator.name);
    sum.iter().map(|sum| input(name.clone(), sum.value, &of.indicator.unit)).collect()
}
