//! Lines of a CSV file as an editor counts them: each ends in `\n`, `\r\n` or `\r`, which are the ends that the reader takes.

/// Where a record's own text starts: the reader's position stands before blank lines.
pub(crate) fn start_of(text: &str, position: Option<&csv::Position>) -> usize {
    let byte = position.map_or(0, csv::Position::byte);
    let byte = usize::try_from(byte).unwrap_or(text.len());
    let rest = text.get(byte..).unwrap_or_default();
    byte + rest.len() - rest.trim_start_matches(['\r', '\n']).len()
}

/// How many line ends a text holds.
pub(crate) fn line_ends(text: &str) -> usize {
    text.matches(['\r', '\n']).count() - text.matches("\r\n").count()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", 0)]
    #[case("a", 0)]
    #[case("a\nb\n", 2)]
    #[case("a\r\nb\r\n", 2)]
    #[case("a\rb\r", 2)]
    #[case("a\n\rb", 2)]
    #[case("a\r\r\nb\n\n", 4)]
    fn every_end_is_one(#[case] text: &str, #[case] ends: usize) {
        assert_eq!(line_ends(text), ends);
    }
}
