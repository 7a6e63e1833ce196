package loadgen

import (
	"fmt"
	"math"
	"time"

	"github.com/durabench/durabench/regions"
)

// internLimit bounds the strings a decoder keeps. Names of edges, objects and
// nodes repeat in nearly every line, and a message in every one of its deliveries.
const internLimit = 1 << 16

// decoder reads the lines of one file.
type decoder struct {
	scanner
	interned map[string]string
}

// decode reads one line into o, whatever it held before.
func (d *decoder) decode(line []byte, o *Observation) error {
	*o = Observation{}
	d.text, d.at = line, 0
	if err := d.object(func(name []byte) error { return d.field(name, o) }); err != nil {
		return err
	}
	if err := d.end(); err != nil {
		return err
	}
	switch o.Outcome {
	case OK, Failed, Unknown:
		return nil
	}
	return fmt.Errorf("outcome %q: want %q, %q or %q", o.Outcome, OK, Failed, Unknown)
}

func (d *decoder) field(name []byte, o *Observation) error {
	switch string(name) {
	case "seq":
		return read(&o.Seq, d.uint64)
	case "client":
		return d.int(&o.Client)
	case "edge":
		return decodeString(d, &o.Edge)
	case "class":
		return decodeString(d, &o.Class)
	case "object":
		return decodeString(d, &o.Object)
	case "operation":
		return d.object(func(name []byte) error { return d.operation(name, &o.Operation) })
	case "scheduled_us":
		return d.micros(&o.Scheduled)
	case "sent_us":
		return d.micros(&o.Sent)
	case "done_us":
		return d.micros(&o.Done)
	case "outcome":
		return decodeString(d, &o.Outcome)
	case "reply":
		return d.object(func(name []byte) error { return d.reply(name, &o.Reply) })
	case "server":
		return d.object(func(name []byte) error { return d.server(name, &o.Server) })
	case "budget_us":
		return d.object(func(name []byte) error { return d.part(name, &o.Budget) })
	}
	return d.skip(0)
}

func (d *decoder) operation(name []byte, op *Operation) error {
	switch string(name) {
	case "kind":
		return decodeString(d, &op.Kind)
	case "text":
		return decodeString(d, &op.Text)
	case "sender":
		return d.int(&op.Sender)
	}
	return d.skip(0)
}

func (d *decoder) reply(name []byte, r *Reply) error {
	switch string(name) {
	case "status":
		return d.int(&r.Status)
	case "value":
		return read(&r.Value, d.int64)
	case "allowed":
		return read(&r.Allowed, d.bool)
	case "text":
		return decodeString(d, &r.Text)
	case "error":
		return decodeString(d, &r.Error)
	}
	return d.skip(0)
}

func (d *decoder) server(name []byte, s *Server) error {
	switch string(name) {
	case "home":
		return decodeString[regions.ID](d, &s.Home)
	case "node":
		return decodeString(d, &s.Node)
	case "epoch":
		return read(&s.Epoch, d.uint64)
	case "moved":
		return read(&s.Moved, d.bool)
	}
	return d.skip(0)
}

func (d *decoder) part(name []byte, b *Budget) error {
	part, known := ParsePart(string(name))
	if !known {
		return fmt.Errorf("column %d: no part of the budget is called %q", d.at+1, name)
	}
	return d.micros(&b[part])
}

func (d *decoder) micros(to *time.Duration) error {
	us, err := d.int64()
	if err != nil {
		return err
	}
	if us > math.MaxInt64/1000 || us < math.MinInt64/1000 {
		return fmt.Errorf("column %d: %w", d.at, errOverflow)
	}
	*to = time.Duration(us) * time.Microsecond
	return nil
}

func (d *decoder) int(to *int) error {
	n, err := d.int64()
	if err == nil && n != int64(int(n)) {
		err = fmt.Errorf("column %d: %w", d.at, errOverflow)
	}
	*to = int(n)
	return err
}

func read[T any](to *T, from func() (T, error)) error {
	value, err := from()
	*to = value
	return err
}

func decodeString[S ~string](d *decoder, to *S) error {
	text, err := d.bytes()
	if err != nil {
		return err
	}
	kept, found := d.interned[string(text)]
	if !found {
		if len(d.interned) >= internLimit || d.interned == nil {
			d.interned = make(map[string]string)
		}
		kept = string(text)
		d.interned[kept] = kept
	}
	*to = S(kept)
	return nil
}
