//! The year of period labels that print none: taken from the labels of the same file that print one, never from the file's name.

use std::collections::BTreeSet;

use leitai_domain::period::{Period, PeriodError};

/// What a file's labels and the reporter say about the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Years {
    answer: Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// Stated by the reporter, and not contradicted.
    Stated(i32),
    /// Printed by the file; its newest label, too.
    Printed(Period),
    /// Printed labels disagree: two of their years.
    Disagree(i32, i32),
    /// Nobody says.
    Unknown,
}

/// The reporter's year and the file's labels contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the year given is {stated}, but the newest label of the file is of {printed}")]
pub struct YearError {
    /// Given with the report.
    pub stated: i32,
    /// The newest label that prints a year.
    pub printed: Period,
}

impl Years {
    /// Weighs the labels that print a year, one per table (its newest), against the year given with the report.
    ///
    /// A yearly or quarterly table may be reprinted in the next year's first issues, so a December of the year before is no disagreement.
    ///
    /// # Errors
    /// [`YearError`] where the given year is another than the newest label's.
    pub fn weigh(printed: &BTreeSet<Period>, stated: Option<i32>) -> Result<Self, YearError> {
        let newest = printed.last().copied();
        let answer = match (stated, newest) {
            (Some(stated), Some(newest)) if !agrees(newest, stated) => return Err(YearError { stated, printed: newest }),
            (Some(stated), _) => Answer::Stated(stated),
            (None, None) => Answer::Unknown,
            (None, Some(newest)) => match printed.iter().find(|period| !agrees(**period, newest.year())) {
                Some(other) => Answer::Disagree(other.year(), newest.year()),
                None => Answer::Printed(newest),
            },
        };
        Ok(Self { answer })
    }

    /// The period of a label.
    ///
    /// # Errors
    /// A sentence in Chinese saying what is wrong with the label.
    pub fn period(self, label: &str) -> Result<Period, String> {
        let year = match self.answer {
            Answer::Stated(year) => Some(year),
            Answer::Printed(newest) => Some(newest.year()),
            Answer::Disagree(..) | Answer::Unknown => None,
        };
        let period = Period::from_label(label, year).map_err(|error| self.explain(label, &error))?;
        match self.answer {
            // After a December label, `1-2月` may be of either year.
            Answer::Printed(newest) if newest.month() == 12 && period.month() <= 6 && prints_no_year(label) => Err(format!(
                "时期“{label}”没有印年份，而文件中印有年份的最新时期是{}，无法判断是哪一年，请在报送时注明年份",
                newest.chinese()
            )),
            _ => Ok(period),
        }
    }

    fn explain(self, label: &str, error: &PeriodError) -> String {
        match (error, self.answer) {
            (PeriodError::NoYear(_), Answer::Disagree(one, other)) => {
                format!("时期“{label}”没有印年份，文件中其他时期分别印有{one}年和{other}年，请在报送时注明年份")
            }
            (PeriodError::NoYear(_), _) => format!("时期“{label}”没有印年份，文件中也没有印年份的时期，请在报送时注明年份"),
            (PeriodError::NotCumulative(_), _) => format!("时期“{label}”不是从1月起的累计数，只接收累计数，应为如“2025年1-6月”的时期"),
            (PeriodError::OutOfRange(_), _) => format!("时期“{label}”的月份或年份超出范围"),
            (PeriodError::Unknown(_), _) => format!("时期“{label}”无法识别，应写作“2025年1-3月”或“3月末”"),
        }
    }
}

fn agrees(printed: Period, year: i32) -> bool {
    printed.year() == year || (printed.month() == 12 && printed.year() + 1 == year)
}

/// True where the label is read only with a year from elsewhere.
fn prints_no_year(label: &str) -> bool {
    matches!(Period::from_label(label, None), Err(PeriodError::NoYear(_)))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn years(labels: &[&str], stated: Option<i32>) -> Result<Years, YearError> {
        Years::weigh(&labels.iter().map(|label| Period::from_label(label, None).unwrap()).collect(), stated)
    }

    #[rstest]
    #[case(&["2025年1-9月"], None, "1-8月", "2025-M08")]
    #[case(&["2025年1-3月", "2025年1-9月"], None, "9月末", "2025-M09")]
    #[case(&[], Some(2024), "1-8月", "2024-M08")]
    #[case(&["2025年1-12月", "2026年1-3月"], None, "1-3月", "2026-M03")]
    #[case(&["2025年1-12月"], Some(2026), "1-2月", "2026-M02")]
    #[case(&["2025年1-12月"], None, "1-11月", "2025-M11")]
    #[case(&["2025年1-9月"], None, "2024年1-9月", "2024-M09")]
    fn a_label_gets_its_year(#[case] labels: &[&str], #[case] stated: Option<i32>, #[case] label: &str, #[case] period: &str) {
        assert_eq!(years(labels, stated).unwrap().period(label).unwrap().to_string(), period);
    }

    #[rstest]
    #[case(&[], None, "1-8月", "没有印年份的时期")]
    #[case(&["2024年1-9月", "2025年1-9月"], None, "1-8月", "2024年和2025年")]
    #[case(&["2025年1-12月"], None, "1-2月", "无法判断是哪一年")]
    #[case(&["2025年1-9月"], None, "4-6月", "累计")]
    #[case(&["2025年1-9月"], None, "2025年本月", "无法识别")]
    fn a_doubtful_label_is_refused(#[case] labels: &[&str], #[case] stated: Option<i32>, #[case] label: &str, #[case] words: &str) {
        let message = years(labels, stated).unwrap().period(label).unwrap_err();
        assert!(message.contains(words), "{message}");
    }

    #[rstest]
    #[case(&["2025年1-9月"], 2024)]
    #[case(&["2025年1-9月"], 2026)]
    fn a_contradiction_is_an_error(#[case] labels: &[&str], #[case] stated: i32) {
        assert!(years(labels, Some(stated)).is_err());
    }
}
