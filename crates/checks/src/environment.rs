//! What expressions may call beside CEL's operators and `has`.

use std::sync::Arc;

use cel::{
    DeclarationError, Env,
    common::{functions::Function, types::Type, value::Val},
};

use crate::number::{self, Number};

/// Functions over numbers: name and how many arguments.
pub const FUNCTIONS: [(&str, usize); 4] = [("abs", 1), ("min", 2), ("max", 2), ("round", 2)];

/// CEL's operators and [`FUNCTIONS`]; nothing of the standard library.
///
/// # Errors
/// None in practice: no name is declared twice.
pub fn environment() -> Result<Arc<Env>, DeclarationError> {
    let mut env = Env::default();
    let bodies: [Function; 4] = [number::abs, number::min, number::max, number::round];
    for ((name, arguments), body) in FUNCTIONS.into_iter().zip(bodies) {
        let types: Vec<Type> = (0..arguments).map(|_| Number::cel_type().to_owned()).collect();
        env.add_overload(name, name, types, body)?;
    }
    Ok(Arc::new(env))
}
