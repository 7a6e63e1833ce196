package price

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// Usage is what one class is charged for, on an object and, written in the usual
// way, on each of the other primitives. A bill holds the units of all of them.
type Usage struct {
	// WakeRows are read from storage when an instance is constructed.
	WakeRows float64
	// Bytes are stored for each object when it is full.
	Bytes float64
	// Operations are by kind.
	Operations map[string]Bill
	// Poll is what a member pays to ask a primitive that pushes nothing for news.
	Poll Bill
	// Known is false of a class that usage.json does not have.
	Known bool
}

//go:embed usage.json
var usages []byte

// UsageOf is what a class is charged for. Of an unknown one, each operation is
// a request that writes a row.
func UsageOf(class string) Usage {
	all, err := parseUsages(usages)
	if err != nil {
		panic("price: the embedded usage is wrong: " + err.Error())
	}
	return all[class]
}

// otherwise is charged for an operation that nobody described: what a write
// costs on each primitive.
var otherwise = Bill{ObjectRequest: 1, ObjectRowWritten: 1, KVRead: 1, KVWrite: 1, D1Read: 1, D1Written: 1, R2ClassB: 1, R2ClassA: 1}

// Of is what one operation of a kind is charged, and whether that is known.
func (u *Usage) Of(kind string) (Bill, bool) {
	if b, known := u.Operations[kind]; known {
		return b, true
	}
	return otherwise, false
}

func parseUsages(data []byte) (map[string]Usage, error) {
	var file map[string]struct {
		Bytes      float64
		WakeRows   float64 `json:"wake rows"`
		Operations map[string]map[string]float64
		Poll       map[string]float64
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read usage: %w", err)
	}
	all := make(map[string]Usage, len(file))
	for class, f := range file {
		u := Usage{WakeRows: f.WakeRows, Bytes: f.Bytes, Operations: make(map[string]Bill), Known: true}
		var err error
		if u.Poll, err = billOf(f.Poll); err != nil {
			return nil, fmt.Errorf("read usage of %s: %w", class, err)
		}
		for kind, counts := range f.Operations {
			if u.Operations[kind], err = billOf(counts); err != nil {
				return nil, fmt.Errorf("read usage of %s: %s: %w", class, kind, err)
			}
		}
		all[class] = u
	}
	return all, nil
}

func billOf(counts map[string]float64) (Bill, error) {
	var b Bill
	for name, n := range counts {
		u, known := ParseUnit(name)
		if !known || n < 0 {
			return b, fmt.Errorf("%v of %q: no such unit", n, name)
		}
		b[u] = n
	}
	return b, nil
}
