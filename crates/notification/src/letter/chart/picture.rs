//! From SVG to a small PNG: thirteen colours, four bits a pixel.

use std::sync::LazyLock;

use png::{BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree},
};

use super::{
    draw::Sketch,
    font::{self, FAMILY},
};

/// Pixels for each CSS pixel: sharp on phones and in print.
const DENSITY: u32 = 2;

/// Sixteen white pixels.
const WHITE: [u8; 64] = [0xff; 64];
/// White, then each ink in three strengths over white: what lines and letters of these inks are made of.
const PALETTE: [[u8; 3]; 13] = {
    let mut palette = [[255; 3]; 13];
    let inks: [[u8; 3]; 4] = [[0x1f, 0x23, 0x28], [0x57, 0x60, 0x6a], [0xb3, 0x26, 0x1e], [0xc9, 0xce, 0xd6]];
    let mut index = 1;
    while index < palette.len() {
        let (ink, strength) = (inks[(index - 1) / 3], (index - 1) % 3 + 1);
        let mut channel = 0;
        while channel < 3 {
            palette[index][channel] = (255 - (255 - ink[channel] as usize) * strength / 3) as u8;
            channel += 1;
        }
        index += 1;
    }
    palette
};

/// The palette's nearest colour, for each colour of four bits a channel.
static NEAREST: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let channel = |index: usize, shift: usize| ((index >> shift & 0xf) * 17) as u8;
    (0..4_096).map(|index| nearest([channel(index, 8), channel(index, 4), channel(index, 0)])).collect()
});

/// Why a picture cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// No SVG.
    #[error("the chart is no picture")]
    Svg(#[from] resvg::usvg::Error),
    /// A picture of no size.
    #[error("the chart has no size")]
    Size,
    /// No PNG.
    #[error("the chart cannot be written")]
    Png(#[from] EncodingError),
}

/// Renders a sketch of this width in CSS pixels.
///
/// # Errors
/// [`ChartError`], the libraries' own.
pub fn png(sketch: &Sketch, width: u32) -> Result<Vec<u8>, ChartError> {
    let options = Options { font_family: FAMILY.to_owned(), fontdb: font::database(), ..Options::default() };
    let tree = Tree::from_str(&sketch.svg, &options)?;
    let mut pixmap = Pixmap::new(width * DENSITY, sketch.height * DENSITY).ok_or(ChartError::Size)?;
    resvg::render(&tree, Transform::from_scale(DENSITY as f32, DENSITY as f32), &mut pixmap.as_mut());
    encode(&pixmap)
}

fn encode(pixmap: &Pixmap) -> Result<Vec<u8>, ChartError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Four);
    encoder.set_palette(PALETTE.concat());
    // Filters spoil what repeats in a picture of lines. The simpler `set_compression` would set one.
    encoder.set_filter(Filter::NoFilter);
    encoder.set_deflate_compression(DeflateCompression::Level(9));
    encoder.write_header()?.write_image_data(&indices(pixmap))?;
    Ok(bytes)
}

/// Two pixels a byte. Rows have an even number of pixels, since the density is 2.
fn indices(pixmap: &Pixmap) -> Vec<u8> {
    let mut indices = Vec::with_capacity(pixmap.data().len() / 8);
    for run in pixmap.data().chunks(64) {
        // Most of a picture is white.
        if WHITE.starts_with(run) {
            indices.resize(indices.len() + run.len() / 8, 0);
            continue;
        }
        for pair in run.chunks_exact(8) {
            if let [a, b, c, _, d, e, f, _] = *pair {
                indices.push(known(a, b, c) << 4 | known(d, e, f));
            }
        }
    }
    indices
}

/// The palette's place for a colour; the picture has no transparent pixel.
fn known(red: u8, green: u8, blue: u8) -> u8 {
    let index = usize::from(red >> 4) << 8 | usize::from(green >> 4) << 4 | usize::from(blue >> 4);
    NEAREST.get(index).copied().unwrap_or_default()
}

fn nearest(pixel: [u8; 3]) -> u8 {
    let distance = |colour: &[u8; 3]| -> i32 { pixel.iter().zip(colour).map(|(a, b)| (i32::from(*a) - i32::from(*b)).pow(2)).sum() };
    (0..).zip(&PALETTE).min_by_key(|(_, colour)| distance(colour)).map_or(0, |(index, _)| index)
}
