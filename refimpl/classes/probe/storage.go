package probe

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/object"
)

// operations is the table of all that a program can say.
func operations() map[string]operation {
	table := map[string]operation{}
	for _, part := range []map[string]operation{
		storageOperations(), bulkOperations(), alarmOperations(), flowOperations(), failureOperations(),
		nameOperations(), socketOperations(), closingOperations(), autoResponseOperations(),
	} {
		maps.Copy(table, part)
	}
	return table
}

// options are those of a write, as a program says them.
type options struct {
	AllowUnconfirmed bool `json:"allowUnconfirmed"`
}

func (o options) list() []object.WriteOption {
	if o.AllowUnconfirmed {
		return []object.WriteOption{object.AllowUnconfirmed}
	}
	return nil
}

// bounds are the options of a list, as a program says them.
type bounds struct {
	Start, StartAfter, End, Prefix string
	Reverse                        bool
	Limit                          int
}

func storageOperations() map[string]operation {
	return map[string]operation{
		"get":        get,
		"getMany":    getMany,
		"put":        put,
		"putMany":    putMany,
		"delete":     remove,
		"deleteMany": removeMany,
		"list":       list,
		"deleteAll":  func(_ *probe, t *turn, _ arguments) (any, error) { return nil, t.state.Storage().DeleteAll() },
		"sync":       func(_ *probe, t *turn, _ arguments) (any, error) { return nil, t.state.Storage().Sync() },
		"transaction": func(p *probe, t *turn, a arguments) (any, error) {
			return p.inSection(t, a, t.state.Storage().Transaction)
		},
		"rollback": func(*probe, *turn, arguments) (any, error) { return nil, object.ErrRollback },
		"count": func(_ *probe, t *turn, _ arguments) (any, error) {
			all, err := t.state.Storage().List(object.Range{})
			return len(all), err
		},
	}
}

func get(_ *probe, t *turn, a arguments) (any, error) {
	value, ok, err := named(t, a)
	if err != nil || !ok {
		return none, err
	}
	return json.RawMessage(value.Data), nil
}

// named reads a key, and gives its value if there is one.
func named(t *turn, a arguments) (value object.Value, ok bool, err error) {
	var key string
	if err := a.read(&key); err != nil {
		return value, false, err
	}
	value, ok = t.state.Storage().Get(key)
	return value, ok, nil
}

func getMany(_ *probe, t *turn, a arguments) (any, error) {
	var keys []string
	if err := a.read(&keys); err != nil {
		return nil, err
	}
	entries, err := t.state.Storage().GetMany(keys...)
	return pairs(entries), err
}

// pairs writes entries as a list of [key, value].
func pairs(entries []object.Entry) [][2]any {
	out := make([][2]any, len(entries))
	for i, e := range entries {
		out[i] = [2]any{e.Key, json.RawMessage(e.Value.Data)}
	}
	return out
}

func put(_ *probe, t *turn, a arguments) (any, error) {
	var key string
	var data json.RawMessage
	var o options
	if err := a.read(&key, &data, &o); err != nil {
		return nil, err
	}
	return nil, t.state.Storage().Put(key, object.Value{Codec: object.JSON, Data: data}, o.list()...)
}

func putMany(_ *probe, t *turn, a arguments) (any, error) {
	var given [][2]json.RawMessage
	var o options
	if err := a.read(&given, &o); err != nil {
		return nil, err
	}
	entries := make([]object.Entry, len(given))
	for i, pair := range given {
		if err := json.Unmarshal(pair[0], &entries[i].Key); err != nil {
			return nil, fmt.Errorf("read key: %w", err)
		}
		entries[i].Value = object.Value{Codec: object.JSON, Data: pair[1]}
	}
	return nil, t.state.Storage().PutMany(entries, o.list()...)
}

func remove(_ *probe, t *turn, a arguments) (any, error) {
	var key string
	var o options
	if err := a.read(&key, &o); err != nil {
		return nil, err
	}
	return t.state.Storage().Delete(key, o.list()...), nil
}

func removeMany(_ *probe, t *turn, a arguments) (any, error) {
	var keys []string
	var o options
	if err := a.read(&keys, &o); err != nil {
		return nil, err
	}
	return t.state.Storage().DeleteMany(keys, o.list()...)
}

func list(_ *probe, t *turn, a arguments) (any, error) {
	var b bounds
	if err := a.read(&b); err != nil {
		return nil, err
	}
	entries, err := t.state.Storage().List(object.Range(b))
	return pairs(entries), err
}

// bulkOperations write what a program should not have to spell out.
func bulkOperations() map[string]operation {
	return map[string]operation{
		"fill": func(_ *probe, t *turn, a arguments) (any, error) {
			var key string
			var size int
			if err := a.read(&key, &size); err != nil {
				return nil, err
			}
			return nil, save(t.state.Storage(), key, strings.Repeat("x", size))
		},
		"size":       size,
		"putKeys":    putKeys,
		"getKeys":    func(_ *probe, t *turn, a arguments) (any, error) { return getKeys(t, a) },
		"deleteKeys": func(_ *probe, t *turn, a arguments) (any, error) { return deleteKeys(t, a) },
		"longKey": func(_ *probe, t *turn, a arguments) (any, error) {
			var size int
			if err := a.read(&size); err != nil {
				return nil, err
			}
			key := strings.Repeat("k", size)
			if err := save(t.state.Storage(), key, 1); err != nil {
				return nil, err
			}
			value, _ := t.state.Storage().Get(key)
			return json.RawMessage(value.Data), nil
		},
	}
}

func size(_ *probe, t *turn, a arguments) (any, error) {
	value, ok, err := named(t, a)
	if err != nil || !ok {
		return none, err
	}
	var text string
	err = object.DecodeJSON(value, &text)
	return len(text), err
}

// numbered reads a prefix and a number n, and gives the prefix numbered from 0 to n-1.
func numbered(a arguments) ([]string, error) {
	var prefix string
	var n int
	if err := a.read(&prefix, &n); err != nil {
		return nil, err
	}
	return numberedFrom(prefix, n), nil
}

func numberedFrom(prefix string, n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("%s%05d", prefix, i)
	}
	return keys
}

func putKeys(_ *probe, t *turn, a arguments) (any, error) {
	keys, err := numbered(a)
	if err != nil {
		return nil, err
	}
	entries := make([]object.Entry, len(keys))
	for i, key := range keys {
		entries[i] = object.Entry{Key: key, Value: object.Value{Codec: object.JSON, Data: fmt.Append(nil, i)}}
	}
	return nil, t.state.Storage().PutMany(entries)
}

func getKeys(t *turn, a arguments) (any, error) {
	keys, err := numbered(a)
	if err != nil {
		return nil, err
	}
	entries, err := t.state.Storage().GetMany(keys...)
	return len(entries), err
}

func deleteKeys(t *turn, a arguments) (any, error) {
	keys, err := numbered(a)
	if err != nil {
		return nil, err
	}
	return t.state.Storage().DeleteMany(keys)
}

func alarmOperations() map[string]operation {
	return map[string]operation{
		"setAlarm": func(_ *probe, t *turn, a arguments) (any, error) {
			var ms int64
			var o options
			if err := a.read(&ms, &o); err != nil {
				return nil, err
			}
			return nil, t.state.Storage().SetAlarm(t.state.Now().Add(time.Duration(ms)*time.Millisecond), o.list()...)
		},
		"setAlarmAt": func(_ *probe, t *turn, a arguments) (any, error) {
			var ms int64
			if err := a.read(&ms); err != nil {
				return nil, err
			}
			return nil, t.state.Storage().SetAlarm(time.UnixMilli(ms))
		},
		"getAlarm": func(_ *probe, t *turn, _ arguments) (any, error) {
			at, ok := t.state.Storage().Alarm()
			if !ok {
				return none, nil
			}
			return away(at.Sub(t.state.Now())), nil
		},
		"deleteAlarm": func(_ *probe, t *turn, a arguments) (any, error) {
			var o options
			if err := a.read(&o); err != nil {
				return nil, err
			}
			t.state.Storage().DeleteAlarm(o.list()...)
			return nil, nil
		},
		"onAlarm": func(_ *probe, t *turn, a arguments) (any, error) { return nil, save(t.state.Storage(), alarmKey, a) },
		"runs":    kept(runsKey),
	}
}

// away tells a distance in time in ms, coarsely: two systems are not asked in the same instant.
func away(d time.Duration) int64 {
	const unit = 10 * time.Second
	return int64(math.Round(float64(d)/float64(unit))) * unit.Milliseconds()
}

// kept gives a list that the probe keeps.
func kept(key string) operation {
	return func(_ *probe, t *turn, _ arguments) (any, error) {
		entries := []any{}
		return &entries, load(t.state.Storage(), key, &entries)
	}
}
