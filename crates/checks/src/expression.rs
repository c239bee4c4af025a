//! A compiled expression: CEL's syntax tree with every name and number replaced by a slot, and its evaluation.

use std::sync::Arc;

use cel::{
    Context, Env, ExecutionError, IdedExpr, Value,
    common::{
        types::{CelBool, CelString},
        value::CowVal,
    },
    context::VariableResolver,
};

use crate::{
    number::Number,
    variable::{Operand, Place, Variable},
};

/// What stands behind a slot.
#[derive(Debug, Clone, PartialEq)]
pub enum Slot {
    /// A number of the text.
    Constant(Number),
    /// A variable.
    Variable(Variable),
    /// Whether a variable is known.
    Has(Variable),
}

/// An expression that yields true where the rule holds.
#[derive(Debug)]
pub struct Expression {
    /// Names are [`slot_name`]s.
    pub(crate) tree: IdedExpr,
    pub(crate) slots: Vec<Slot>,
}

/// What a variable stands for at one value.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// A decimal.
    Number(Number),
    /// A text.
    Text(String),
}

/// What came of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// True.
    Holds,
    /// False.
    Broken,
    /// A variable is not known.
    Missing(Variable),
    /// A division by zero.
    ZeroBase,
    /// A number beyond 28 digits.
    OutOfRange,
}

/// The name of a slot in the tree; `@` begins no name of CEL.
pub fn slot_name(at: usize) -> String {
    format!("@{at}")
}

fn slot_of(name: &str) -> Option<usize> {
    name.strip_prefix('@')?.parse().ok()
}

enum Filled {
    Number(Number),
    Text(CelString<'static>),
    Known(CelBool),
    Missing,
}

struct Slots(Vec<Filled>);

impl VariableResolver for Slots {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        match self.0.get(slot_of(variable)?)? {
            Filled::Number(number) => Some(CowVal::Borrowed(number)),
            Filled::Text(text) => Some(CowVal::Borrowed(text)),
            Filled::Known(known) => Some(CowVal::Borrowed(known)),
            Filled::Missing => None,
        }
    }
}

impl Expression {
    /// Every variable that it names, each once, in the order of the text.
    pub fn variables(&self) -> Vec<Variable> {
        let mut found = Vec::new();
        for slot in &self.slots {
            if let Slot::Variable(variable) | Slot::Has(variable) = slot
                && !found.contains(variable)
            {
                found.push(*variable);
            }
        }
        found
    }

    /// The reported values that its variables stand for.
    pub fn operands(&self) -> impl Iterator<Item = Operand> {
        self.variables().into_iter().filter_map(Variable::operand)
    }

    /// Which divisions it looks at beside the value's own.
    pub fn places(&self) -> Vec<Place> {
        self.operands().map(|operand| operand.place).filter(|place| *place != Place::Own).collect()
    }

    /// Evaluates it over the values that `get` knows.
    pub fn evaluate(&self, env: &Arc<Env>, get: impl Fn(Variable) -> Option<Datum>) -> Outcome {
        let slots = Slots(self.slots.iter().map(|slot| fill(slot, &get)).collect());
        let mut context = Context::with_env(Arc::clone(env));
        context.set_variable_resolver(&slots);
        match Value::resolve(&self.tree, &context) {
            Ok(Value::Bool(true)) => Outcome::Holds,
            Ok(Value::Bool(false)) => Outcome::Broken,
            Err(ExecutionError::UndeclaredReference(name)) => self.missing(&name),
            Err(ExecutionError::DivisionByZero(_)) => Outcome::ZeroBase,
            // Every other type of answer or error is ruled out where the expression is compiled.
            Ok(_) | Err(_) => Outcome::OutOfRange,
        }
    }

    fn missing(&self, name: &str) -> Outcome {
        match slot_of(name).and_then(|at| self.slots.get(at)) {
            Some(Slot::Variable(variable) | Slot::Has(variable)) => Outcome::Missing(*variable),
            Some(Slot::Constant(_)) | None => Outcome::OutOfRange,
        }
    }
}

fn fill(slot: &Slot, get: &impl Fn(Variable) -> Option<Datum>) -> Filled {
    match slot {
        Slot::Constant(number) => Filled::Number(*number),
        Slot::Has(variable) => Filled::Known(CelBool::from(get(*variable).is_some())),
        Slot::Variable(variable) => match get(*variable) {
            Some(Datum::Number(number)) => Filled::Number(number),
            Some(Datum::Text(text)) => Filled::Text(CelString::from(text)),
            None => Filled::Missing,
        },
    }
}
