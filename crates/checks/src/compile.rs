//! From text to a compiled expression: parsed by `cel`, then held to what a rule may say.
//!
//! CEL itself checks types only while it evaluates. A plan is checked before it is applied, so the types are inferred here: numbers,
//! texts and truth. Lists, maps and the macros that loop over them are refused, which bounds the cost of an evaluation.

use cel::{
    IdedExpr,
    common::ast::{CallExpr, Expr, LiteralValue, SelectExpr, SourceInfo, operators},
    parser::Parser,
};
use leitai_domain::decimal::Decimal;

use crate::{
    environment::FUNCTIONS,
    expression::{Expression, Slot, slot_name},
    number::Number,
    variable::{NAMES, Variable},
};

/// Deepest nesting of brackets and conditions in the text: the parser has no bound of its own that keeps it from overflowing the stack.
const DEEPEST_TEXT: usize = 8;
/// The parser's stack, bytes: it takes some 150,000 for each level of brackets when built without optimisation.
const PARSER_STACK: usize = 16 << 20;
/// Deepest tree, so that an evaluation needs little stack: `1 + 1 + … ` of as many terms is that deep.
const DEEPEST_TREE: usize = 24;
/// Digits that a number of the text may have: as many as any binary double tells apart.
const MOST_DIGITS: usize = 15;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Truth,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Truth => "true or false",
        }
    }
}

/// Compiles a rule's expression; `indicator` finds one of the plan's.
///
/// # Errors
/// A sentence: what was found, where, and what would be right.
pub fn compile(text: &str, indicator: &dyn Fn(&str) -> Option<usize>) -> Result<Expression, String> {
    if nesting(text) > DEEPEST_TEXT {
        return Err(format!("expression nests brackets, conditions or signs deeper than {DEEPEST_TEXT}"));
    }
    let (parsed, places) = parse(text)?;
    let mut compiler = Compiler { slots: Vec::new(), indicator, places, depth: 0 };
    let (tree, kind) = compiler.node(parsed)?;
    match kind {
        Kind::Truth => Ok(Expression { tree, slots: compiler.slots }),
        other => Err(format!("expression yields {}, it must yield true or false: compare it, as `value >= 0`", other.name())),
    }
}

/// Parses on a stack of its own: the caller's may be half used.
fn parse(text: &str) -> Result<(IdedExpr, SourceInfo), String> {
    let parse = || {
        Parser::new().parse_with_source_info(text).map_err(|errors| {
            let first = errors.errors.first().map(|error| format!("{} at character {}", error.msg, error.pos.1)).unwrap_or_default();
            format!("expression is no CEL: {first}")
        })
    };
    std::thread::scope(|scope| {
        let running = std::thread::Builder::new().stack_size(PARSER_STACK).spawn_scoped(scope, parse);
        let parsed = running.map_err(|error| format!("expression cannot be parsed now: {error}"))?.join();
        parsed.unwrap_or_else(|_| Err("expression is no CEL".to_owned()))
    })
}

/// How deep brackets, conditions and signs can nest at most: closing brackets alone end a level.
fn nesting(text: &str) -> usize {
    let (mut open, mut deepest, mut conditions, mut signs) = (0_usize, 0_usize, 0_usize, 0_usize);
    for character in text.chars() {
        match character {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            '?' => conditions += 1,
            _ => {}
        }
        signs = if matches!(character, '!' | '-') { signs + 1 } else { 0 };
        deepest = deepest.max(open + conditions).max(signs);
    }
    deepest
}

struct Compiler<'a> {
    slots: Vec<Slot>,
    indicator: &'a dyn Fn(&str) -> Option<usize>,
    places: SourceInfo,
    depth: usize,
}

type Node = (IdedExpr, Kind);

impl Compiler<'_> {
    fn node(&mut self, node: IdedExpr) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEEPEST_TREE {
            return Err(format!("expression is deeper than {DEEPEST_TREE} operators"));
        }
        let compiled = self.expr(node.id, node.expr)?;
        self.depth -= 1;
        Ok(compiled)
    }

    fn expr(&mut self, id: u64, expr: Expr) -> Result<Node, String> {
        match expr {
            Expr::Literal(literal) => self.literal(id, literal),
            Expr::Ident(name) => self.variable(id, &name),
            Expr::Select(select) => self.select(id, &select),
            Expr::Call(call) => self.call(id, call),
            Expr::Comprehension(_) | Expr::List(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                Err(self.at(id, "a list, a map or a loop has no place in a rule"))
            }
        }
    }

    fn at(&self, id: u64, problem: &str) -> String {
        let place = self.places.offset_for(id).map(|(start, _)| format!(" at character {}", start + 1)).unwrap_or_default();
        format!("expression{place}: {problem}")
    }

    fn slot(&mut self, id: u64, slot: Slot, kind: Kind) -> Node {
        let at = self.slots.iter().position(|known| *known == slot).unwrap_or_else(|| {
            self.slots.push(slot);
            self.slots.len() - 1
        });
        (IdedExpr { id, expr: Expr::Ident(slot_name(at)) }, kind)
    }

    fn literal(&mut self, id: u64, literal: LiteralValue) -> Result<Node, String> {
        let number = match &literal {
            LiteralValue::Int(number) => Some(Decimal::from(*number.inner())),
            LiteralValue::UInt(number) => Some(Decimal::from(*number.inner())),
            // The shortest text that reads as this double is the number that was written, up to 15 digits.
            LiteralValue::Double(number) => Some(written(&number.inner().to_string()).map_err(|problem| self.at(id, &problem))?),
            LiteralValue::Boolean(_) | LiteralValue::String(_) => None,
            LiteralValue::Bytes(_) | LiteralValue::Null => return Err(self.at(id, "null and bytes have no place in a rule")),
        };
        if let Some(number) = number {
            return Ok(self.slot(id, Slot::Constant(Number(number)), Kind::Number));
        }
        let kind = if matches!(literal, LiteralValue::Boolean(_)) { Kind::Truth } else { Kind::Text };
        Ok((IdedExpr { id, expr: Expr::Literal(literal) }, kind))
    }

    fn known(&self, id: u64, name: &str) -> Result<Variable, String> {
        Variable::named(name, self.indicator).ok_or_else(|| {
            let names = NAMES.map(|(name, _)| name).join(", ");
            self.at(
                id,
                &format!(
                    "`{name}` is unknown: write {names}, an indicator of the plan, or one after `row.`, `previous_of.`, `last_year_of.`"
                ),
            )
        })
    }

    fn variable(&mut self, id: u64, name: &str) -> Result<Node, String> {
        let variable = self.known(id, name)?;
        let kind = if variable == Variable::Unit { Kind::Text } else { Kind::Number };
        Ok(self.slot(id, Slot::Variable(variable), kind))
    }

    fn select(&mut self, id: u64, select: &SelectExpr) -> Result<Node, String> {
        let Expr::Ident(head) = &select.operand.expr else {
            return Err(self.at(id, "only `row.`, `previous_of.` and `last_year_of.` have fields"));
        };
        let name = format!("{head}.{}", select.field);
        if !select.test {
            return self.variable(id, &name);
        }
        let variable = self.known(id, &name)?;
        Ok(self.slot(id, Slot::Has(variable), Kind::Truth))
    }

    fn call(&mut self, id: u64, call: CallExpr) -> Result<Node, String> {
        let CallExpr { func_name, target, args } = call;
        if target.is_some() {
            return Err(self.at(id, &format!("`.{func_name}()` has no place in a rule")));
        }
        let mut kinds = Vec::with_capacity(args.len());
        let mut compiled = Vec::with_capacity(args.len());
        for argument in args {
            let (argument, kind) = self.node(argument)?;
            compiled.push(argument);
            kinds.push(kind);
        }
        let kind = result(&func_name, &kinds).map_err(|problem| self.at(id, &problem))?;
        Ok((IdedExpr { id, expr: Expr::Call(CallExpr { func_name, target: None, args: compiled }) }, kind))
    }
}

/// What an operator or function gives for operands of these kinds.
fn result(function: &str, kinds: &[Kind]) -> Result<Kind, String> {
    use Kind::{Number, Truth};
    let name = function.trim_matches(['_', '@']);
    let wrong = |wanted: &str| {
        let found: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        Err(format!("`{name}` takes {wanted}, found {}", found.join(" and ")))
    };
    match function {
        operators::ADD | operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE => match kinds {
            [Number, Number] => Ok(Number),
            _ => wrong("two numbers"),
        },
        operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS => match kinds {
            [Number, Number] => Ok(Truth),
            _ => wrong("two numbers"),
        },
        operators::EQUALS | operators::NOT_EQUALS => match kinds {
            [one, other] if one == other => Ok(Truth),
            _ => wrong("two of a kind"),
        },
        operators::LOGICAL_AND | operators::LOGICAL_OR => match kinds {
            [Truth, Truth] => Ok(Truth),
            _ => wrong("two of true or false"),
        },
        operators::LOGICAL_NOT => match kinds {
            [Truth] => Ok(Truth),
            _ => wrong("true or false"),
        },
        operators::NEGATE => match kinds {
            [Number] => Ok(Number),
            _ => wrong("a number"),
        },
        operators::CONDITIONAL => match kinds {
            [Truth, one, other] if one == other => Ok(*one),
            _ => wrong("true or false and two of a kind"),
        },
        _ => match FUNCTIONS.iter().find(|(known, _)| *known == function) {
            Some((_, arguments)) if kinds.len() == *arguments && kinds.iter().all(|kind| *kind == Number) => Ok(Number),
            Some((_, arguments)) => wrong(&format!("{arguments} numbers")),
            None => Err(format!("`{name}` is no function of rules: write {}", FUNCTIONS.map(|(name, _)| name).join(", "))),
        },
    }
}

fn written(text: &str) -> Result<Decimal, String> {
    let digits = text.chars().filter(char::is_ascii_digit).skip_while(|digit| *digit == '0').count();
    let number = text.parse().ok().filter(|_| digits <= MOST_DIGITS);
    number.ok_or_else(|| format!("a number may have {MOST_DIGITS} digits, found {text}"))
}
