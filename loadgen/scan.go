package loadgen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds nesting in a field that the reader skips.
const maxDepth = 32

// scanner reads one JSON text in order, without building a tree. It exists
// because encoding/json needs several times as long for a line, and histories
// are long.
type scanner struct {
	text []byte
	at   int
}

func (s *scanner) fail(want string) error {
	return fmt.Errorf("column %d: want %s", s.at+1, want)
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// take steps over c and the space around it, if it is next.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.at >= len(s.text) || s.text[s.at] != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) end() error {
	if s.space(); s.at < len(s.text) {
		return s.fail("the end of the line")
	}
	return nil
}

// object calls field for each name, with the scanner before its value; field
// must consume the value.
func (s *scanner) object(field func(name []byte) error) error {
	if !s.take('{') {
		return s.fail("an object")
	}
	if s.take('}') {
		return nil
	}
	for {
		name, err := s.bytes()
		if err != nil {
			return err
		}
		if !s.take(':') {
			return s.fail("a colon")
		}
		if err := field(name); err != nil {
			return err
		}
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return s.fail("a comma or the end of the object")
		}
	}
}

// bytes reads a string. The answer is valid until the text changes.
func (s *scanner) bytes() ([]byte, error) {
	if !s.take('"') {
		return nil, s.fail("a string")
	}
	start := s.at
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[start : s.at-1], nil
		case c == '\\' || c >= utf8.RuneSelf:
			return s.slowBytes(start)
		case c < ' ':
			return nil, s.fail("no control byte in a string")
		}
	}
	return nil, s.fail("the end of a string")
}

// slowBytes reads a string that holds escapes or is not ASCII.
func (s *scanner) slowBytes(start int) ([]byte, error) {
	for ; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			var text string
			if err := json.Unmarshal(s.text[start-1:s.at], &text); err != nil {
				return nil, s.fail("a well-formed string")
			}
			return []byte(strings.ToValidUTF8(text, "\uFFFD")), nil
		}
	}
	return nil, s.fail("the end of a string")
}

var errOverflow = errors.New("the number is too large")

func (s *scanner) uint64() (uint64, error) {
	s.space()
	start, n := s.at, uint64(0)
	for ; s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9'; s.at++ {
		digit := uint64(s.text[s.at] - '0')
		if n > (1<<64-1-digit)/10 {
			return 0, fmt.Errorf("column %d: %w", start+1, errOverflow)
		}
		n = n*10 + digit
	}
	digits := s.at - start
	if digits == 0 || digits > 1 && s.text[start] == '0' {
		return 0, s.fail("a whole number")
	}
	return n, nil
}

func (s *scanner) int64() (int64, error) {
	negative := s.take('-')
	n, err := s.uint64()
	switch {
	case err != nil:
		return 0, err
	case n > 1<<63-1:
		return 0, fmt.Errorf("column %d: %w", s.at, errOverflow)
	case negative:
		return -int64(n), nil
	}
	return int64(n), nil
}

func (s *scanner) bool() (bool, error) {
	s.space()
	rest := s.text[s.at:]
	switch {
	case bytes.HasPrefix(rest, []byte("true")):
		s.at += len("true")
		return true, nil
	case bytes.HasPrefix(rest, []byte("false")):
		s.at += len("false")
		return false, nil
	}
	return false, s.fail("true or false")
}

// skip steps over one value of any kind: a field that a later version writes
// must not stop an earlier reader.
func (s *scanner) skip(depth int) error {
	s.space()
	if s.at >= len(s.text) || depth > maxDepth {
		return s.fail("a value, not nested too deeply")
	}
	switch s.text[s.at] {
	case '{':
		return s.object(func([]byte) error { return s.skip(depth + 1) })
	case '[':
		return s.skipArray(depth)
	case '"':
		_, err := s.bytes()
		return err
	}
	start := s.at
	for s.at < len(s.text) && strings.IndexByte(",]} \t\r\n", s.text[s.at]) < 0 {
		s.at++
	}
	if !json.Valid(s.text[start:s.at]) {
		return s.fail("a value")
	}
	return nil
}

func (s *scanner) skipArray(depth int) error {
	s.at++
	if s.take(']') {
		return nil
	}
	for {
		if err := s.skip(depth + 1); err != nil {
			return err
		}
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return s.fail("a comma or the end of the array")
		}
	}
}
