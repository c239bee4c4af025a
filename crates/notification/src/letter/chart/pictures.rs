//! Pictures of a round's letters, drawn before the transaction that makes the letters: drawing takes longer than all the rest.

use std::collections::HashMap;

use super::{ChartError, WIDTH, draw::Sketch, picture, sketch};
use crate::{letter::stable_id, round::Round, routing::Parcel};

/// Pictures by what they show.
#[derive(Debug, Default)]
pub struct Pictures(HashMap<String, Vec<u8>>);

impl Pictures {
    /// Draws the pictures of these letters. It yields after each, so that other tasks of a small machine go on.
    ///
    /// # Errors
    /// [`ChartError`], the drawing library's own.
    pub async fn ahead(parcels: &[Parcel<'_>], round: &Round) -> Result<Self, ChartError> {
        let mut pictures = HashMap::new();
        for sketch in parcels.iter().filter_map(|parcel| sketch(parcel, round)) {
            pictures.insert(key(&sketch), picture::png(&sketch, WIDTH)?);
            tokio::task::yield_now().await;
        }
        Ok(Self(pictures))
    }

    /// The picture: drawn ahead, or now where a letter holds something else than was foreseen.
    ///
    /// # Errors
    /// [`ChartError`], the drawing library's own.
    pub(super) fn png(&self, sketch: &Sketch) -> Result<Vec<u8>, ChartError> {
        self.0.get(&key(sketch)).map_or_else(|| picture::png(sketch, WIDTH), |png| Ok(png.clone()))
    }
}

fn key(sketch: &Sketch) -> String {
    stable_id(&[&sketch.svg])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_ahead_is_taken_and_the_rest_is_drawn() {
        let sketch = |svg: &str| Sketch {
            svg: format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"696\" height=\"9\">{svg}</svg>"),
            height: 9,
        };
        let pictures = Pictures(HashMap::from([(key(&sketch("a")), b"ahead".to_vec())]));
        assert_eq!(pictures.png(&sketch("a")).unwrap(), b"ahead");
        assert!(pictures.png(&sketch("b")).unwrap().starts_with(b"\x89PNG"));
    }
}
