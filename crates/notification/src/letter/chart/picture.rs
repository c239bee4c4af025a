//! From SVG to a small PNG: sixteen colours, four bits a pixel.

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError};
use resvg::{
    tiny_skia::{Pixmap, PremultipliedColorU8, Transform},
    usvg::{Options, Tree},
};

use super::font::{self, FAMILY};

/// Pixels for each CSS pixel: sharp on phones and in print.
const DENSITY: f32 = 2.0;

/// White, then each ink in three strengths over white: what lines and letters of these inks are made of.
const PALETTE: [[u8; 3]; 16] = {
    let mut palette = [[255; 3]; 16];
    let inks: [[u8; 3]; 5] = [[0x1f, 0x23, 0x28], [0x57, 0x60, 0x6a], [0xb3, 0x26, 0x1e], [0xc9, 0xce, 0xd6], [0x8a, 0x93, 0x9d]];
    let mut index = 1;
    while index < 16 {
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

/// Draws an SVG of this size in CSS pixels.
///
/// # Errors
/// [`ChartError`], the libraries' own.
pub fn png(svg: &str, width: u32, height: u32) -> Result<Vec<u8>, ChartError> {
    let options = Options { font_family: FAMILY.to_owned(), fontdb: font::database(), ..Options::default() };
    let tree = Tree::from_str(svg, &options)?;
    let pixels = |size: u32| (size as f32 * DENSITY) as u32;
    let mut pixmap = Pixmap::new(pixels(width), pixels(height)).ok_or(ChartError::Size)?;
    resvg::render(&tree, Transform::from_scale(DENSITY, DENSITY), &mut pixmap.as_mut());
    encode(&pixmap)
}

fn encode(pixmap: &Pixmap) -> Result<Vec<u8>, ChartError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Four);
    encoder.set_palette(PALETTE.concat());
    encoder.set_compression(Compression::High);
    encoder.write_header()?.write_image_data(&indices(pixmap))?;
    Ok(bytes)
}

/// Two pixels a byte, every row from a byte of its own.
fn indices(pixmap: &Pixmap) -> Vec<u8> {
    let mut last = (PremultipliedColorU8::TRANSPARENT, 0);
    let mut index = |pixel: &PremultipliedColorU8| {
        if *pixel != last.0 {
            last = (*pixel, nearest(*pixel));
        }
        last.1
    };
    let rows = pixmap.pixels().chunks(pixmap.width() as usize);
    rows.flat_map(|row| {
        row.chunks(2).map(|pair| pair.iter().fold(0, |byte, pixel| byte << 4 | index(pixel)) << (4 * (2 - pair.len()))).collect::<Vec<_>>()
    })
    .collect()
}

/// The palette's nearest colour; the picture has no transparent pixel.
fn nearest(pixel: PremultipliedColorU8) -> u8 {
    let distance = |colour: &[u8; 3]| -> i32 {
        let of = |a: u8, b: u8| (i32::from(a) - i32::from(b)).pow(2);
        of(pixel.red(), colour[0]) + of(pixel.green(), colour[1]) + of(pixel.blue(), colour[2])
    };
    (0..).zip(&PALETTE).min_by_key(|(_, colour)| distance(colour)).map_or(0, |(index, _)| index)
}
