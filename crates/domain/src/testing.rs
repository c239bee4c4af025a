//! Indicators and rules for the tests of this crate, written as a plan document and a policy write them.

use rust_decimal::Decimal;

use crate::{
    period::Period,
    plan::{Indicator, Plan},
    policy::EXAMPLE_TOML,
};

/// The decimal of a text.
pub fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// January to this month of 2025.
pub fn month(month: u8) -> Period {
    Period::new(2025, month).unwrap()
}

/// One county indicator, monthly with one decimal; `more` adds fields to its target, or `frequency`, `decimals` or `level` to itself.
pub fn indicator(kind: &str, unit: &str, target: &str, more: &str) -> Indicator {
    let own = |line: &&str| ["frequency", "decimals"].iter().any(|field| line.starts_with(field));
    let (indicator, target_lines): (Vec<&str>, Vec<&str>) = more.lines().map(str::trim).partition(own);
    let (indicator, target_lines) = (indicator.join("\n"), target_lines.join("\n"));
    let frequency = if indicator.contains("frequency") { "" } else { "frequency = \"monthly\"" };
    let text = format!(
        "id = \"p\"\ntitle = \"计划\"\nyear = 2025\nsource = \"s\"\nprovince_code = \"230000\"\n\
         [[indicator]]\nid = \"i\"\nname = \"指标\"\nunit = \"{unit}\"\nkind = \"{kind}\"\nscope = \"county\"\n{frequency}\n{indicator}\n\
         [indicator.target]\ntext = \"{target}\"\nowners = [\"省发展改革委\"]\n{target_lines}\n\
         [[indicator.target.source]]\nplace = \"附件2\"\ntext = \"x\"\n"
    );
    Plan::from_toml(&text).unwrap().indicators.remove(0)
}

/// The lines of a section of the shipped example policy, without its heading.
pub fn policy_section(name: &str) -> String {
    let lines = EXAMPLE_TOML.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
    lines.take_while(|line| !line.starts_with('[')).map(|line| format!("{line}\n")).collect()
}
