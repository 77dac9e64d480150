//! SVG pictures. A picture is a list of shapes, which the template `chart.svg` writes as XML
//! elements.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::framework_report::colours::Colour;

/// A position in a picture: pixels from the left edge, and pixels from the top edge.
pub(super) type Point = (i32, i32);

#[derive(Debug, Template)]
#[template(path = "chart.svg")]
pub struct Svg {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) shapes: Vec<Shape>,
}

// The template `chart.svg` has escaped the texts, so the page's template must not escape the
// picture again.
impl HtmlSafe for Svg {}

#[derive(Debug)]
pub(super) enum Shape {
    /// A filled rectangle.
    Fill { area: Rectangle, colour: Colour },
    /// The outline of a rectangle.
    Border { area: Rectangle, colour: Colour },
    /// A diagonal line. Several of these lines hatch a rectangle.
    HatchLine { from: Point, to: Point },
    /// A line through several points.
    Line { points: Vec<Point>, width: i32, colour: Colour },
    /// A dot with an outline.
    Dot { centre: Point, radius: i32, colour: Colour, outline: Colour },
    /// A text whose centre is at a position.
    Text { text: String, centre: Point, colour: Colour },
}

/// The edges of a rectangle, in pixels from the picture's left and top edges.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rectangle {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
}

impl Rectangle {
    const fn width(&self) -> i32 {
        self.right - self.left
    }

    const fn height(&self) -> i32 {
        self.bottom - self.top
    }
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::{Shape, Svg};

    #[test]
    fn a_text_cannot_add_elements_to_a_picture() {
        let text = Shape::Text { text: "<script>&".to_owned(), centre: (1, 2), colour: "000000" };
        let svg = Svg { width: 3, height: 4, shapes: vec![text] }.render().expect("a picture");
        assert!(svg.contains(">&#60;script&#62;&#38;</text>"), "{svg}");
    }
}
