package place

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// maxLine bounds a line, in bytes.
const maxLine = 1 << 20

// errLong is a line beyond that.
var errLong = errors.New("a line of more than 1 MB")

func (t *Trace) read(from io.Reader) error {
	source := bufio.NewReaderSize(from, 1<<16)
	if magic, _ := source.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		zip, err := gzip.NewReader(source)
		if err != nil {
			return fmt.Errorf("%s: %w", t.options.Name, err)
		}
		source = bufio.NewReaderSize(zip, 1<<16)
	} else {
		t.misnamed = strings.HasSuffix(t.options.Name, ".gz")
	}
	if head, _ := source.Peek(10); bytes.HasPrefix(head, []byte(`{"format":`)) {
		return t.readObservations(source)
	}
	if mark, _ := source.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = source.Discard(len(mark)) // a byte order mark, as spreadsheets write it
	}
	t.columns = [5]int{0, 1, 2, 3, 4}
	for {
		line, err := nextLine(source)
		if errors.Is(err, io.EOF) {
			return t.flushed()
		}
		if t.line++; err == nil {
			err = t.take(strings.TrimSpace(string(line)))
		}
		if cut := damaged(err); err != nil {
			if err = t.bad(err); err == nil && cut {
				return t.flushed()
			}
		}
		if err != nil {
			return err
		}
	}
}

// nextLine is the next line, with its end; io.EOF after the last one. What a broken source leaves of a line is none.
func nextLine(from *bufio.Reader) (line []byte, err error) {
	part, err := from.ReadSlice('\n')
	if err == nil {
		return part, nil
	}
	line = slices.Clone(part)
	for errors.Is(err, bufio.ErrBufferFull) {
		if part, err = from.ReadSlice('\n'); len(line) <= maxLine {
			line = append(line, part...)
		}
	}
	switch {
	case damaged(err):
		return nil, fmt.Errorf("the compressed file is damaged from here on: %w", err)
	case err != nil && !errors.Is(err, io.EOF):
		return nil, spoolError{err}
	case len(line) > maxLine:
		return nil, errLong
	case len(line) == 0:
		return nil, io.EOF
	}
	return line, nil
}

// damaged says that an archive cannot be read on. Other trouble with a source, an interrupt above all, is not its fault.
func damaged(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.As(err, &corrupt)
}

// header reads the names of columns, if a line has them.
func (t *Trace) header(text string) bool {
	names, _ := cells(strings.ToLower(text))
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	if !slices.Contains(names, "object") || !slices.Contains(names, "edge") {
		return false
	}
	for field, name := range fieldNames {
		t.columns[field] = slices.Index(names, name)
	}
	return true
}

// take reads one line.
func (t *Trace) take(text string) error {
	if text == "" || text[0] == '#' {
		return nil
	}
	if first := !t.begun; first {
		if t.begun = true; t.header(text) {
			return nil
		}
	}
	var fields [5]string
	var err error
	if text[0] == '{' {
		fields, err = jsonFields(text)
	} else {
		fields, err = t.csvFields(text)
	}
	if err != nil {
		return err
	}
	return t.access(fields)
}

// bad counts the line at hand, which is not good, or ends the reading.
func (t *Trace) bad(err error) error { return t.badAt(t.line, err) }

func (t *Trace) badAt(number int, err error) error {
	var broken spoolError
	if err == nil || errors.As(err, &broken) {
		return err
	}
	return t.skip(fmt.Errorf("%s:%d: %w", t.options.Name, number, err), err)
}

// skip counts what a lenient reader leaves out.
func (t *Trace) skip(line, err error) error {
	if !t.options.Lenient {
		return line
	}
	t.Skipped.Lines++
	kind := kindOf(err.Error())
	if len(t.Skipped.kinds) >= 8 || t.Skipped.kinds[kind] {
		return nil
	}
	if t.Skipped.kinds == nil {
		t.Skipped.kinds = map[string]bool{}
	}
	t.Skipped.kinds[kind] = true
	t.Skipped.Examples = append(t.Skipped.Examples, line.Error())
	return nil
}

// kindOf is what is wrong, but for names and numbers.
func kindOf(reason string) string {
	kind, _, _ := strings.Cut(reason, ";")
	quoted := false
	return strings.Map(func(r rune) rune {
		if r == '"' {
			quoted = !quoted
		}
		if quoted || unicode.IsDigit(r) || strings.ContainsRune(`".hmsµn`, r) { // the letters of a duration
			return -1
		}
		return r
	}, kind)
}

// cells cuts a line at its commas; within quotes there are none.
func cells(text string) ([]string, error) {
	if !strings.Contains(text, `"`) {
		return strings.Split(text, ","), nil
	}
	parts, err := csv.NewReader(strings.NewReader(text)).Read()
	if err != nil {
		return nil, errors.New("the quotes do not match")
	}
	return parts, nil
}

func (t *Trace) csvFields(text string) (fields [5]string, err error) {
	parts, err := cells(text)
	if err != nil {
		return fields, err
	}
	for field, at := range t.columns {
		if at >= 0 && at < len(parts) {
			fields[field] = strings.TrimSpace(parts[at])
		} else if field <= edgeField {
			return fields, fmt.Errorf("no %s: want time,object,edge[,op[,bytes]]%s", fieldNames[field], instead(text))
		}
	}
	return fields, nil
}

// instead says what a line is, if that is easily told, where its fields should be.
func instead(text string) string {
	switch {
	case strings.HasPrefix(text, "PK\x03\x04"):
		return "; this is a ZIP archive, and of archives gzip is read"
	case strings.ContainsRune(text, 0):
		return "; this is no text"
	case strings.Count(text, ";") >= edgeField || strings.Count(text, "\t") >= edgeField:
		return "; commas are between fields, neither semicolons nor tabs"
	}
	return ""
}

// jsonFields takes numbers for text and text for numbers: exports differ in what they quote.
func jsonFields(text string) (fields [5]string, err error) {
	var line struct {
		Time, Object, Bytes json.RawMessage
		Edge, Op            string
	}
	if err := json.Unmarshal([]byte(text), &line); err != nil {
		return fields, fmt.Errorf("no line of JSON: %w", err)
	}
	fields[edgeField], fields[opField] = line.Edge, line.Op
	for _, f := range [...]struct {
		field int
		raw   json.RawMessage
	}{{timeField, line.Time}, {objectField, line.Object}, {bytesField, line.Bytes}} {
		switch fields[f.field] = string(f.raw); {
		case fields[f.field] == "null":
			fields[f.field] = ""
		case len(f.raw) > 0 && f.raw[0] == '"':
			if err := json.Unmarshal(f.raw, &fields[f.field]); err != nil {
				return fields, fmt.Errorf("no line of JSON: %w", err)
			}
		}
	}
	return fields, nil
}
