//! Checks JSON by the schemas in docs/json, with the keywords of JSON Schema that they use.
//!
//! The check is stricter than JSON Schema: a field that the schema does not list is a fault. So the program gets no field
//! that nobody described, while programs of users that check by these schemas accept fields of later versions.

use std::fs;

use serde_json::{Map, Value};

use crate::common;

pub struct Schema(Value);

impl Schema {
    /// Reads docs/json/NAME.schema.json.
    pub fn read(name: &str) -> Self {
        let path = common::root().join(format!("docs/json/{name}.schema.json"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// What is wrong with the value.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        self.check_part(&self.0, value, "the object")
    }

    fn check_part(&self, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
        for (keyword, rule) in object(schema) {
            let fields = value.as_object().into_iter().flatten();
            let elements = value.as_array().into_iter().flatten();
            let has = |name: &Value| value.get(text(name)).is_some();
            let number = value.as_f64();
            let kept = match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" => true,
                "$ref" => {
                    self.check_part(self.definition(text(rule)), value, place)?;
                    true
                }
                "type" => types(rule).iter().any(|name| is_of_type(value, text(name))),
                "const" => value == rule,
                "enum" => list(rule).contains(value),
                "minimum" => number.is_none_or(|number| number >= amount(rule)),
                "maximum" => number.is_none_or(|number| number <= amount(rule)),
                "minItems" => !value.is_array() || elements.count() as f64 >= amount(rule),
                "maxItems" => !value.is_array() || elements.count() as f64 <= amount(rule),
                "minProperties" => !value.is_object() || fields.count() as f64 >= amount(rule),
                "maxProperties" => !value.is_object() || fields.count() as f64 <= amount(rule),
                "required" => !value.is_object() || list(rule).iter().all(has),
                "anyOf" => list(rule).iter().any(|schema| self.check_part(schema, value, place).is_ok()),
                "items" => {
                    for (i, element) in elements.enumerate() {
                        self.check_part(rule, element, &format!("{place}[{i}]"))?;
                    }
                    true
                }
                "properties" => {
                    for (name, field) in fields {
                        let schema = rule.get(name).ok_or_else(|| format!("{place} has a field {name}"))?;
                        self.check_part(schema, field, &format!("{place}.{name}"))?;
                    }
                    true
                }
                // Unlisted fields are faults anyway.
                "additionalProperties" if *rule == Value::Bool(false) => true,
                _ => panic!("these tests do not know `{keyword}: {rule}`; teach them, or write the schema without it"),
            };
            if !kept {
                return Err(format!("{place} breaks `{keyword}: {rule}`: {value}"));
            }
        }
        Ok(())
    }

    fn definition(&self, reference: &str) -> &Value {
        let name = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} is in another file"));
        self.0.pointer(name).unwrap_or_else(|| panic!("{reference} is not there"))
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => panic!("JSON Schema has no type {name}"),
    }
}

fn types(rule: &Value) -> &[Value] {
    rule.as_array().map_or(std::slice::from_ref(rule), Vec::as_slice)
}

fn object(schema: &Value) -> &Map<String, Value> {
    schema.as_object().unwrap_or_else(|| panic!("a schema is an object, not {schema}"))
}

fn list(rule: &Value) -> &[Value] {
    rule.as_array().unwrap_or_else(|| panic!("this is no list: {rule}"))
}

fn text(rule: &Value) -> &str {
    rule.as_str().unwrap_or_else(|| panic!("this is no text: {rule}"))
}

fn amount(rule: &Value) -> f64 {
    rule.as_f64().unwrap_or_else(|| panic!("this is no number: {rule}"))
}

#[test]
fn each_keyword_refuses_something() {
    let check = |schema: &str, value: &str| {
        let schema = Schema(serde_json::from_str(schema).unwrap());
        schema.check(&serde_json::from_str(value).unwrap()).is_ok()
    };
    for (schema, good, bad) in [
        (r##"{"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}"##, r#""a""#, "1"),
        (r#"{"type": "integer"}"#, "1", "1.5"),
        (r#"{"type": "number"}"#, "1.5", r#""1""#),
        (r#"{"type": "boolean"}"#, "true", "0"),
        (r#"{"type": "array"}"#, "[]", "{}"),
        (r#"{"type": ["object", "null"]}"#, "null", "[]"),
        (r#"{"const": 1}"#, "1", "2"),
        (r#"{"enum": ["a", "b"]}"#, r#""b""#, r#""c""#),
        (r#"{"minimum": 1}"#, "1", "0"),
        (r#"{"maximum": 1}"#, "1", "1.5"),
        (r#"{"minItems": 1}"#, "[1]", "[]"),
        (r#"{"maxItems": 1}"#, "[1]", "[1, 2]"),
        (r#"{"minProperties": 1}"#, r#"{"a": 1}"#, "{}"),
        (r#"{"maxProperties": 1}"#, r#"{"a": 1}"#, r#"{"a": 1, "b": 2}"#),
        (r#"{"required": ["a"]}"#, r#"{"a": 1}"#, r#"{"b": 1}"#),
        (r#"{"anyOf": [{"type": "null"}, {"type": "string"}]}"#, "null", "1"),
        (r#"{"items": {"type": "string"}}"#, r#"["a"]"#, r#"["a", 1]"#),
        (r#"{"properties": {"a": {"type": "string"}}}"#, r#"{"a": "b"}"#, r#"{"a": 1}"#),
        (r#"{"properties": {"a": {"type": "string"}}}"#, "{}", r#"{"b": "b"}"#),
    ] {
        assert!(check(schema, good) && !check(schema, bad), "{schema}: {good}, {bad}");
    }
}
