//! JSON objects: members in order, names unique.

use std::borrow::Cow;

use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, Visitor, value::CowStrDeserializer};

use super::{
    error::{Error, JsonError},
    json::Parser,
    limits,
};

/// An open object. Names come out of [`Object::next_name`]; each one's value must then be read from `parser`.
pub(crate) struct Object<'p, 'de> {
    pub(crate) parser: &'p mut Parser<'de>,
    /// How many members were begun.
    count: usize,
    /// Where this object's names begin in `parser.names`.
    first_name: usize,
    /// The same in `parser.escaped_names`.
    first_escaped: usize,
    /// A bit for each name so far, by a few of its octets: a name whose bit is not there is new, and need not be looked for.
    seen: u64,
    /// Where the value of the last name begins.
    value_at: usize,
    done: bool,
}

impl<'p, 'de> Object<'p, 'de> {
    /// For an object whose `{` has been read.
    pub(super) fn new(parser: &'p mut Parser<'de>) -> Self {
        let (first_name, first_escaped) = (parser.names.len(), parser.escaped_names.len());
        Self { parser, count: 0, first_name, first_escaped, seen: 0, value_at: 0, done: false }
    }

    /// The next member's name, or `None` once the object is closed.
    pub(crate) fn next_name(&mut self) -> Result<Option<Cow<'de, str>>, JsonError> {
        if self.done {
            return Ok(None);
        }
        // A visitor that asks for two names in turn has skipped a value, which nothing has checked.
        if self.parser.at == self.value_at {
            return Err(JsonError::Syntax);
        }
        let mut next = self.parser.peek();
        if next == Some(b'}') {
            self.parser.at += 1;
            self.parser.names.truncate(self.first_name);
            self.parser.escaped_names.truncate(self.first_escaped);
            self.parser.close();
            self.done = true;
            return Ok(None);
        }
        if self.count > 0 {
            self.parser.expect(b',')?;
            next = self.parser.peek();
        }
        if self.count >= limits::MEMBERS {
            return Err(JsonError::TooManyMembers);
        }
        self.count += 1;
        if next != Some(b'"') {
            return Err(JsonError::Syntax);
        }
        let name = self.parser.string()?;
        self.parser.expect(b':')?;
        if self.is_duplicate(&name) {
            return Err(JsonError::DuplicateMember);
        }
        match &name {
            Cow::Borrowed(name) => self.parser.names.push(name),
            Cow::Owned(name) => self.parser.escaped_names.push(name.clone()),
        }
        self.value_at = self.parser.at;
        Ok(Some(name))
    }

    /// Whether an earlier member of this object has that name. If not, the next one will.
    fn is_duplicate(&mut self, name: &str) -> bool {
        let [first, last] =
            [name.as_bytes().first(), name.as_bytes().last()].map(|octet| octet.map_or(0, |octet| *octet));
        let bit = 1 << ((first ^ last.rotate_left(3)) & 63);
        if self.seen & bit == 0 {
            self.seen |= bit;
            return false;
        }
        let earlier = self.parser.names.get(self.first_name..).unwrap_or_default();
        let escaped = self.parser.escaped_names.get(self.first_escaped..).unwrap_or_default();
        earlier.contains(&name) || escaped.iter().any(|earlier| earlier == name)
    }

    /// Hands the members to a serde visitor, which must take all of them.
    pub(super) fn visit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let value = visitor.visit_map(&mut self)?;
        let mut complete = true;
        while self.next_name()?.is_some() {
            self.parser.raw_value()?;
            complete = false;
        }
        if complete { Ok(value) } else { Err(Error::Shape) }
    }
}

impl<'de> MapAccess<'de> for Object<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let name = self.next_name().map_err(Error::from);
        name_seed(self.parser, name, seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.parser)
    }
}

/// A member name as read, on its way into a map's key type.
pub(crate) fn name_seed<'de, K: DeserializeSeed<'de>>(
    parser: &mut Parser<'de>,
    name: Result<Option<Cow<'de, str>>, Error>,
    seed: K,
) -> Result<Option<K::Value>, Error> {
    let key = name.and_then(|name| name.map(|name| seed.deserialize(NameDeserializer(name))).transpose());
    parser.note(key)
}

/// A string as serde's own deserializer for text (also of an enum's variant without data).
pub(super) fn name_deserializer(name: Cow<'_, str>) -> CowStrDeserializer<'_, Error> {
    name.into_deserializer()
}

/// A member name as a map's key: text, or a number or bool written as text, in its one usual form. With more than one, names
/// that differ could become one key.
struct NameDeserializer<'de>(Cow<'de, str>);

macro_rules! parsed {
    ($($method:ident $visit:ident $type:ty),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let value = self.0.parse::<$type>().ok().filter(|value| value.to_string() == *self.0);
            visitor.$visit(value.ok_or(Error::Shape)?)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for NameDeserializer<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Cow::Borrowed(name) => visitor.visit_borrowed_str(name),
            Cow::Owned(name) => visitor.visit_string(name),
        }
    }

    parsed! {
        deserialize_bool visit_bool bool,
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        name_deserializer(self.0).deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
