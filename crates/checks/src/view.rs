//! What a rule's variables stand for at one value.

use leitai_domain::decimal::Decimal;

use crate::{
    expression::Datum,
    number::Number,
    overlay::Overlay,
    rule_set::{Body, Compiled, RuleSet},
    triggers::Subject,
    variable::{Operand, Place, Variable},
};

/// One value as a rule sees it.
pub struct View<'a> {
    pub set: &'a RuleSet,
    pub overlay: &'a Overlay<'a>,
    pub compiled: &'a Compiled,
    pub subject: Subject<'a>,
}

impl View<'_> {
    /// A variable's value, where it is known.
    pub fn get(&self, variable: Variable) -> Option<Datum> {
        let measure = self.set.measures.get(self.subject.indicator)?;
        let number = match variable {
            Variable::Unit => return Some(Datum::Text(measure.unit.clone())),
            Variable::Reported(operand) => self.reported(operand)?,
            Variable::Counties => Decimal::from(self.counties()?.len()),
            Variable::Allowance => self.allowance()?,
            Variable::Step => Number::from_micros(measure.step).0,
            Variable::Decimals => Decimal::from(self.decimals()?),
            Variable::Month => Decimal::from(self.subject.period.month()),
        };
        Some(Datum::Number(Number(number)))
    }

    /// The counties of its division, a city; `None` for any other.
    pub fn counties(&self) -> Option<Vec<&str>> {
        Some(self.overlay.known.counties_of(self.subject.division)).filter(|counties| !counties.is_empty())
    }

    fn reported(&self, operand: Operand) -> Option<Decimal> {
        let (indicator, period) = self.set.place_in_time(operand, self.subject.indicator, self.subject.period)?;
        let value = |division: &str| self.overlay.value(division, indicator, period).map(|micros| Number::from_micros(micros).0);
        match operand.place {
            Place::Own => value(self.subject.division),
            Place::City => {
                let above = || self.overlay.known.city_of(self.subject.division);
                let city = if self.counties().is_some() { Some(self.subject.division) } else { above() };
                value(city?)
            }
            // A sum with a county left out is no sum.
            Place::Counties => self.counties()?.into_iter().map(value).try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value?)),
        }
    }

    /// The rule's own, or half a step of each number compared.
    fn allowance(&self) -> Option<Decimal> {
        let Body::Expression(expression) = &self.compiled.body else { return self.compiled.rule.allowance };
        let rounding = || {
            let operands = expression.variables().into_iter().filter(|variable| *variable != Variable::Counties);
            operands.filter_map(Variable::operand).filter_map(|operand| self.half_step(operand)).sum()
        };
        Some(self.compiled.rule.allowance.unwrap_or_else(rounding))
    }

    fn half_step(&self, operand: Operand) -> Option<Decimal> {
        let measure = self.set.measures.get(self.set.indicator_of(operand, self.subject.indicator)?)?;
        let half = Number::from_micros(measure.step).0.checked_div(Decimal::TWO)?;
        let numbers = if operand.place == Place::Counties { self.counties()?.len() } else { 1 };
        half.checked_mul(Decimal::from(numbers))
    }

    /// Decimals that the source printed; of a value in force nobody asks.
    fn decimals(&self) -> Option<u32> {
        let item = self.overlay.item(self.subject.division, self.subject.indicator, self.subject.period)?;
        let text = self.overlay.incoming(item)?.source_text;
        leitai_domain::decimal::parse(text.trim_end_matches(['%', '％'])).ok().map(|printed| printed.scale())
    }
}
