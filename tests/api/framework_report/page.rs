//! A web page as a browser parses it.

use std::collections::HashMap;

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// An element with what is in it.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    attributes: HashMap<String, String>,
    /// All text in it, spaces joined.
    pub text: String,
    children: Vec<Self>,
}

impl Element {
    /// A page's root.
    pub fn parse(html: &str) -> Self {
        let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
        assert_eq!(*dom.errors.borrow(), Vec::<String>::new(), "the page is well formed");
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

    /// An attribute; empty where there is none.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// The names of its attributes.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.keys().map(String::as_str)
    }

    /// Everything in it, in order.
    pub fn all(&self) -> Vec<&Self> {
        self.children.iter().flat_map(|child| std::iter::once(child).chain(child.all())).collect()
    }

    /// Everything in it of these classes.
    pub fn of_class(&self, class: &str) -> Vec<&Self> {
        let has = |element: &&Self| element.attribute("class").split(' ').any(|own| own == class);
        self.all().into_iter().filter(has).collect()
    }

    /// The text of the one thing in it of this class; empty where there is none.
    pub fn said(&self, class: &str) -> &str {
        self.of_class(class).first().map_or("", |element| &element.text)
    }

    /// The rows of a target: a joint one stands under each of its actions.
    pub fn rows(&self, target: &str) -> Vec<&Self> {
        self.all().into_iter().filter(|element| element.attribute("data-target") == target).collect()
    }
}
