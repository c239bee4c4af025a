//! What an expression may name.

/// The period of an operand, as seen from the value's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shift {
    /// The same.
    Same,
    /// The period before at which its indicator is due, in the same year.
    Previous,
    /// The same months of last year.
    LastYear,
}

/// Whose value an operand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The value's own division's.
    Own,
    /// The city's that the value's division belongs to, or is.
    City,
    /// The sum of all counties of the value's division, a city.
    Counties,
}

/// Which indicator an operand is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The value's own.
    Own,
    /// The amount whose growth the value is, as the plan's `level` says.
    Level,
    /// One of the plan's, by its position.
    Named(usize),
}

/// A reported value beside the one that is held against the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operand {
    /// Which indicator.
    pub source: Source,
    /// Which period.
    pub shift: Shift,
    /// Whose.
    pub place: Place,
}

/// A name in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variable {
    /// A reported value; `value` is the one held against the rule.
    Reported(Operand),
    /// How many counties make the sum.
    Counties,
    /// What a difference may come to by rounding alone, or what the rule says.
    Allowance,
    /// One unit of the indicator's last published decimal.
    Step,
    /// Decimals in the text of the source.
    Decimals,
    /// The period's last month.
    Month,
    /// The indicator's unit, a text.
    Unit,
}

/// Heads of dotted names: `row.gdp` is `gdp`, `previous_of.gdp` its value of the period before, `last_year_of.gdp` of last year.
const HEADS: [(&str, Shift); 3] = [("row", Shift::Same), ("previous_of", Shift::Previous), ("last_year_of", Shift::LastYear)];

const fn reported(source: Source, shift: Shift, place: Place) -> Variable {
    Variable::Reported(Operand { source, shift, place })
}

/// The value itself as an operand.
pub const OWN: Operand = Operand { source: Source::Own, shift: Shift::Same, place: Place::Own };
/// The value itself.
pub const VALUE: Variable = Variable::Reported(OWN);

/// Names that are no indicator's.
pub const NAMES: [(&str, Variable); 14] = [
    ("value", VALUE),
    ("previous", reported(Source::Own, Shift::Previous, Place::Own)),
    ("last_year", reported(Source::Own, Shift::LastYear, Place::Own)),
    ("level", reported(Source::Level, Shift::Same, Place::Own)),
    ("level_previous", reported(Source::Level, Shift::Previous, Place::Own)),
    ("level_last_year", reported(Source::Level, Shift::LastYear, Place::Own)),
    ("city", reported(Source::Own, Shift::Same, Place::City)),
    ("county_sum", reported(Source::Own, Shift::Same, Place::Counties)),
    ("counties", Variable::Counties),
    ("allowance", Variable::Allowance),
    ("step", Variable::Step),
    ("decimals", Variable::Decimals),
    ("month", Variable::Month),
    ("unit", Variable::Unit),
];

impl Variable {
    /// Reads a name; `indicator` finds one of the plan's.
    pub fn named(name: &str, indicator: impl Fn(&str) -> Option<usize>) -> Option<Self> {
        let named = |id: &str, shift| indicator(id).map(|at| reported(Source::Named(at), shift, Place::Own));
        let own = |name: &str| NAMES.iter().find(|(own, _)| *own == name).map(|(_, variable)| *variable);
        match name.split_once('.') {
            None => own(name).or_else(|| named(name, Shift::Same)),
            Some(("row", rest)) => own(rest).or_else(|| named(rest, Shift::Same)),
            Some((head, rest)) => HEADS.iter().find(|(name, _)| *name == head).and_then(|(_, shift)| named(rest, *shift)),
        }
    }

    /// The reported value that it stands for.
    pub fn operand(self) -> Option<Operand> {
        match self {
            Self::Reported(operand) => Some(operand),
            Self::Counties => Some(Operand { source: Source::Own, shift: Shift::Same, place: Place::Counties }),
            Self::Allowance | Self::Step | Self::Decimals | Self::Month | Self::Unit => None,
        }
    }
}
