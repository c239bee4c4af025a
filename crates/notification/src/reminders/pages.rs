//! Lists of other services, read page by page within bounds.

use leitai_rpc::limits::CALL_DEADLINE;
use tokio::time;
use tonic::{Response, Status};

use crate::error::RemindError;

/// Rows in a page.
pub const PAGE: i32 = 1_000;
/// Pages of one list at most: 200,000 missing values are five times all counties of China with 13 indicators.
const PAGES: usize = 200;

/// The way through a list from its first page to its last.
pub struct Pages {
    asked: usize,
    next: Option<String>,
}

impl Pages {
    /// Before the first page.
    pub fn first() -> Self {
        Self { asked: 0, next: Some(String::new()) }
    }

    /// The token of the page to ask for; `None` after the last.
    ///
    /// # Errors
    /// [`RemindError::TooMany`] where none of the first 200 is the last.
    pub fn token(&mut self) -> Result<Option<String>, RemindError> {
        if self.next.is_some() && self.asked == PAGES {
            return Err(RemindError::TooMany { pages: PAGES });
        }
        self.asked += 1;
        Ok(self.next.take())
    }

    /// Takes the next page's token from an answer; it is empty in that of the last.
    pub fn then(&mut self, next_page_token: String) {
        self.next = Some(next_page_token).filter(|token| !token.is_empty());
    }
}

/// The whole answer within the deadline of a call.
pub async fn within<T>(call: impl Future<Output = Result<Response<T>, Status>>) -> Result<T, RemindError> {
    let late = |_| Err(Status::deadline_exceeded("no answer came in time"));
    let answer = time::timeout(CALL_DEADLINE, call).await.unwrap_or_else(late);
    Ok(answer.map_err(Box::new)?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_with_its_last_page() {
        let mut pages = Pages::first();
        assert_eq!(pages.token().unwrap().as_deref(), Some(""));
        pages.then("second".to_owned());
        assert_eq!(pages.token().unwrap().as_deref(), Some("second"));
        pages.then(String::new());
        assert_eq!(pages.token().unwrap(), None);
    }

    #[test]
    fn two_hundred_pages_are_read_and_no_more() {
        let read = |pages: usize| {
            let mut list = Pages::first();
            for page in 1..=pages {
                list.token()?;
                list.then(if page == pages { String::new() } else { page.to_string() });
            }
            list.token()
        };
        assert_eq!(read(200).unwrap(), None);
        assert!(matches!(read(201), Err(RemindError::TooMany { pages: 200 })));
    }
}
