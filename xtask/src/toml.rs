//! A reader for the part of TOML that plugin.toml needs, each on one line: `[section]`, `key = "text"`,
//! `key = ["text", "text"]`, `# comment`. A crate for all of TOML would be xtask's only dependency.

use crate::Result;

/// The entries of a text that were not taken out yet.
#[derive(Debug)]
pub struct Document(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    line: usize,
    section: String,
    key: String,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Text(String),
    List(Vec<String>),
}

impl Document {
    /// Reads a text. Every error begins with its line number.
    pub fn read(text: &str) -> Result<Self> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut sections = vec![String::new()];
        for (line, text) in text.lines().enumerate().map(|(at, text)| (at + 1, text.trim())) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            if text.starts_with('[') {
                let name = section(text).map_err(|reason| at(line, &reason))?;
                if sections.contains(&name) {
                    return Err(at(line, &format!("[{name}] is there twice")));
                }
                sections.push(name);
                continue;
            }
            let section = sections.last().cloned().unwrap_or_default();
            let (key, value) = pair(text).map_err(|reason| at(line, &reason))?;
            if entries.iter().any(|entry| entry.section == section && entry.key == key) {
                return Err(at(line, &format!("`{key}` is there twice")));
            }
            entries.push(Entry { line, section, key, value });
        }
        Ok(Self(entries))
    }

    /// Takes out a text; `None` if there is none. Keys before the first section belong to the section "".
    pub fn text(&mut self, section: &str, key: &str) -> Result<Option<String>> {
        match self.take(section, key) {
            None => Ok(None),
            Some(Entry { value: Value::Text(text), .. }) => Ok(Some(text)),
            Some(Entry { line, .. }) => Err(at(line, &format!("`{key}` is one text: `{key} = \"...\"`"))),
        }
    }

    /// Takes out a list; `None` if there is none.
    pub fn list(&mut self, section: &str, key: &str) -> Result<Option<Vec<String>>> {
        self.take(section, key).map(list).transpose()
    }

    /// Takes out all entries of a section, which must be lists, in their order.
    pub fn lists(&mut self, section: &str) -> Result<Vec<(String, Vec<String>)>> {
        let taken: Vec<Entry> = self.0.extract_if(.., |entry| entry.section == section).collect();
        taken.into_iter().map(|entry| Ok((entry.key.clone(), list(entry)?))).collect()
    }

    fn take(&mut self, section: &str, key: &str) -> Option<Entry> {
        let at = self.0.iter().position(|entry| entry.section == section && entry.key == key)?;
        Some(self.0.remove(at))
    }

    /// Fails if entries are left: probably a key is misspelt, or is in the wrong section.
    pub fn end(self) -> Result<()> {
        match self.0.first() {
            None => Ok(()),
            Some(Entry { line, section, key, .. }) if section.is_empty() => {
                Err(at(*line, &format!("there is no key `{key}` before the first section")))
            }
            Some(Entry { line, section, key, .. }) => {
                Err(at(*line, &format!("there is no key `{key}` in [{section}]")))
            }
        }
    }
}

fn at(line: usize, reason: &str) -> String {
    format!("line {line}: {reason}")
}

fn list(entry: Entry) -> Result<Vec<String>> {
    let Entry { line, key, value, .. } = entry;
    match value {
        Value::List(texts) => Ok(texts),
        Value::Text(_) => Err(at(line, &format!("`{key}` is a list: `{key} = [\"...\", \"...\"]`"))),
    }
}

fn section(text: &str) -> Result<String> {
    let (name, rest) = text[1..].split_once(']').ok_or("a section ends with `]`")?;
    nothing_after(rest)?;
    if is_plain(name) {
        Ok(name.into())
    } else {
        Err(format!("[{name}] is not a valid section name: use letters, digits, - and _"))
    }
}

fn pair(text: &str) -> Result<(String, Value)> {
    let (key, rest) = if text.starts_with('"') { quoted(text)? } else { plain(text)? };
    let rest =
        rest.trim_start().strip_prefix('=').ok_or("it should read `key = \"text\"` or `key = [\"text\", \"text\"]`")?;
    let (value, rest) = value(rest.trim_start())?;
    nothing_after(rest)?;
    Ok((key, value))
}

/// A key without quotes, and the rest of the line.
fn plain(text: &str) -> Result<(String, &str)> {
    let (key, rest) = text.split_at(text.find(['=', ' ', '\t']).unwrap_or(text.len()));
    if is_plain(key) { Ok((key.into(), rest)) } else { Err(format!("the key `{key}` needs quotes: `\"{key}\" = ...`")) }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// A text, without its quotes, and the rest of the line.
fn quoted(text: &str) -> Result<(String, &str)> {
    let inside = text.strip_prefix('"').ok_or_else(|| format!("a text in quotes should stand where `{text}` does"))?;
    let (text, rest) = inside.split_once('"').ok_or("a text in quotes ends on its line")?;
    if text.contains('\\') {
        Err(format!("\"{text}\" has a `\\`, which is not read here"))
    } else {
        Ok((text.into(), rest))
    }
}

fn value(text: &str) -> Result<(Value, &str)> {
    let Some(mut rest) = text.strip_prefix('[') else {
        let (text, rest) = quoted(text)?;
        return Ok((Value::Text(text), rest));
    };
    let mut texts = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(']') {
            return Ok((Value::List(texts), after));
        }
        if rest.is_empty() {
            return Err("a list ends with `]` on its line".into());
        }
        if !texts.is_empty() {
            rest = rest.strip_prefix(',').ok_or("a comma stands between the texts of a list")?.trim_start();
        }
        let (text, after) = quoted(rest)?;
        texts.push(text);
        rest = after;
    }
}

fn nothing_after(rest: &str) -> Result<()> {
    let rest = rest.trim_start();
    if rest.is_empty() || rest.starts_with('#') { Ok(()) } else { Err(format!("`{rest}` is one thing too many")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# What it is.\nname = \"An # editor\" # not a comment within\n\n[zip]\n\"a/b\" = [ \"c\",\"d e\" ]\nf = []\n\
        [test]\nname = \"other\"\n";

    #[test]
    fn texts_lists_and_sections_are_read() {
        let mut document = Document::read(GOOD).unwrap();
        assert_eq!(document.text("", "name").unwrap().as_deref(), Some("An # editor"));
        assert_eq!(document.text("", "name"), Ok(None));
        let zip = [("a/b", vec!["c", "d e"]), ("f", vec![])];
        let zip = zip.map(|(key, texts)| (key.to_owned(), texts.into_iter().map(str::to_owned).collect::<Vec<_>>()));
        assert_eq!(document.lists("zip").unwrap(), zip);
        assert_eq!(document.list("test", "nothing"), Ok(None));
        assert_eq!(document.text("test", "name").unwrap().as_deref(), Some("other"));
        assert_eq!(document.end(), Ok(()));
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_line() {
        for (text, reason) in [
            ("name", "line 1: it should read `key = "),
            ("# x\n\nname = GIMP", "line 3: a text in quotes should stand where `GIMP` does"),
            ("name = \"GIMP", "line 1: a text in quotes ends on its line"),
            ("name = \"a\\nb\"", "line 1: \"a\\nb\" has a `\\`"),
            ("name = \"GIMP\" 3", "line 1: `3` is one thing too many"),
            ("list = [\"a\" \"b\"]", "line 1: a comma stands between"),
            ("list = [\"a\", \"b\"", "line 1: a list ends with `]`"),
            ("list = [\n\"a\"]", "line 1: a list ends with `]`"),
            ("list = [3]", "line 1: a text in quotes should stand where `3]` does"),
            ("a/b = \"c\"", "line 1: the key `a/b` needs quotes"),
            ("[zip", "line 1: a section ends with `]`"),
            ("[[zip]]", "line 1: "),
            ("[a]\n[a]", "line 2: [a] is there twice"),
            ("a = \"b\"\n\"a\" = []", "line 2: `a` is there twice"),
        ] {
            let sentence = Document::read(text).unwrap_err();
            assert!(sentence.starts_with(reason), "{text}: {sentence}");
        }
    }

    #[test]
    fn a_value_of_the_other_kind_and_a_key_that_nobody_knows_are_told() {
        let document = || Document::read("a = \"b\"\nc = []\n[d]\ne = \"f\"").unwrap();
        assert_eq!(document().list("", "a").unwrap_err(), "line 1: `a` is a list: `a = [\"...\", \"...\"]`");
        assert_eq!(document().text("", "c").unwrap_err(), "line 2: `c` is one text: `c = \"...\"`");
        assert_eq!(document().lists("d").unwrap_err(), "line 4: `e` is a list: `e = [\"...\", \"...\"]`");
        let mut left = document();
        left.list("", "c").unwrap();
        assert_eq!(left.end().unwrap_err(), "line 1: there is no key `a` before the first section");
        assert_eq!(Document::read("[d]\ne = []").unwrap().end().unwrap_err(), "line 2: there is no key `e` in [d]");
    }
}
