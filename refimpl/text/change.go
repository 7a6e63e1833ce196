package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of what is accepted from outside.
const (
	// MaxSpans bounds the spans of one change.
	MaxSpans = 1000
	// MaxBytes bounds a text, and what one change adds to it. A text is stored as
	// one value, which may have two million bytes.
	MaxBytes = 1 << 20
)

// ErrOutside is returned for a change that reaches beyond the end of its text.
var ErrOutside = errors.New("change reaches beyond the end of the text")

// ErrTooLong is returned for a text that would be longer than MaxBytes.
var ErrTooLong = errors.New("text too long")

// Span is one step of a change through a text: it keeps some of it, drops some,
// or adds something. Exactly one of the fields is set.
type Span struct {
	Keep, Drop int // code points
	Add        string
}

// length is how many code points of the text a span passes over.
func (s Span) length() int { return s.Keep + s.Drop }

func (s Span) keeps() bool { return s.Keep > 0 }
func (s Span) drops() bool { return s.Drop > 0 }
func (s Span) adds() bool  { return s.Add != "" }

// Change is what a writer did to a text, from its beginning on. What follows the
// last span is kept.
//
// Changes are in one form only, which builder makes: neighbours differ in kind,
// what is added stands before what is dropped at the same place, and the last
// span does not keep. JSON has a number for Keep, a negative one for Drop, and a
// string for Add: [5,"new",-3].
type Change []Span

// Insert adds at a position.
func Insert(at int, added string) Change {
	var b builder
	b.keep(at)
	b.add(added)
	return b.change()
}

// Remove drops from a position on.
func Remove(at, length int) Change {
	var b builder
	b.keep(at)
	b.drop(length)
	return b.change()
}

// Apply gives the text after a change.
func (c Change) Apply(to string) (string, error) {
	var out strings.Builder
	out.Grow(len(to))
	for _, s := range c {
		n, ok := prefix(to, s.length())
		if !ok {
			return "", ErrOutside
		}
		if s.Keep > 0 {
			out.WriteString(to[:n])
		}
		out.WriteString(s.Add)
		to = to[n:]
	}
	if out.Len()+len(to) > MaxBytes {
		return "", ErrTooLong
	}
	out.WriteString(to)
	return out.String(), nil
}

// prefix is how many bytes the first points of a text have.
func prefix(of string, points int) (bytes int, ok bool) {
	for ; points > 0 && bytes < len(of); points-- {
		_, size := utf8.DecodeRuneInString(of[bytes:])
		bytes += size
	}
	return bytes, points == 0
}

// Cursor is where a position is after a change. What is added at the position
// itself comes before it.
func (c Change) Cursor(position int) int {
	passed, moved := 0, position
	for _, s := range c {
		if passed > position {
			break
		}
		moved += utf8.RuneCountInString(s.Add)
		moved -= min(s.Drop, position-passed)
		passed += s.length()
	}
	return moved
}

// builder makes a change in its one form.
type builder struct{ spans Change }

func (b *builder) keep(n int) {
	if n > 0 {
		b.last(Span.keeps).Keep += n
	}
}

func (b *builder) drop(n int) {
	if n > 0 {
		b.last(Span.drops).Drop += n
	}
}

func (b *builder) add(text string) {
	if text == "" {
		return
	}
	var dropped Span
	if last := len(b.spans) - 1; last >= 0 && b.spans[last].drops() { // what is added comes first
		dropped, b.spans = b.spans[last], b.spans[:last]
	}
	b.last(Span.adds).Add += text
	b.drop(dropped.Drop)
}

// last is the last span if it is of a kind, else a new one behind it.
func (b *builder) last(ofKind func(Span) bool) *Span {
	if last := len(b.spans) - 1; last < 0 || !ofKind(b.spans[last]) {
		b.spans = append(b.spans, Span{})
	}
	return &b.spans[len(b.spans)-1]
}

// change is what was built, without a last span that keeps.
func (b *builder) change() Change {
	if last := len(b.spans) - 1; last >= 0 && b.spans[last].keeps() {
		b.spans = b.spans[:last]
	}
	return b.spans
}

// MarshalJSON writes the short form.
func (c Change) MarshalJSON() ([]byte, error) {
	parts := make([]any, len(c))
	for i, s := range c {
		switch {
		case s.Add != "":
			parts[i] = s.Add
		case s.Drop > 0:
			parts[i] = -s.Drop
		default:
			parts[i] = s.Keep
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // as browsers write it
	if err := encoder.Encode(parts); err != nil {
		return nil, fmt.Errorf("write change: %w", err)
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

// UnmarshalJSON reads the short form, and brings what it reads into the one form.
func (c *Change) UnmarshalJSON(data []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return fmt.Errorf("read change: %w", err)
	}
	if len(parts) > MaxSpans {
		return fmt.Errorf("read change: %d spans, at most %d", len(parts), MaxSpans)
	}
	var b builder
	for _, part := range parts {
		if err := b.read(part); err != nil {
			return err
		}
	}
	*c = b.change()
	return nil
}

func (b *builder) read(part json.RawMessage) error {
	if part[0] == '"' {
		var added string
		if err := json.Unmarshal(part, &added); err != nil {
			return fmt.Errorf("read change: %w", err)
		}
		if added == "" {
			return errors.New("read change: a span that adds nothing")
		}
		b.add(added)
		return nil
	}
	var n int
	if err := json.Unmarshal(part, &n); err != nil || n == 0 || n > MaxBytes || n < -MaxBytes {
		return fmt.Errorf("read change: span %.40s: want a length or a text", part)
	}
	b.keep(n)
	b.drop(-n)
	return nil
}
