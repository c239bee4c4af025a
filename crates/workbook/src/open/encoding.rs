//! The text of a file: UTF-8, UTF-16 or GB18030, with or without a byte order mark.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8};

use crate::lines::line_ends;

/// The mark that GB18030 writes for U+FEFF.
const GB18030_MARK: [u8; 4] = [0x84, 0x31, 0x95, 0x33];

/// A file's text and how it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// Without the byte order mark.
    pub text: Cow<'a, str>,
    /// `UTF-8`, `UTF-16LE`, `UTF-16BE` or `gb18030`.
    pub encoding: &'static str,
}

/// Why bytes are no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: the text is not {encoding}; save the file as CSV UTF-8")]
pub struct TextError {
    /// First line with a wrong byte.
    pub line: usize,
    /// What it should be.
    pub encoding: &'static str,
}

/// Reads a file's bytes as text: by their mark; without one as UTF-8, and where they are none, as GB18030. No byte is ever replaced.
///
/// # Errors
/// [`TextError`] names the line.
pub fn decode(content: &[u8]) -> Result<Text<'_>, TextError> {
    if let Some((encoding, mark)) = Encoding::for_bom(content) {
        return strictly(encoding, content.get(mark..).unwrap_or_default());
    }
    if let Some(rest) = content.strip_prefix(&GB18030_MARK) {
        return strictly(GB18030, rest);
    }
    if let Ok(text) = std::str::from_utf8(content) {
        return without_nul(Text { text: Cow::Borrowed(text), encoding: UTF_8.name() }, "UTF-8");
    }
    strictly(GB18030, content).map_err(|error| TextError { encoding: "UTF-8 and not GB18030", ..error })
}

fn strictly<'a>(encoding: &'static Encoding, content: &'a [u8]) -> Result<Text<'a>, TextError> {
    match encoding.decode_without_bom_handling_and_without_replacement(content) {
        Some(text) => without_nul(Text { text, encoding: encoding.name() }, encoding.name()),
        None => Err(TextError { line: line_of_fault(encoding, content), encoding: encoding.name() }),
    }
}

/// UTF-16 without a mark that is read as something else is full of NULs. A single one is the row's own fault.
fn without_nul<'a>(text: Text<'a>, encoding: &'static str) -> Result<Text<'a>, TextError> {
    let head = text.text.bytes().take(1_024);
    let (length, nuls) = (head.len(), head.filter(|byte| *byte == 0).count());
    if nuls * 4 > length { Err(TextError { line: 1, encoding }) } else { Ok(text) }
}

fn line_of_fault(encoding: &'static Encoding, content: &[u8]) -> usize {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(content.len()).unwrap_or(0));
    let (result, _) = decoder.decode_to_string_without_replacement(content, &mut text, true);
    debug_assert!(matches!(result, DecoderResult::Malformed(..)));
    line_ends(&text) + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(bytes).collect()
    }

    // The GB18030 bytes were written by Python's codec.
    #[rstest]
    #[case(b"\xef\xbb\xbf\xe9\x9a\x86\xe5\x9b\x9e".to_vec(), "隆回", "UTF-8")]
    #[case("隆回".as_bytes().to_vec(), "隆回", "UTF-8")]
    #[case(b"\xc2\xa1\xbb\xd8\xcf\xd8".to_vec(), "隆回县", "gb18030")]
    #[case(b"\x84\x31\x95\x33\xc2\xa1\xbb\xd8".to_vec(), "隆回", "gb18030")]
    #[case(utf16("隆回", u16::to_le_bytes), "隆回", "UTF-16LE")]
    #[case(utf16("隆回", u16::to_be_bytes), "隆回", "UTF-16BE")]
    fn every_encoding_is_read(#[case] content: Vec<u8>, #[case] text: &str, #[case] encoding: &str) {
        let read = decode(&content).unwrap();
        assert_eq!((read.text.as_ref(), read.encoding), (text, encoding));
    }

    #[rstest]
    #[case(b"a,b\n\xff\xff\n", 2, "UTF-8 and not GB18030")]
    #[case(b"\xef\xbb\xbfa\n\nb\xff", 3, "UTF-8")]
    #[case(b"a\0b\0", 1, "UTF-8")]
    #[case(b"\xff\xfea\0\0\xd8b\0", 1, "UTF-16LE")]
    fn what_is_no_text_is_named_with_its_line(#[case] content: &[u8], #[case] line: usize, #[case] encoding: &'static str) {
        assert_eq!(decode(content), Err(TextError { line, encoding }));
    }

    proptest! {
        #[test]
        fn a_text_survives_gb18030(text in "[a-z\\p{Han}\u{e000}\u{1f600},\n]{1,40}") {
            let (bytes, _, _) = GB18030.encode(&text);
            let marked = [&GB18030_MARK, bytes.as_ref()].concat();
            prop_assert_eq!(decode(&marked).unwrap().text, text);
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }
}
