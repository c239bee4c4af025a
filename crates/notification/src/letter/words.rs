//! The words of a letter's tier, and the words that no letter may hold.

use leitai_domain::ladder::Tier;
use serde::Serialize;

use super::Number;

/// Words that would ask someone to raise a number, or to reach a target whatever the facts are.
pub const FORBIDDEN: [&str; 19] = [
    "上调",
    "下调",
    "调高",
    "调增",
    "做大",
    "做高",
    "拔高",
    "抬高",
    "冲高",
    "提高数",
    "提高增速",
    "提升增速",
    "提升数值",
    "力争数据",
    "补足数据",
    "修改数据",
    "确保达标",
    "确保完成",
    "必须达到",
];

/// What a letter of this tier is called.
#[must_use]
pub const fn form(tier: Tier) -> &'static str {
    match tier {
        Tier::Notice => "提示函",
        Tier::Warning => "预警函",
        Tier::Supervision => "督办函",
        Tier::Interview => "约谈通知",
    }
}

/// The paragraphs that `words.txt` makes for a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    /// One line.
    pub title: String,
    /// What the letter is about, a paragraph each.
    pub opening: Vec<String>,
    /// What is asked, and by when.
    pub request: Vec<String>,
    /// What stands at the end.
    pub closing: Vec<String>,
}

/// What a page is made from: its facts with its subject and words.
#[derive(Debug, Serialize)]
pub struct Worded<'a, P> {
    /// The subject line.
    pub subject: &'a str,
    /// The paragraphs.
    #[serde(flatten)]
    pub words: &'a Words,
    /// The facts.
    #[serde(flatten)]
    pub page: &'a P,
}

/// A letter's subject line.
#[must_use]
pub fn subject(simulated: bool, number: &Number, title: &str, items: usize) -> String {
    let mark = if simulated { "【模拟数据】" } else { "" };
    format!("{mark}{number} {title}（{items}项）")
}

/// The first forbidden word in a text.
#[must_use]
pub fn forbidden(text: &str) -> Option<&'static str> {
    FORBIDDEN.into_iter().find(|word| text.contains(word))
}
