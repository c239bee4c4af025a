//! Numbers of an expression: exact decimals, so that no verdict hangs on a binary rounding error.

use std::{any::Any, cmp::Ordering, sync::LazyLock};

use cel::{
    ExecutionError, Value,
    common::{
        traits::{Adder, Comparer, Divider, Multiplier, Negator, Subtractor},
        types::Type,
        value::{CowVal, StaticVal, Val},
    },
};
use leitai_domain::decimal::{self, Decimal};

static TYPE: LazyLock<Type> = LazyLock::new(|| Type::new_opaque_type("decimal"));

/// A decimal with 28 digits: the one type of numbers, so that `value >= 0` and `value >= 0.5` both may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number(pub Decimal);

impl Number {
    /// From millionths, as stores hold values.
    pub fn from_micros(micros: i64) -> Self {
        Self(Decimal::new(micros, decimal::SCALE))
    }

    fn of(value: &dyn Val) -> Result<Decimal, ExecutionError> {
        value
            .downcast_ref::<Self>()
            .map(|number| number.0)
            .ok_or_else(|| ExecutionError::UnexpectedType { got: value.get_type().name().to_owned(), want: "decimal".to_owned() })
    }

    fn result<'v>(number: Option<Decimal>, operation: &'static str) -> Result<CowVal<'static, 'v>, ExecutionError> {
        number.map(|number| CowVal::owned(Self(number))).ok_or(ExecutionError::Overflow(operation, Value::Null, Value::Null))
    }
}

impl Val for Number {
    fn get_type(&self) -> &Type {
        &TYPE
    }

    fn cel_type() -> &'static Type {
        &TYPE
    }

    fn as_adder<'b, 'v>(&'b self) -> Option<&'b (dyn Adder + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_subtractor<'b, 'v>(&'b self) -> Option<&'b (dyn Subtractor + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_multiplier<'b, 'v>(&'b self) -> Option<&'b (dyn Multiplier + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_divider<'b, 'v>(&'b self) -> Option<&'b (dyn Divider + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_negator<'b, 'v>(&'b self) -> Option<&'b (dyn Negator + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_comparer(&self) -> Option<&dyn Comparer> {
        Some(self)
    }

    fn equals(&self, other: &dyn Val) -> bool {
        Self::of(other).is_ok_and(|other| self.0 == other)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(*self)
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Number {}

impl Adder for Number {
    fn add<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Self::result(self.0.checked_add(Self::of(other)?), "add")
    }
}

impl Subtractor for Number {
    fn sub<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Self::result(self.0.checked_sub(Self::of(other)?), "sub")
    }
}

impl Multiplier for Number {
    fn mul<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Self::result(self.0.checked_mul(Self::of(other)?), "mul")
    }
}

impl Divider for Number {
    fn div<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let other = Self::of(other)?;
        if other.is_zero() {
            return Err(ExecutionError::DivisionByZero(Value::Null));
        }
        Self::result(self.0.checked_div(other), "div")
    }
}

impl Negator for Number {
    fn negate<'v>(&self) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Ok(Box::new(Self(-self.0)))
    }
}

impl Comparer for Number {
    fn compare(&self, other: &dyn Val) -> Result<Ordering, ExecutionError> {
        Ok(self.0.cmp(&Self::of(other)?))
    }
}

type Answer<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

fn operand(arguments: &[CowVal<'_, '_>], at: usize) -> Result<Decimal, ExecutionError> {
    arguments.get(at).ok_or_else(ExecutionError::missing_argument_or_target).and_then(|value| Number::of(value.as_ref()))
}

/// `abs(x)`.
pub fn abs<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    Ok(CowVal::owned(Number(operand(&arguments, 0)?.abs())))
}

/// `min(x, y)`.
pub fn min<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    Ok(CowVal::owned(Number(operand(&arguments, 0)?.min(operand(&arguments, 1)?))))
}

/// `max(x, y)`.
pub fn max<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    Ok(CowVal::owned(Number(operand(&arguments, 0)?.max(operand(&arguments, 1)?))))
}

/// `round(x, places)`: half away from zero, as bureaus publish; places 0 to 6.
pub fn round<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (value, places) = (operand(&arguments, 0)?, operand(&arguments, 1)?);
    let places = u32::try_from(places).ok().filter(|whole| *whole <= decimal::SCALE && Decimal::from(*whole) == places);
    Number::result(places.map(|places| decimal::round(value, places)), "round")
}
