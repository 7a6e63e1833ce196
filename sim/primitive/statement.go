package primitive

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/durabench/durabench/reports/price"
)

// writes says whether a statement needs the primary.
func (v Verb) writes() bool {
	return v != Get && v != List && v != GetAll && v != Select && v != Latest
}

// run does a statement at the primary and returns the row's new version, nil if it has none.
func (d *D1) run(f *flight, now time.Duration) *version {
	if !f.op.Verb.writes() {
		d.read(f, &d.primary, now)
		return nil
	}
	var old Value
	row, found := d.primary.rows[f.op.Key]
	if found {
		old = row.value
	}
	next, changed := d.apply(f, old, found, now)
	f.result.Found, f.result.Kept, f.result.Value = found || changed, changed, next
	if !changed {
		return nil
	}
	if f.op.Verb == Insert {
		f.result.Value.Messages = next.Messages[len(next.Messages)-1:]
	}
	d.bill[price.D1Written]++
	return &version{value: next, found: true, serial: uint64(d.primary.version) + 1}
}

// apply is what a statement makes of a row.
func (d *D1) apply(f *flight, old Value, found bool, now time.Duration) (Value, bool) {
	switch f.op.Verb {
	case Upsert:
		return f.op.Value, true
	case Add:
		d.bill[price.D1Read]++
		old.Number = max(0, old.Number+f.op.Value.Number)
		return old, true
	case Take:
		d.bill[price.D1Read]++
		return f.op.Limit.take(old, found, now)
	case Transfer:
		d.bill[price.D1Read] += 2
		next, enough := f.op.Move.apply(old, found)
		if enough {
			d.bill[price.D1Written] += 2 // run adds the third, of the log
		}
		return next, enough
	case Insert:
		d.rowID++
		message := f.op.Message
		message.ID = strconv.FormatUint(d.rowID, 10)
		return Value{Messages: appendRow(old.Messages, message)}, true
	}
	panic(fmt.Sprintf("d1: no verb %d", f.op.Verb))
}

// appendRow shares the rows before with the versions before, which end where
// they ended. Rows that no page reaches any more are let go of.
func appendRow(rows []Message, m Message) []Message {
	if len(rows) >= 2*page {
		rows = slices.Clone(rows[len(rows)-page:])
	}
	return append(rows, m)
}

// read answers a SELECT from an instance.
func (d *D1) read(f *flight, from *instance, now time.Duration) {
	row, ok := from.rows[f.op.Key]
	if !ok {
		return // an empty table has no rows to charge for
	}
	f.result = row.result(now, f.asked)
	if f.op.Verb != Latest {
		if row.found {
			d.bill[price.D1Read]++
		}
		return
	}
	rows := f.result.Value.Messages
	rows = rows[max(0, len(rows)-min(f.op.Count, page)):]
	f.result.Value.Messages = rows
	d.bill[price.D1Read] += float64(len(rows))
}
