//! Markup that is written in the code, and text that is escaped: whatever comes from data can only
//! be the second.

/// HTML, as it grows.
#[derive(Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Adds markup.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds text, as it is to be read; also within a quoted attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
        self
    }

    /// Adds text in an element without attributes.
    pub(super) fn element(&mut self, [begin, end]: [&'static str; 2], text: &str) -> &mut Self {
        self.raw(begin).text(text).raw(end)
    }

    /// Adds a link to what the API has under an id.
    pub(super) fn link(&mut self, path: &'static str, id: &str) -> &mut Self {
        self.raw("<a href=\"").raw(path).text(&encoded(id)).raw("\">").text(id).raw("</a>")
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// An id as one segment of an address.
fn encoded(id: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    id.bytes().map(encode).collect()
}

/// A count with a comma between thousands.
pub(super) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share of one as a percentage, digit by digit: `0.002491` is `0.2491%`. What is no such share
/// is left as it is.
pub(super) fn percent(share: &str) -> String {
    let parts = share.split_once('.').filter(|(whole, part)| {
        let all = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        !whole.is_empty() && part.len() > 2 && all(whole) && all(part)
    });
    let Some((whole, part)) = parts else { return share.to_owned() };
    let (hundredths, rest) = part.split_at(2);
    let percents = format!("{whole}{hundredths}");
    let percents = match percents.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    match rest.trim_end_matches('0') {
        "" => format!("{percents}%"),
        rest => format!("{percents}.{rest}%"),
    }
}

/// A time to the second, as people read it. What is no such time is left as it is.
pub(super) fn moment(time: &str) -> String {
    match (time.get(..10), time.get(11..19)) {
        (Some(day), Some(clock)) if time.ends_with('Z') => format!("{day} {clock} UTC"),
        _ => time.to_owned(),
    }
}
