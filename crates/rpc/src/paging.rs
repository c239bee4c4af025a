//! Pages: a size, and an opaque token that holds the last key of the page before.

use crate::failure::Failure;

/// Rows of a page where the caller names no size.
pub const DEFAULT_SIZE: usize = 100;
/// Most rows of a page.
pub const MOST: usize = 1_000;

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Rows at most, 1 to 1,000.
    pub size: usize,
    /// Key of the last row of the page before; `None` for the first page.
    pub after: Option<Vec<String>>,
}

impl Page {
    /// Reads a request's two fields.
    ///
    /// # Errors
    /// `PAGE_SIZE` outside 0 to 1,000; `PAGE_TOKEN` for a token that no page gave.
    pub fn parse(page_size: i32, page_token: &str) -> Result<Self, Failure> {
        let size = usize::try_from(page_size)
            .ok()
            .filter(|size| *size <= MOST)
            .ok_or_else(|| Failure::invalid("PAGE_SIZE", format!("page_size is {page_size}")).field("page_size", "0 (for 100) to 1,000"))?;
        let after = if page_token.is_empty() { None } else { Some(key_of(page_token)?) };
        Ok(Self { size: if size == 0 { DEFAULT_SIZE } else { size }, after })
    }

    /// The page, where the key of its token is one of this listing.
    ///
    /// # Errors
    /// `PAGE_TOKEN` for a token of another listing.
    pub fn keyed(self, fits: impl Fn(&[String]) -> bool) -> Result<Self, Failure> {
        if self.after.as_deref().is_none_or(fits) { Ok(self) } else { Err(wrong_token()) }
    }

    /// One page of rows sorted by `key`, and the next page's token (empty on the last).
    pub fn slice<T>(&self, rows: impl IntoIterator<Item = T>, key: impl Fn(&T) -> Vec<String>) -> (Vec<T>, String) {
        let mut rest = rows.into_iter().skip_while(|row| self.after.as_ref().is_some_and(|after| key(row) <= *after));
        let page: Vec<T> = rest.by_ref().take(self.size).collect();
        let next = match (rest.next(), page.last()) {
            (Some(_), Some(last)) => token(&key(last)),
            _ => String::new(),
        };
        (page, next)
    }

    /// Rows to read for [`Self::cut`]: one more than the page, to know whether there is a next one.
    #[must_use]
    pub fn limit(&self) -> u64 {
        u64::try_from(self.size).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// Cuts rows read with a limit of `size + 1` down to a page, and makes the next page's token (empty on the last).
    pub fn cut<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> Vec<String>) -> (Vec<T>, String) {
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        let next = rows.last().filter(|_| more).map(|last| token(&key(last))).unwrap_or_default();
        (rows, next)
    }
}

/// True for a key of this many numbers.
#[must_use]
pub fn numbers(key: &[String], parts: usize) -> bool {
    key.len() == parts && key.iter().all(|part| part.parse::<i32>().is_ok())
}

/// What a caller hears of a token that no page of the listing gave.
#[must_use]
pub fn wrong_token() -> Failure {
    Failure::invalid("PAGE_TOKEN", "page_token is not one that a page of this listing gave")
        .field("page_token", "the next_page_token of the page before")
}

/// The token that continues after this key.
#[must_use]
pub fn token(key: &[impl AsRef<str>]) -> String {
    let parts: Vec<&str> = key.iter().map(AsRef::as_ref).collect();
    let json = serde_json::to_string(&parts).unwrap_or_default();
    json.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn key_of(token: &str) -> Result<Vec<String>, Failure> {
    if token.len() > 2_000 || !token.len().is_multiple_of(2) || !token.is_ascii() {
        return Err(wrong_token());
    }
    let bytes: Option<Vec<u8>> =
        (0..token.len()).step_by(2).map(|at| token.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok())).collect();
    serde_json::from_slice(&bytes.ok_or_else(wrong_token)?).map_err(|_| wrong_token())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_bounded() {
        assert_eq!(Page::parse(0, "").unwrap(), Page { size: 100, after: None });
        assert!(Page::parse(1_001, "").is_err() && Page::parse(-1, "").is_err());
        assert!(Page::parse(1, "zz").is_err() && Page::parse(1, "é").is_err());
    }

    #[test]
    fn a_token_of_another_listing_is_refused() {
        let page = |key: &[&str]| Page::parse(1, &token(key)).unwrap();
        assert!(page(&["a", "b"]).keyed(|key| key.len() == 2).is_ok());
        assert!(page(&["a", "b"]).keyed(|key| key.len() == 3).is_err());
        assert!(page(&["2025", "12"]).keyed(|key| numbers(key, 2)).is_ok());
        assert!(page(&["2025", "b"]).keyed(|key| numbers(key, 2)).is_err());
        assert!(Page::parse(1, "").unwrap().keyed(|_| false).is_ok(), "a first page has no key");
    }

    proptest! {
        #[test]
        fn pages_together_are_the_whole_list(rows in prop::collection::btree_set("[a-z\u{4e00}-\u{4e20}]{1,3}", 0..40), size in 1..10_i32) {
            let mut seen = Vec::new();
            let mut next = String::new();
            loop {
                let page = Page::parse(size, &next).unwrap();
                let (part, token) = page.slice(rows.iter().cloned(), |row| vec![row.clone()]);
                prop_assert!(part.len() <= page.size);
                seen.extend(part);
                next = token;
                if next.is_empty() { break }
            }
            prop_assert_eq!(seen, rows.into_iter().collect::<Vec<_>>());
        }
    }
}
