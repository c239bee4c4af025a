//! A rule's `expected`: Chinese with `{variable}` where a number goes.

use leitai_domain::decimal;

use crate::{
    expression::Datum,
    variable::{NAMES, Variable},
};

/// Shown where a variable is not known.
const UNKNOWN: &str = "（无）";

/// The text before each variable, and the text after the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<(String, Variable)>,
    rest: String,
}

impl Template {
    /// Reads the text.
    ///
    /// # Errors
    /// A sentence that names the placeholder.
    pub fn parse(text: &str, indicator: impl Fn(&str) -> Option<usize>) -> Result<Self, String> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or("expected has a `{` without its `}`")?;
            let variable = Variable::named(name, &indicator).ok_or_else(|| {
                format!("expected names `{{{name}}}`, which is unknown: write {} or an indicator", NAMES.map(|(name, _)| name).join(", "))
            })?;
            parts.push((before.to_owned(), variable));
            rest = after;
        }
        if rest.contains('}') {
            return Err("expected has a `}` without its `{`".to_owned());
        }
        Ok(Self { parts, rest: rest.to_owned() })
    }

    /// Every variable that it shows.
    pub fn variables(&self) -> impl Iterator<Item = Variable> {
        self.parts.iter().map(|(_, variable)| *variable)
    }

    /// The text with the variables' values.
    pub fn render(&self, get: impl Fn(Variable) -> Option<Datum>) -> String {
        let part = |(before, variable): &(String, Variable)| format!("{before}{}", shown(get(*variable)));
        self.parts.iter().map(part).chain([self.rest.clone()]).collect()
    }
}

/// A variable's value as a sentence has it.
pub fn shown(datum: Option<Datum>) -> String {
    match datum {
        Some(Datum::Number(number)) => decimal::round(number.0, decimal::SCALE).normalize().to_string(),
        Some(Datum::Text(text)) => text,
        None => UNKNOWN.to_owned(),
    }
}
