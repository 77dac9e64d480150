//! Parses a web page as a browser does.

use std::collections::HashMap;

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// An HTML element with its content.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    attributes: HashMap<String, String>,
    /// All text of the element, with runs of white space collapsed.
    pub text: String,
    children: Vec<Self>,
}

impl Element {
    /// Parses a page and returns its root.
    pub fn parse(html: &str) -> Self {
        let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
        assert_eq!(*dom.errors.borrow(), Vec::<String>::new(), "the page must be well formed");
        let mut root = Self::default();
        root.fill(&dom.document);
        root
    }

    fn fill(&mut self, node: &Handle) {
        for child in node.children.borrow().iter() {
            match &child.data {
                NodeData::Text { contents } => self.text.push_str(&contents.borrow()),
                NodeData::Element { name, attrs, .. } => {
                    let attributes = attrs.borrow();
                    let pairs = attributes.iter().map(|a| (a.name.local.to_string(), a.value.to_string()));
                    let mut element =
                        Self { name: name.local.to_string(), attributes: pairs.collect(), ..Self::default() };
                    element.fill(child);
                    self.text.push_str(&format!(" {} ", element.text));
                    self.children.push(element);
                }
                _ => {}
            }
        }
        self.text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
    }

    /// The value of an attribute; empty if there is none.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.keys().map(String::as_str)
    }

    /// All descendants in document order.
    pub fn all(&self) -> Vec<&Self> {
        self.children.iter().flat_map(|child| std::iter::once(child).chain(child.all())).collect()
    }

    /// All descendants with this class.
    pub fn of_class(&self, class: &str) -> Vec<&Self> {
        let has = |element: &&Self| element.attribute("class").split(' ').any(|own| own == class);
        self.all().into_iter().filter(has).collect()
    }

    /// The text of the first descendant with this class; empty if there is none.
    pub fn text_of(&self, class: &str) -> &str {
        self.of_class(class).first().map_or("", |element| &element.text)
    }

    /// The rows of a target. A joint target has a row under each of its actions.
    pub fn rows(&self, target: &str) -> Vec<&Self> {
        self.all().into_iter().filter(|element| element.attribute("data-target") == target).collect()
    }
}
