//! The "relaxed" form of headers and body (RFC 6376, 3.4.2 and 3.4.4).

/// One header field with its folded lines, without its last CRLF.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a>(&'a [u8]);

impl Header<'_> {
    /// True where the field has this name.
    pub fn is(&self, name: &str) -> bool {
        self.parts().0.trim_ascii().eq_ignore_ascii_case(name.as_bytes())
    }

    /// Name and value, without the colon.
    fn parts(&self) -> (&[u8], &[u8]) {
        let colon = self.0.iter().position(|byte| *byte == b':').unwrap_or(self.0.len());
        let (name, rest) = self.0.split_at(colon);
        (name, rest.get(1..).unwrap_or_default())
    }
}

/// The header fields in their order, and the body.
pub fn split(message: &[u8]) -> (Vec<Header<'_>>, &[u8]) {
    let (mut headers, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(length) = message.get(at..).unwrap_or_default().windows(2).position(|pair| pair == b"\r\n") {
        let (end, next) = (at + length, at + length + 2);
        if length == 0 {
            return (headers, message.get(next..).unwrap_or_default());
        }
        if !matches!(message.get(next), Some(b' ' | b'\t')) {
            headers.push(Header(message.get(start..end).unwrap_or_default()));
            start = next;
        }
        at = next;
    }
    (headers, &[])
}

/// The named fields in relaxed form, each with its CRLF. A name that comes again means the next field of that name from below; one for which
/// none is left adds nothing (RFC 6376, 5.4.2).
pub fn chosen(headers: &[Header<'_>], names: &[&str]) -> Vec<u8> {
    let mut chosen = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let again = names.iter().take(at).filter(|before| before.eq_ignore_ascii_case(name)).count();
        if let Some(found) = headers.iter().rev().filter(|header| header.is(name)).nth(again) {
            chosen.extend(header(found.0));
            chosen.extend_from_slice(b"\r\n");
        }
    }
    chosen
}

/// One field in relaxed form: lower-case name, unfolded value, every run of white space one space, none at the ends. Without CRLF.
pub fn header(field: &[u8]) -> Vec<u8> {
    let field = Header(field);
    let (name, value) = field.parts();
    let mut line = name.trim_ascii().to_ascii_lowercase();
    line.push(b':');
    let unfolded: Vec<u8> = value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    line.extend(squeezed(&unfolded).trim_ascii());
    line
}

/// The body in relaxed form: white space squeezed in lines and cut at their ends, empty lines at the end cut, a last CRLF where anything is left.
pub fn body(body: &[u8]) -> Vec<u8> {
    let mut canonical = Vec::with_capacity(body.len());
    for line in lines(body) {
        canonical.extend(squeezed(line).trim_ascii_end());
        canonical.extend_from_slice(b"\r\n");
    }
    while canonical.ends_with(b"\r\n\r\n") {
        canonical.truncate(canonical.len() - 2);
    }
    if canonical == b"\r\n" { Vec::new() } else { canonical }
}

fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(body).filter(|body| !body.is_empty());
    std::iter::from_fn(move || {
        let current = rest?;
        let Some(end) = current.windows(2).position(|pair| pair == b"\r\n") else { return rest.take() };
        let (line, after) = current.split_at(end);
        rest = after.get(2..).filter(|after| !after.is_empty());
        Some(line)
    })
}

/// Every run of spaces and tabs as one space.
fn squeezed(line: &[u8]) -> Vec<u8> {
    let mut squeezed = Vec::with_capacity(line.len());
    for byte in line {
        match byte {
            b' ' | b'\t' if squeezed.last() == Some(&b' ') => {}
            b' ' | b'\t' => squeezed.push(b' '),
            byte => squeezed.push(*byte),
        }
    }
    squeezed
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    // The example of RFC 6376, 3.4.5.
    #[test]
    fn the_example_of_the_rfc() {
        let message = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
        let (headers, rest) = split(message);
        assert_eq!(chosen(&headers, &["A", "B"]), b"a:X\r\nb:Y Z\r\n");
        assert_eq!(body(rest), b" C\r\nD E\r\n");
    }

    #[rstest]
    #[case(b"", b"")]
    #[case(b"\r\n", b"")]
    #[case(b"\r\n\r\n\r\n", b"")]
    #[case(b" \t\r\n", b"")]
    #[case(b"a", b"a\r\n")]
    #[case(b"a\r\n\r\nb \r\n \r\n", b"a\r\n\r\nb\r\n")]
    fn bodies(#[case] found: &[u8], #[case] expected: &[u8]) {
        assert_eq!(body(found), expected);
    }

    #[test]
    fn fields_of_one_name_are_taken_from_below() {
        let (headers, _) = split(b"X: 1\r\nY: 2\r\nx: 3\r\n\r\n");
        assert_eq!(chosen(&headers, &["X", "X", "X"]), b"x:3\r\nx:1\r\n");
        assert_eq!(headers.len(), 3);
    }
}
