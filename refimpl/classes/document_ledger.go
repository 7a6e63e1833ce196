package classes

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/text"
)

const (
	logLength     = 1000    // edits that a document remembers, at most
	logBytes      = 4 << 20 // and how much they may add, together
	snapshotEvery = 100     // versions
	snapshotKey   = "snapshot"
	editPrefix    = "edit:"
)

// ordered is an edit as the object ordered it.
type ordered struct {
	text.Edit
	User string `json:"userId"`
}

// record is an edit in storage. The version tells the order; the key does not.
type record struct {
	Version int64 `json:"version"`
	ordered
}

// ledger is the last edits of a document and its version. Each edit is stored
// under one of a thousand keys that are used in turn, and the text every hundred
// edits: an edit writes one small value, and a document that was evicted loads
// with a hundred edits to apply at most.
type ledger struct {
	version  int64
	log      []ordered // the last one is of version
	bytes    int       // that the log adds
	snapshot int64     // version of the stored text
}

// oldest is the first version that may be a base.
func (l *ledger) oldest() int64 { return l.version - int64(len(l.log)) }

// after is the edits after a version.
func (l *ledger) after(version int64) ([]ordered, bool) {
	if version < l.oldest() || version > l.version {
		return nil, false
	}
	return l.log[version-l.oldest():], true
}

// append stores one more edit. At the end of the turn, settle is to follow.
func (l *ledger) append(storage object.Storage, o ordered) error {
	encoded, err := encode(record{l.version + 1, o})
	if err != nil {
		return err
	}
	if err := storage.Put(editKey(l.version+1), object.Value{Codec: object.JSON, Data: encoded}); err != nil {
		return fmt.Errorf("store edit: %w", err)
	}
	l.version++
	l.log = append(l.log, o)
	l.bytes += size(o)
	return nil
}

// settle stores the text if it is time to, and forgets what is too old or too much.
func (l *ledger) settle(storage object.Storage, current string) error {
	for len(l.log) > logLength { // their keys have been used again
		l.forget()
	}
	much := l.bytes > logBytes
	if much || l.version/snapshotEvery > l.snapshot/snapshotEvery {
		if err := l.keepText(storage, current); err != nil {
			return err
		}
	}
	for l.bytes > logBytes && len(l.log) > 1 {
		storage.Delete(editKey(l.oldest() + 1))
		l.forget()
	}
	return nil
}

func (l *ledger) forget() {
	l.bytes -= size(l.log[0])
	l.log = l.log[1:]
}

func editKey(version int64) string { return fmt.Sprintf("%s%03d", editPrefix, version%logLength) }

// size is how much an edit takes, about.
func size(o ordered) int {
	n := len(o.ID) + len(o.User)
	for _, s := range o.Change {
		n += len(s.Add) + 8
	}
	return n
}

// keepText stores the text, with its version before it.
func (l *ledger) keepText(storage object.Storage, current string) error {
	data := append(binary.BigEndian.AppendUint64(nil, uint64(l.version)), current...)
	if err := storage.Put(snapshotKey, object.Value{Codec: object.Raw, Data: data}); err != nil {
		return fmt.Errorf("store text: %w", err)
	}
	l.snapshot = l.version
	return nil
}

// restore reads what was stored: the text, and the edits that came after it.
func (d *document) restore(storage object.Storage) error {
	if value, ok := storage.Get(snapshotKey); ok {
		if len(value.Data) < 8 {
			return fmt.Errorf("restore %s: %d bytes", snapshotKey, len(value.Data))
		}
		d.snapshot = int64(binary.BigEndian.Uint64(value.Data))
		d.text = string(value.Data[8:])
	}
	entries, err := storage.List(object.Range{Prefix: editPrefix})
	if err != nil {
		return fmt.Errorf("restore edits: %w", err)
	}
	records := make([]record, len(entries))
	for i, e := range entries {
		if err := object.DecodeJSON(e.Value, &records[i]); err != nil {
			return fmt.Errorf("restore %s: %w", e.Key, err)
		}
	}
	slices.SortFunc(records, func(a, b record) int { return cmp.Compare(a.Version, b.Version) })
	return d.replay(records)
}

// replay applies the edits that the stored text lacks.
func (d *document) replay(records []record) (err error) {
	d.version = d.snapshot
	for i, r := range records {
		if i > 0 && r.Version != records[i-1].Version+1 || i == 0 && r.Version > d.snapshot+1 {
			return fmt.Errorf("restore edits: version %d does not follow", r.Version)
		}
		if r.Version > d.snapshot {
			if d.text, err = r.Change.Apply(d.text); err != nil {
				return fmt.Errorf("restore version %d: %w", r.Version, err)
			}
			d.version = r.Version
		}
		d.log = append(d.log, r.ordered)
		d.bytes += size(r.ordered)
	}
	return nil
}
