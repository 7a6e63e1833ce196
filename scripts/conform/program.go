package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// compile turns a program as people write it into the JSON that a probe reads:
//
//	put "k" 1; transaction ( put "k" 2; throw "no" ); get "k"
//	[["put","k",1],["transaction",[["put","k",2],["throw","no"]]],["get","k"]]
//
// An argument is a JSON value, or a program in parentheses.
func compile(text string) ([]byte, error) {
	c := compiler{rest: text}
	program, err := c.program()
	if err != nil {
		return nil, err
	}
	if c.skip(); c.rest != "" {
		return nil, fmt.Errorf("%q stands behind the program", c.rest)
	}
	return program, nil
}

type compiler struct{ rest string }

func (c *compiler) skip() { c.rest = strings.TrimLeftFunc(c.rest, unicode.IsSpace) }

// take takes a mark if it is next.
func (c *compiler) take(mark string) bool {
	c.skip()
	after, ok := strings.CutPrefix(c.rest, mark)
	c.rest = after
	return ok
}

func (c *compiler) program() (json.RawMessage, error) {
	steps := []json.RawMessage{}
	for {
		one, err := c.operation()
		if err != nil {
			return nil, err
		}
		steps = append(steps, one)
		if !c.take(";") {
			return json.Marshal(steps)
		}
	}
}

func (c *compiler) operation() (json.RawMessage, error) {
	c.skip()
	end := strings.IndexFunc(c.rest, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		end = len(c.rest)
	}
	if end == 0 {
		return nil, fmt.Errorf("want the name of an operation at %.20q", c.rest)
	}
	name, err := json.Marshal(c.rest[:end])
	if err != nil {
		return nil, err
	}
	c.rest = c.rest[end:]
	parts := []json.RawMessage{name}
	for {
		argument, err := c.argument()
		if err != nil {
			return nil, err
		}
		if argument == nil {
			return json.Marshal(parts)
		}
		parts = append(parts, argument)
	}
}

// argument is nil where the operation ends.
func (c *compiler) argument() (json.RawMessage, error) {
	c.skip()
	if c.rest == "" || c.rest[0] == ';' || c.rest[0] == ')' {
		return nil, nil
	}
	if c.take("(") {
		inner, err := c.program()
		if err == nil && !c.take(")") {
			err = fmt.Errorf("want ) at %.20q", c.rest)
		}
		return inner, err
	}
	var value json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader([]byte(c.rest)))
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("read argument at %.20q: %w", c.rest, err)
	}
	c.rest = c.rest[decoder.InputOffset():]
	return value, nil
}
