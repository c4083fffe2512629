//! Web pages, as the stream of their tags: no tree is built, so depth costs nothing.

use html5gum::{DefaultEmitter, Token, Tokenizer};

use crate::passages::Passages;

/// Elements whose content is no text of the page.
const SILENT: &[&[u8]] = &[
    b"script",
    b"style",
    b"noscript",
    b"template",
    b"svg",
    b"math",
    b"iframe",
    b"object",
    b"select",
    b"textarea",
];
/// Elements that begin and end paragraphs.
const BLOCKS: &[&[u8]] = &[
    b"address",
    b"article",
    b"aside",
    b"blockquote",
    b"body",
    b"dd",
    b"details",
    b"div",
    b"dl",
    b"dt",
    b"fieldset",
    b"figcaption",
    b"figure",
    b"footer",
    b"form",
    b"header",
    b"hr",
    b"main",
    b"nav",
    b"ol",
    b"p",
    b"pre",
    b"section",
    b"summary",
    b"table",
    b"ul",
];

/// Reads the text that a browser would show.
pub(crate) fn read(text: &str, passages: &mut Passages) {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut page = Page { passages, block: String::new(), pre: 0, silent: None };
    for Ok(token) in Tokenizer::new_with_emitter(text, emitter) {
        match token {
            Token::StartTag(tag) => page.start(&tag.name, tag.self_closing),
            Token::EndTag(tag) => page.end(&tag.name),
            Token::String(text) => page.text(&String::from_utf8_lossy(&text)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
        if page.passages.is_full() {
            return;
        }
    }
    page.end_block();
}

struct Page<'a> {
    passages: &'a mut Passages,
    block: String,
    /// How many elements are open in which spaces count.
    pre: usize,
    /// The element that is passed over, and how many of its name are open.
    silent: Option<(Vec<u8>, usize)>,
}

impl Page<'_> {
    fn start(&mut self, name: &[u8], empty: bool) {
        if let Some((silent, depth)) = &mut self.silent {
            *depth += usize::from(silent == name && !empty);
            return;
        }
        if SILENT.contains(&name) {
            if !empty {
                self.silent = Some((name.to_owned(), 1));
            }
        } else if heading(name).is_some() || name == b"title" || BLOCKS.contains(&name) {
            self.end_block();
            self.pre += usize::from(name == b"pre");
        } else {
            match name {
                b"br" | b"tr" => self.end_line(),
                b"li" => {
                    self.end_line();
                    self.block.push_str("- ");
                }
                _ => {}
            }
        }
    }

    fn end(&mut self, name: &[u8]) {
        if let Some((silent, depth)) = &mut self.silent {
            *depth -= usize::from(silent == name);
            if *depth == 0 {
                self.silent = None;
            }
            return;
        }
        if let Some(level) = heading(name) {
            self.passages.heading(level, &self.block);
            self.block.clear();
        } else if name == b"title" {
            self.passages.heading(0, &self.block);
            self.block.clear();
        } else if BLOCKS.contains(&name) {
            self.end_block();
            self.pre = self.pre.saturating_sub(usize::from(name == b"pre"));
        } else {
            match name {
                b"td" | b"th" => self.block.push_str(" | "),
                b"tr" | b"li" => self.end_line(),
                _ => {}
            }
        }
    }

    fn text(&mut self, text: &str) {
        if self.silent.is_some() {
            return;
        }
        if self.pre > 0 {
            self.block.push_str(text);
            return;
        }
        for c in text.chars() {
            if !c.is_whitespace() || c == '\u{a0}' {
                self.block.push(if c == '\u{a0}' { ' ' } else { c });
            } else if !self.block.is_empty() && !self.block.ends_with([' ', '\n']) {
                self.block.push(' ');
            }
        }
    }

    fn end_line(&mut self) {
        let end = self.block.trim_end_matches([' ', '|', '\n']).len();
        self.block.truncate(end);
        if !self.block.is_empty() {
            self.block.push('\n');
        }
    }

    fn end_block(&mut self) {
        // An item's own blocks go on with it.
        if self.block == "- " || self.block.ends_with("\n- ") {
            return;
        }
        self.passages.paragraph(&self.block);
        self.block.clear();
    }
}

fn heading(name: &[u8]) -> Option<u8> {
    match name {
        [b'h', level @ b'1'..=b'6'] => Some(level - b'0'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Format, Limits, read};

    fn check(page: &str, expected: &[(&str, &str)]) {
        let pieces = read(Format::Html, page.as_bytes(), &Limits::default()).unwrap();
        let told: Vec<_> = pieces.iter().map(|piece| (piece.trail.join(" > "), piece.text.clone())).collect();
        let expected: Vec<_> =
            expected.iter().map(|(trail, text)| ((*trail).to_owned(), (*text).to_owned())).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_page_is_read_as_it_is_shown() {
        check(
            "<!doctype html><html><head><title>Shop</title><style>p{}</style><script>if (a<b) '</p>'</script></head>\
             <body><p>Welcome &amp; hello,\n  <b>friend</b>.<br>Next.</p><h2>Refunds</h2><ul><li>one<li><p>two</p></ul>\
             <table><tr><th>Who</th><th>When</th></tr><tr><td>Ann</td><td>May</td></tr></table>\
             <pre>a\n  b</pre><svg><text>no</text></svg></body></html>",
            &[
                ("Shop", "Welcome & hello, friend.\nNext."),
                ("Shop > Refunds", "- one\n- two\n\nWho | When\nAnn | May\n\na\n  b"),
            ],
        );
    }

    #[test]
    fn broken_pages_are_read_as_far_as_they_go() {
        check("<h1>A</h2><p>b</script></p><title>", &[("A", "b")]);
        check("text <script>never closed", &[("", "text")]);
    }
}
