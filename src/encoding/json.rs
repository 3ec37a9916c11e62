//! The bounded JSON parser (RFC 8259): one pass, names unique at every depth (RFC 7515 section 4, RFC 7519 section 4), every
//! size limited. It is a serde `Deserializer`, so values go straight into the caller's type.

use std::borrow::Cow;

use serde::de::{self, Deserialize, DeserializeSeed, IgnoredAny, SeqAccess, Visitor, value::MapAccessDeserializer};
use tinyvec::TinyVec;

pub(crate) use super::error::Error;
pub use super::error::JsonError;
use super::{
    limits,
    number::{self, Number},
    object::{Object, name_deserializer},
};

/// The strings of an array, of which there is nearly always one.
pub(crate) type Strings<'de> = TinyVec<[Cow<'de, str>; 1]>;

/// A cursor over a text. Every error is final: a caller's type may swallow one and go on, so [`Parser::outcome`]
/// has the last word.
pub(crate) struct Parser<'de> {
    text: &'de str,
    pub(super) at: usize,
    depth: usize,
    /// The first error that a caller's type was told of and must not get over.
    failed: Option<Error>,
    /// The member names of the open objects, innermost last; each object knows where its own begin. A usual token's fit in here.
    pub(super) names: TinyVec<[&'de str; 16]>,
    /// The same for names that were written with escapes, resolved.
    pub(super) escaped_names: Vec<String>,
}

impl<'de> Parser<'de> {
    pub(crate) fn new(octets: &'de [u8]) -> Result<Self, JsonError> {
        std::str::from_utf8(octets).map(Self::over).map_err(|_| JsonError::Utf8)
    }

    pub(crate) fn over(text: &'de str) -> Self {
        Self { text, at: 0, depth: 0, failed: None, names: TinyVec::new(), escaped_names: Vec::new() }
    }

    /// Where a part of the text begins in it.
    pub(crate) fn place(&self, part: &'de str) -> usize {
        part.as_ptr() as usize - self.text.as_ptr() as usize
    }

    /// The next octet that is not white space, left in place.
    #[inline(always)]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while let Some(octet) = self.text.as_bytes().get(self.at) {
            if !matches!(octet, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*octet);
            }
            self.at += 1;
        }
        None
    }

    /// Takes the octet if it is next.
    #[inline(always)]
    pub(super) fn take(&mut self, octet: u8) -> bool {
        let next = self.peek() == Some(octet);
        self.at += usize::from(next);
        next
    }

    #[inline(always)]
    pub(super) fn expect(&mut self, octet: u8) -> Result<(), JsonError> {
        if self.take(octet) { Ok(()) } else { Err(JsonError::Syntax) }
    }

    /// Checks that nothing but white space is left.
    pub(crate) fn end(&mut self) -> Result<(), JsonError> {
        match (self.failed, self.peek()) {
            (Some(Error::Json(error)), _) => Err(error),
            (None, None) => Ok(()),
            _ => Err(JsonError::Syntax),
        }
    }

    /// The outcome of filling a caller's type: the first error, also when the type has swallowed it.
    pub(crate) fn outcome<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        self.failed.map_or(result, Err)
    }

    /// Remembers an error on its way into a caller's type.
    pub(crate) fn note<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = result {
            self.failed.get_or_insert(error);
        }
        result
    }

    /// The same for a value that began at `depth`. If it was read whole and is only not what the type wanted, the type may go
    /// on without it.
    fn note_value<T>(&mut self, result: Result<T, Error>, depth: usize) -> Result<T, Error> {
        match result {
            Err(Error::Shape | Error::MissingMember(_)) if self.depth == depth => result,
            _ => self.note(result),
        }
    }

    /// Opens the object that must come next.
    pub(crate) fn object(&mut self) -> Result<Object<'_, 'de>, JsonError> {
        if self.peek() != Some(b'{') {
            return Err(JsonError::NotAnObject);
        }
        self.open(b'{')?;
        Ok(Object::new(self))
    }

    /// Opens the array that must come next.
    pub(crate) fn array(&mut self) -> Result<Array<'_, 'de>, JsonError> {
        self.open(b'[')?;
        Ok(Array { parser: self, first: true, done: false })
    }

    fn open(&mut self, bracket: u8) -> Result<(), JsonError> {
        self.expect(bracket)?;
        if self.depth >= limits::DEPTH {
            return Err(JsonError::TooDeep);
        }
        self.depth += 1;
        Ok(())
    }

    pub(super) fn close(&mut self) {
        self.depth -= 1;
    }

    /// Reads any value into `T`, or reports that it has another type.
    pub(crate) fn value<T: Deserialize<'de>>(&mut self) -> Result<T, Error> {
        T::deserialize(self)
    }

    /// Checks a value of any type and gives it as written.
    pub(crate) fn raw_value(&mut self) -> Result<&'de str, JsonError> {
        self.peek();
        let start = self.at;
        match self.value::<IgnoredAny>() {
            Ok(IgnoredAny) => Ok(self.text.get(start..self.at).unwrap_or_default()),
            Err(Error::Json(error)) => Err(error),
            // Any shape will do, so this is never reached.
            Err(Error::MissingMember(_) | Error::Shape) => Err(JsonError::Syntax),
        }
    }

    /// Reads a string, or skips a value of another type, still checked, and gives `None`.
    #[inline(always)]
    pub(crate) fn string_or_skip(&mut self) -> Result<Option<Cow<'de, str>>, JsonError> {
        if self.peek() == Some(b'"') { self.string().map(Some) } else { self.raw_value().map(|_| None) }
    }

    /// Reads an array of at most that many strings, or skips a value of another type, still checked, and gives `None`.
    pub(crate) fn strings_or_skip(&mut self, most: usize) -> Result<Option<Strings<'de>>, JsonError> {
        if self.peek() != Some(b'[') {
            return self.raw_value().map(|_| None);
        }
        let mut array = self.array()?;
        let mut strings = Some(Strings::new());
        while let Some(parser) = array.next()? {
            let string = parser.string_or_skip()?;
            strings = strings.filter(|strings| strings.len() < most).zip(string).map(|(mut strings, string)| {
                strings.push(string);
                strings
            });
        }
        Ok(strings)
    }

    /// Reads a string without escapes, or skips another value and gives `None`. For secrets: an escaped one would be copied.
    pub(crate) fn plain_string_or_skip(&mut self) -> Result<Option<&'de str>, JsonError> {
        if self.peek() != Some(b'"') {
            return self.raw_value().map(|_| None);
        }
        let (raw, escaped) = self.raw_string()?;
        Ok(Some(raw).filter(|_| !escaped))
    }

    /// Reads a string, whose quote [`Parser::peek`] has shown.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Result<Cow<'de, str>, JsonError> {
        let (raw, escaped) = self.raw_string()?;
        if escaped { unescape(raw).map(Cow::Owned) } else { Ok(Cow::Borrowed(raw)) }
    }

    /// Reads a string, whose quote [`Parser::peek`] has shown, and gives it as written and whether it has escapes, which are not
    /// yet checked.
    #[inline(always)]
    fn raw_string(&mut self) -> Result<(&'de str, bool), JsonError> {
        let start = self.at + 1;
        let (mut at, mut escaped) = (start, false);
        let octets = self.text.as_bytes();
        loop {
            at += plain_length(octets.get(at..).unwrap_or_default());
            if at - start > limits::STRING {
                return Err(JsonError::StringTooLong);
            }
            match octets.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    at += 2;
                }
                _ => return Err(JsonError::Syntax),
            }
        }
        self.at = at + 1;
        let raw = self.text.get(start..at).ok_or(JsonError::Syntax)?;
        Ok((raw, escaped))
    }

    /// Reads a number, which must come next, and gives it as written and its value, which is in range.
    fn number(&mut self) -> Result<(&'de str, Number), JsonError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (length, short) = match number::short_integer(rest.as_bytes()) {
            Some((length, integer)) => (length, Some(Number::Unsigned(integer))),
            None => (number::scan(rest.as_bytes())?, None),
        };
        let text = rest.get(..length).unwrap_or_default();
        self.at += length;
        Ok((text, short.map_or_else(|| number::value(text), Ok)?))
    }

    /// Reads a number as written and its value, or skips a value of another type, still checked, and gives `None`.
    pub(crate) fn number_or_skip(&mut self) -> Result<Option<(&'de str, Number)>, JsonError> {
        if matches!(self.peek(), Some(b'-' | b'0'..=b'9')) {
            self.number().map(Some)
        } else {
            self.raw_value().map(|_| None)
        }
    }

    fn literal(&mut self, literal: &str) -> Result<(), JsonError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(literal) {
            return Err(JsonError::Syntax);
        }
        self.at += literal.len();
        Ok(())
    }
}

/// How many octets stand before the first that ends a string's plain text: a quote, a backslash, or a control character.
fn plain_length(octets: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let (words, _) = octets.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        // Eight octets at once. `below` marks, by its highest bit, each octet under `least`; a borrow can mark others too, but only
        // after a true one, and only the first counts.
        let word = u64::from_le_bytes(*word);
        let below = |word: u64, least: u64| word.wrapping_sub(ONES * least) & !word & HIGH;
        let equal = |octet: u8| below(word ^ (ONES * u64::from(octet)), 1);
        let ends = equal(b'"') | equal(b'\\') | below(word, 0x20);
        if ends != 0 {
            return i * 8 + ends.trailing_zeros() as usize / 8;
        }
    }
    let plain = |octet: &&u8| !matches!(octet, b'"' | b'\\' | 0..0x20);
    words.len() * 8 + octets.iter().skip(words.len() * 8).take_while(plain).count()
}

/// Whether no two are equal. Each is compared with the earlier ones, so the caller has bounded how many there are.
pub(crate) fn distinct(names: &[Cow<'_, str>]) -> bool {
    names.iter().enumerate().all(|(i, name)| !names.iter().take(i).any(|earlier| earlier == name))
}

/// Resolves the escapes of a string's text (RFC 8259 section 7). The result is never longer than the text.
fn unescape(raw: &str) -> Result<String, JsonError> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, after)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut chars = after.chars();
        let resolved = match chars.next() {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let (c, tail) = unicode_escape(chars.as_str())?;
                chars = tail.chars();
                c
            }
            _ => return Err(JsonError::Syntax),
        };
        out.push(resolved);
        rest = chars.as_str();
    }
    out.push_str(rest);
    Ok(out)
}

/// The character whose four hexadecimal digits `text` begins with, and what follows; surrogates must come as a pair.
fn unicode_escape(text: &str) -> Result<(char, &str), JsonError> {
    let (high, rest) = four_hex(text)?;
    if !(0xd800..0xe000).contains(&high) {
        return char::from_u32(high).map(|c| (c, rest)).ok_or(JsonError::LoneSurrogate);
    }
    let (low, rest) = rest.strip_prefix("\\u").ok_or(JsonError::LoneSurrogate).and_then(four_hex)?;
    if high >= 0xdc00 || !(0xdc00..0xe000).contains(&low) {
        return Err(JsonError::LoneSurrogate);
    }
    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
        .map(|c| (c, rest))
        .ok_or(JsonError::LoneSurrogate)
}

fn four_hex(text: &str) -> Result<(u32, &str), JsonError> {
    let (digits, rest) = text.split_at_checked(4).ok_or(JsonError::Syntax)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(JsonError::Syntax);
    }
    u32::from_str_radix(digits, 16).map(|code| (code, rest)).map_err(|_| JsonError::Syntax)
}

impl<'de> Parser<'de> {
    fn read_any<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            Some(b'{') => self.object()?.visit(visitor),
            Some(b'[') => self.array()?.visit(visitor),
            Some(b'"') => match self.string()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            Some(b't') => self.literal("true").map_err(Error::from).and_then(|()| visitor.visit_bool(true)),
            Some(b'f') => self.literal("false").map_err(Error::from).and_then(|()| visitor.visit_bool(false)),
            Some(b'n') => self.literal("null").map_err(Error::from).and_then(|()| visitor.visit_unit()),
            Some(b'-' | b'0'..=b'9') => match self.number()?.1 {
                Number::Unsigned(integer) => visitor.visit_u64(integer),
                Number::Negative(integer) => visitor.visit_i64(integer),
                Number::Float(float) => visitor.visit_f64(float),
            },
            _ => Err(JsonError::Syntax.into()),
        }
    }

    /// A variant without content is its name; another is an object of one member, the name and the content.
    fn read_enum<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            Some(b'"') => visitor.visit_enum(name_deserializer(self.string()?)),
            Some(b'{') => {
                let mut object = self.object()?;
                let value = visitor.visit_enum(MapAccessDeserializer::new(&mut object))?;
                if object.next_name()?.is_some() { Err(Error::Shape) } else { Ok(value) }
            }
            _ => self.raw_value().map_err(Error::from).and(Err(Error::Shape)),
        }
    }
}

impl<'de> de::Deserializer<'de> for &mut Parser<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let depth = self.depth;
        let result = self.read_any(visitor);
        self.note_value(result, depth)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.peek() != Some(b'n') {
            return visitor.visit_some(self);
        }
        let result = self.literal("null").map_err(Error::from).and_then(|()| visitor.visit_none());
        self.note(result)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let depth = self.depth;
        let result = self.read_enum(visitor);
        self.note_value(result, depth)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// An open array.
pub(crate) struct Array<'p, 'de> {
    parser: &'p mut Parser<'de>,
    first: bool,
    done: bool,
}

impl<'de> Array<'_, 'de> {
    /// Moves to the next element, or closes the array.
    fn advance(&mut self) -> Result<bool, JsonError> {
        if !self.done && self.parser.take(b']') {
            self.parser.close();
            self.done = true;
        } else if !self.done && !std::mem::take(&mut self.first) {
            self.parser.expect(b',')?;
        }
        Ok(!self.done)
    }

    /// Hands the elements to a serde visitor, which must take all of them.
    fn visit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let value = visitor.visit_seq(&mut self)?;
        let mut complete = true;
        while let Some(parser) = self.next()? {
            parser.raw_value()?;
            complete = false;
        }
        if complete { Ok(value) } else { Err(Error::Shape) }
    }

    /// The parser, from which the next element must then be read.
    pub(crate) fn next(&mut self) -> Result<Option<&mut Parser<'de>>, JsonError> {
        Ok(if self.advance()? { Some(self.parser) } else { None })
    }
}

impl<'de> SeqAccess<'de> for Array<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let next = self.advance().map_err(Error::from);
        if self.parser.note(next)? { seed.deserialize(&mut *self.parser).map(Some) } else { Ok(None) }
    }
}
