package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Condition is one circumstance under which numbers were got.
type Condition struct{ Key, Value string }

// Conditions keep the order they were given in, also in JSON, where they are an object.
type Conditions []Condition

// With adds a condition, or changes the value of one that is there.
func (c Conditions) With(key, value string) Conditions {
	for i := range c {
		if c[i].Key == key {
			c[i].Value = value
			return c
		}
	}
	return append(c, Condition{key, value})
}

// Value is what a key was set to, or nothing.
func (c Conditions) Value(key string) string {
	for i := range c {
		if c[i].Key == key {
			return c[i].Value
		}
	}
	return ""
}

// MarshalJSON writes an object in the given order.
func (c Conditions) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, cond := range c {
		if i > 0 {
			out.WriteByte(',')
		}
		for j, s := range [2]string{cond.Key, cond.Value} {
			text, err := json.Marshal(s)
			if err != nil {
				return nil, fmt.Errorf("write condition %q: %w", cond.Key, err)
			}
			if j > 0 {
				out.WriteByte(':')
			}
			out.Write(text)
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// UnmarshalJSON reads an object and keeps its order.
func (c *Conditions) UnmarshalJSON(data []byte) error {
	*c = nil
	dec := json.NewDecoder(bytes.NewReader(data))
	tok, err := dec.Token()
	if err != nil {
		return fmt.Errorf("read conditions: %w", err)
	}
	if tok == nil {
		return nil
	}
	if tok != json.Delim('{') {
		return fmt.Errorf("read conditions: %v is no object", tok)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return fmt.Errorf("read conditions: %w", err)
		}
		var value any
		if err := dec.Decode(&value); err != nil {
			return fmt.Errorf("read condition %q: %w", key, err)
		}
		*c = append(*c, Condition{fmt.Sprint(key), fmt.Sprint(value)})
	}
	return nil
}
