//! A list's cells as texts, with the place that each came from.

use std::collections::BTreeMap;

/// What a column holds. Ordered as the template prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// A running number, kept as the list's order only.
    Number,
    /// A name of the measure that stays when its words change.
    Code,
    /// The plan's indicator, by name or id.
    Target,
    /// The division whose target it is.
    Division,
    /// The project.
    Project,
    /// The measure.
    Measure,
    /// The agency answerable for it.
    Owner,
    /// Agencies that help, apart by `、`.
    CoOwners,
    /// The leading official's name.
    Leader,
    /// The leading official's post.
    Post,
    /// The last day.
    Due,
    /// Anything else worth keeping.
    Note,
}

impl Column {
    /// Every column, in the template's order.
    pub const ALL: [Self; 12] = [
        Self::Number,
        Self::Code,
        Self::Target,
        Self::Division,
        Self::Project,
        Self::Measure,
        Self::Owner,
        Self::CoOwners,
        Self::Leader,
        Self::Post,
        Self::Due,
        Self::Note,
    ];

    /// Its headings; the first is the template's. Blanks do not count, brackets of either width are the same.
    #[must_use]
    pub fn headings(self) -> &'static [&'static str] {
        match self {
            Self::Number => &["序号"],
            Self::Code => &["编号"],
            Self::Target => &["目标任务", "目标任务/指标", "指标", "目标", "指标名称"],
            Self::Division => &["县(市、区)", "县市区", "县区", "地区", "行政区划"],
            Self::Project => &["项目", "项目名称", "重点项目"],
            Self::Measure => &["措施", "具体措施", "工作措施", "推进措施"],
            Self::Owner => &["责任单位", "牵头单位", "责任部门"],
            Self::CoOwners => &["配合单位", "协办单位"],
            Self::Leader => &["牵头领导", "责任领导"],
            Self::Post => &["职务"],
            Self::Due => &["完成时限", "完成时间", "时限"],
            Self::Note => &["备注"],
        }
    }

    /// The template's heading.
    #[must_use]
    pub fn heading(self) -> &'static str {
        self.headings().first().copied().unwrap_or_default()
    }

    /// The column with this heading.
    #[must_use]
    pub fn of_heading(text: &str) -> Option<Self> {
        let narrow = |c: char| match c {
            '（' => '(',
            '）' => ')',
            '／' => '/',
            other => other,
        };
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).map(narrow).collect();
        Self::ALL.into_iter().find(|column| column.headings().contains(&plain.as_str()))
    }

    /// True where no list is one without it.
    #[must_use]
    pub fn is_required(self) -> bool {
        !matches!(self, Self::Number | Self::Code | Self::Division | Self::CoOwners | Self::Note)
    }

    /// Longest text, characters.
    #[must_use]
    pub fn longest(self) -> usize {
        match self {
            Self::Number | Self::Code => 32,
            Self::Leader | Self::Due => 50,
            Self::Division | Self::Owner | Self::Post => 100,
            Self::Target | Self::Project => 200,
            // Workbooks are read up to 500 characters a cell: what was cut is longer than this.
            Self::CoOwners | Self::Measure | Self::Note => 400,
        }
    }
}

/// One cell's text and where it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// `责任清单!F7`, or `row 3, due`.
    pub place: String,
    /// As it was found, without blanks around it.
    pub text: String,
}

/// One row of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// `责任清单 第7行`.
    pub place: String,
    /// Filled cells, and empty ones whose place is known.
    pub cells: BTreeMap<Column, Text>,
}

impl Row {
    /// The cell's text; empty where there is none.
    #[must_use]
    pub fn text(&self, column: Column) -> &str {
        self.cells.get(&column).map(|cell| cell.text.as_str()).unwrap_or_default()
    }

    /// Where the cell stands, or the row where it has no such cell.
    #[must_use]
    pub fn place(&self, column: Column) -> &str {
        self.cells.get(&column).map_or(self.place.as_str(), |cell| cell.place.as_str())
    }

    /// A fault of one of its cells.
    #[must_use]
    pub fn fault(&self, column: Column, expected: impl Into<String>) -> Fault {
        Fault {
            place: self.place(column).to_owned(),
            column: column.heading().to_owned(),
            found: self.text(column).to_owned(),
            expected: expected.into(),
        }
    }
}

/// A cell that cannot be taken. Chinese, for whoever mends the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `责任清单!F7`.
    pub place: String,
    /// The column's heading; empty where it is about no one column.
    pub column: String,
    /// What stands there.
    pub found: String,
    /// What would be right.
    pub expected: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("县（市、区）", Some(Column::Division))]
    #[case(" 完成 时限 ", Some(Column::Due))]
    #[case("目标任务／指标", Some(Column::Target))]
    #[case("牵头领导", Some(Column::Leader))]
    #[case("联系电话", None)]
    #[case("", None)]
    fn columns_are_known_by_their_heading(#[case] text: &str, #[case] column: Option<Column>) {
        assert_eq!(Column::of_heading(text), column);
    }

    #[test]
    fn no_heading_means_two_columns() {
        let all: Vec<&str> = Column::ALL.iter().flat_map(|column| column.headings()).copied().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }
}
